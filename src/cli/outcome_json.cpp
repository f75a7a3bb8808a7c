#include "outcome_json.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "values_json.hpp"

namespace sgdflux::cli {
namespace {

using Json = nlohmann::ordered_json;
using Estimates = std::map<std::string, core::Estimate>;

std::optional<double> number_from(const Json& json) {
  return json.is_null() ? std::nullopt : std::optional(json.get<double>());
}

core::Estimate estimate_from(const Json& json) {
  return {number_from(json.at("value")), number_from(json.at("error")), json.value("reason", "")};
}

Estimates estimates_from(const Json& json) {
  Estimates estimates;
  for (const auto& [name, estimate] : json.items()) {
    estimates[name] = estimate_from(estimate);
  }
  return estimates;
}

Estimates eigenvalues_of(const Json& report) {
  Estimates estimates;
  for (std::size_t k = 0; k < report.at("eigenvalues").size(); ++k) {
    const Json& mode = report["eigenvalues"][k];
    for (const char* part : {"re", "im"}) {
      estimates["eigenvalue." + std::to_string(k) + "." + part] = {number_from(mode.at(part)),
                                                                   number_from(mode.at("error")), ""};
    }
  }
  return estimates;
}

/// The estimates at top level, then those of the quasi-stationary density.
Estimates passages_of(const Json& report) {
  Estimates estimates = estimates_from(report.at("observables"));
  for (const auto& [name, member] : report.items()) {
    if (member.is_object() && member.contains("value") && member.contains("error")) {
      estimates[name] = estimate_from(member);
    }
  }
  return estimates;
}

/// How many checks there are and how many failed; of the suite over all models nothing.
Estimates checks_of(const Json& report) {
  if (!report.contains("checks")) {
    return {};
  }
  const Json& checks = report["checks"];
  const auto failed =
      std::count_if(checks.begin(), checks.end(), [](const Json& check) { return !check.at("pass").get<bool>(); });
  return {{"checks", {static_cast<double>(checks.size()), 0., ""}}, {"failed", {static_cast<double>(failed), 0., ""}}};
}

/// What a sweep lists of a run of each command.
Estimates results_of(const Json& report) {
  const std::string command = report.at("command").get<std::string>();
  if (command == "spectrum") {
    return eigenvalues_of(report);
  }
  if (command == "passage") {
    return passages_of(report);
  }
  if (command == "validate") {
    return checks_of(report);
  }
  if (command == "continue") {
    return event_results(report.at("events"));
  }
  static const std::map<std::string, std::string> members{
      {"evolve", "final"}, {"correlate", "stationary"}, {"estimate", "parameters"}};
  const auto member = members.find(command);
  return estimates_from(report.at(member == members.end() ? "observables" : member->second));
}

template <class Work>
Outcome reading(const Work& work) {
  try {
    return work();
  } catch (const Json::exception& error) {
    throw core::FileError(std::string("incomplete report: ") + error.what());
  }
}

Outcome ending(const Json& json, Estimates results) {
  return {static_cast<core::ExitCode>(json.at("exit_code").get<int>()), json.at("verdict").get<std::string>(),
          json.value("reason", ""), std::move(results)};
}

}  // namespace

std::map<std::string, core::Estimate> event_results(const Json& events) {
  Estimates estimates;
  for (const Json& event : events) {
    const std::string subject = event.at("subject").get<std::string>();
    const std::string name = event.at("kind").get<std::string>() + (subject.empty() ? "" : "." + subject);
    std::string own = name;
    for (int k = 2; estimates.contains(own); ++k) {
      own = name + "." + std::to_string(k);
    }
    estimates[own] = estimate_from(event);
  }
  return estimates;
}

Json outcome_json(const Outcome& outcome) {
  Json json{{"verdict", outcome.verdict},
            {"exit_code", static_cast<int>(outcome.code)},
            {"observables", estimates_json(outcome.results)}};
  if (!outcome.reason.empty()) {
    json["reason"] = outcome.reason;
  }
  return json;
}

Outcome outcome_from(const Json& json) {
  return reading([&] { return ending(json, estimates_from(json.at("observables"))); });
}

Outcome outcome_of_report(const Json& report) {
  return reading([&] { return ending(report, results_of(report)); });
}

}  // namespace sgdflux::cli
