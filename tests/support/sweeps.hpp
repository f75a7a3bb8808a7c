#pragma once
/// Sweeps that run within a second, and their summaries.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "program.hpp"

namespace sgdflux::test {

using Json = nlohmann::json;

inline const std::string relaxation =
    "[model]\nname = ornstein-uhlenbeck\ndrift_matrix = 1\nnoise_matrix = sqrt(2*0.5)\ncenter = 0.25\n"
    "[mesh]\nx1 = linear(-6, 6.5) 96\n[observe]\nsquare = x1^2\n[output]\ndir = out\n";
inline const std::string oscillator =
    "[model]\nname = momentum-regression\neta = 0.1\nbatch = 32\n[mesh]\ntheta = auto 40\nv = auto 40\n"
    "[output]\ndir = out\n";

inline Json report_of(const Sandbox& sandbox, const std::string& file = "out/report.json") {
  return Json::parse(sandbox.read(file));
}

inline std::size_t taken_over(const Sandbox& sandbox) {
  return report_of(sandbox)["provenance"]["taken_over"].get<std::size_t>();
}

/// What must not depend on time, ranks and history.
inline Json without_circumstances(Json report) {
  for (const char* name : {"seconds", "ranks", "provenance"}) {
    EXPECT_TRUE(report.contains(name));
    report.erase(name);
  }
  return report;
}

}  // namespace sgdflux::test
