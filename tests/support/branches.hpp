#pragma once
/// Branches that run within seconds, seen from outside.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sweeps.hpp"

namespace sgdflux::test {

/// y = kx + ε, over T up to and beyond T_c = k/(2k² + σ²).
inline const std::string teacher =
    "[parameters]\nk = 1\nsigma = 1\n[model]\nname = diagonal-network\ndepth = 1\nbeta1 = 1\nbeta2 = k\nalpha1 = 2\n"
    "alpha2 = 2*k\nalpha3 = 2*k^2 + sigma^2\n[mesh]\ns = auto 150\n[observe]\nloss = v^2 - 2*v\n"
    "[continue]\nparameter = model.T\nfrom = 0.02\nto = 0.36\nchange = 0.4\nmin_step = 0.005\ndensities = off\n"
    "[output]\ndir = out\n";

/// dx = (F − kx) dt + dW over k: mean F/k, variance 1/2k, slowest eigenvalue −k.
inline const std::string pull =
    "[model]\nname = formula\nvariables = x\nparameters = F=0.5\ndrift.x = F - k*x\nnoise.x.1 = 1\n"
    "[parameters]\nk = 1\n[mesh]\nx = linear(-7, 8) 72\n[observe]\nhalf = x/2\n"
    "[continue]\nparameter = parameters.k\nfrom = 1\nto = 0.6\nmin_step = 0.02\nevent.a = half - 0.3\n[output]\ndir = "
    "out\n";

/// Two variables; Var v = 1/32(1 − β²) rises through .04 at β² = .21875.
inline const std::string momentum_branch =
    "[model]\nname = momentum-regression\neta = 0.1\nbatch = 32\n[mesh]\ntheta = auto 24\nv = auto 24\n"
    "[continue]\nparameter = model.beta\nfrom = 0.3\nto = 0.6\nevent.wide = cov.v.v - 0.04\nsensitivities = on\n"
    "[output]\ndir = out\n";

/// Events of a kind, of a subject unless it is empty.
inline std::vector<Json> events_of(const Json& report, const std::string& kind, const std::string& subject = "") {
  std::vector<Json> found;
  for (const Json& event : report["events"]) {
    if (event["kind"] == kind && (subject.empty() || event["subject"] == subject)) {
      found.push_back(event);
    }
  }
  return found;
}

/// There is one event of this kind, at `value` within its own error and `tolerance`.
inline void expect_event(const Json& report, const std::string& kind, double value, double tolerance,
                         const std::string& subject = "") {
  const std::vector<Json> found = events_of(report, kind, subject);
  ASSERT_EQ(found.size(), 1U) << kind;
  EXPECT_NEAR(found[0]["value"].get<double>(), value, tolerance) << kind;
  EXPECT_LE(found[0]["error"].get<double>(), tolerance) << kind;
  EXPECT_LE(std::abs(found[0]["value"].get<double>() - value), found[0]["error"].get<double>()) << kind;
}

/// Of values, and of their errors, which rounding reaches.
struct Tolerance {
  double value;
  double error;
};

/// Every number of `b` within the tolerance of that of `a`, relative where it is larger than 1; everything else the
/// same.
inline void expect_close(const Json& a, const Json& b, const Tolerance& tolerance, const std::string& where) {
  if (a.is_number_float() && b.is_number()) {
    const double value = a.get<double>();
    const double allowed = where.ends_with("/error") ? tolerance.error : tolerance.value;
    EXPECT_NEAR(value, b.get<double>(), allowed * std::max(1., std::abs(value))) << where;
    return;
  }
  ASSERT_EQ(a.type(), b.type()) << where;
  ASSERT_EQ(a.size(), b.size()) << where;
  if (!a.is_structured()) {
    EXPECT_EQ(a, b) << where;
    return;
  }
  for (const auto& [key, value] : a.items()) {
    const Json other = a.is_array() ? b[std::stoul(key)] : b.value(key, Json{});
    expect_close(value, other, tolerance, where + "/" + key);
  }
}

/// Points, events and end of two branches.
inline void expect_same_branch(const Json& a, const Json& b, const Tolerance& tolerance) {
  for (const char* member : {"parameter", "points", "events", "ended", "verdict"}) {
    expect_close(a[member], b[member], tolerance, member);
  }
}

inline Json study_of(const Sandbox& sandbox, const std::string& directory = "out") {
  return Json::parse(sandbox.read(directory + "/study.json"));
}

}  // namespace sgdflux::test
