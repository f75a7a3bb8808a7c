/// `estimate`: CSV in; model.ini to be included, report.json and, for regressions, spectrum.csv out.
#include <algorithm>
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "commands.hpp"
#include "ini.hpp"
#include "known_keys.hpp"
#include "output.hpp"
#include "paths.hpp"
#include "report.hpp"
#include "setting_errors.hpp"
#include "sgdflux/core/digits.hpp"
#include "sgdflux/data/estimate.hpp"
#include "sgdflux/la/session.hpp"
#include "summary.hpp"
#include "training_data.hpp"
#include "values_json.hpp"

namespace sgdflux::cli {
namespace {

/// What is asked of which columns.
struct Question {
  data::Table table;
  std::vector<std::string> x;
  std::string y;
  bool standardize = false;
  bool network = true;
  int replicas = 0;
  unsigned long seed = 0;
  int modes = 1;
};

/// What was found: everything estimated, and the lines of model.ini among it.
struct Findings {
  std::map<std::string, core::Estimate> parameters;
  std::vector<std::pair<std::string, std::string>> model;
  std::vector<double> spectrum;
  std::vector<std::string> dropped;
};

Question pose(const core::Settings& settings) {
  if (settings.has("data.generate")) {
    fail_setting(settings, "data.generate", "estimate needs a file; moments of generated data are known");
  }
  require_setting(settings, "data.file", "the CSV file to estimate from");
  require_setting(settings, "data.x", "the column(s) of the inputs, or * for all but data.y");
  require_setting(settings, "data.y", "the column of the labels");
  Question question;
  const std::string kind = settings.choice("estimate.kind", "auto", {"auto", "network", "regression"});
  question.replicas = static_cast<int>(settings.integer("estimate.replicas", 200, {.lower = 2, .upper = 1e6}));
  question.seed = static_cast<unsigned long>(settings.integer("estimate.seed", 1, {.lower = 0}));
  question.modes = static_cast<int>(settings.integer("estimate.modes", 1, {.lower = 1, .upper = 2}));
  question.standardize = settings.flag("data.standardize", false);
  question.table = data::read_csv(settings.text("data.file", ""));
  question.y = settings.text("data.y", "");
  reject_constant(question.table, question.y);
  question.x = input_columns(settings, question.table, question.y);
  question.network = kind == "network" || (kind == "auto" && question.x.size() == 1);
  if (question.network && question.x.size() != 1) {
    throw core::SettingsError("estimate.kind = network needs one input column, data.x names " +
                              std::to_string(question.x.size()));
  }
  return question;
}

Findings network_findings(const Question& question) {
  for (const std::string& name : {question.x.front(), question.y}) {
    if (question.standardize) {
      static_cast<void>(data::standardized(name, question.table.column(name)));  // refuses constant columns by name
    }
  }
  Findings found;
  found.parameters = data::network_moments(question.table.column(question.x.front()), question.table.column(question.y),
                                           question.replicas, question.seed, question.standardize);
  for (const char* name : {"beta1", "beta2", "alpha1", "alpha2", "alpha3"}) {
    found.model.emplace_back(name, core::exact_digits(found.parameters.at(name).value.value()));
  }
  return found;
}

Findings regression_findings(const Question& question) {
  const data::Regression regression = data::regression(question.table, question.x, question.y, question.standardize,
                                                       question.modes, question.replicas, question.seed);
  const auto modes = static_cast<std::size_t>(question.modes);
  if (regression.spectrum.size() < modes) {
    throw core::SettingsError("estimate.modes = " + std::to_string(modes) +
                              " needs as many input columns that are not constant, found " +
                              std::to_string(regression.spectrum.size()));
  }
  Findings found{{}, {}, regression.spectrum, regression.dropped};
  std::string rho;
  for (std::size_t mode = 0; mode < modes; ++mode) {
    found.parameters[modes == 1 ? "rho" : "rho" + std::to_string(mode + 1)] = {regression.spectrum[mode],
                                                                               regression.spectrum_error[mode], ""};
    rho += (mode == 0 ? "" : " ") + core::exact_digits(regression.spectrum[mode]);
  }
  found.parameters["sigma2"] = regression.sigma2;
  found.model = {{"rho", rho}, {"sigma2", core::exact_digits(regression.sigma2.value.value())}};
  return found;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : " ") + word;
  }
  return text;
}

std::string model_ini(const Question& question, const Findings& found) {
  std::string text = "# Estimated by sgdflux from " + question.table.file + " (" +
                     std::to_string(question.table.rows()) + " rows" + (question.standardize ? ", standardised" : "") +
                     "): inputs " + joined(question.x) + ", labels " + question.y + "\n" + "# Errors: bootstrap, " +
                     std::to_string(question.replicas) + " replicas, seed " + std::to_string(question.seed) + "\n";
  for (const auto& [name, estimate] : found.parameters) {
    text += "# " + name + " = " + joined(estimate_cells(estimate)) + "\n";
  }
  text += found.dropped.empty() ? "" : "# constant columns, left out: " + joined(found.dropped) + "\n";
  text += "[model]\n";
  for (const auto& [name, value] : found.model) {
    text += name + " = " + value + "\n";
  }
  return text;
}

nlohmann::ordered_json estimate_report(const Run& run, const Question& question, const Findings& found,
                                       const std::string& directory) {
  nlohmann::ordered_json report = report_head("estimate", {core::ExitCode::done, "converged", "", {}});
  report["kind"] = question.network ? "network" : "regression";
  report["parameters"] = estimates_json(found.parameters);
  report["data"] = {{"rows", question.table.rows()},
                    {"x", question.x},
                    {"y", question.y},
                    {"standardize", question.standardize},
                    {"dropped", found.dropped}};
  report["settings"] = settings_json(run.resolved.settings, directory);
  return report;
}

void write_spectrum(const Findings& found, OutputDirectory& directory) {
  std::vector<double> number(found.spectrum.size());
  for (std::size_t i = 0; i < number.size(); ++i) {
    number[i] = static_cast<double>(i + 1);
  }
  directory.write_csv("spectrum.csv", {"number", "eigenvalue"}, {number, found.spectrum});
}

void print_findings(const Question& question, const Findings& found, const std::string& directory) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, estimate] : found.parameters) {
    std::vector<std::string> row = estimate_cells(estimate);
    row.insert(row.begin(), "  " + name);
    rows.push_back(std::move(row));
  }
  std::cout << (question.network ? "Moments of the diagonal network" : "Linear regression") << " from "
            << question.table.file << ", " << question.table.rows() << " rows\n"
            << aligned(rows);
  if (!found.dropped.empty()) {
    std::cout << "  constant columns, left out: " << joined(found.dropped) << '\n';
  }
  std::cout << "  written to " << directory << ", model.ini is to be included" << std::endl;
}

Resolved resolve_estimate(const core::Settings& settings) {
  Resolved resolved{settings, {}};
  complete(resolved.settings, "estimate");
  complete(resolved.settings, "data");
  static_cast<void>(pose(resolved.settings));
  return resolved;
}

Outcome run_estimate(const Run& run) {
  const auto start = std::chrono::steady_clock::now();
  reject_unused_petsc_options();
  const Question question = pose(run.resolved.settings);
  OutputDirectory directory(run.comm, run.resolved.settings.text("output.dir", ""));
  const Findings found = question.network ? network_findings(question) : regression_findings(question);
  nlohmann::ordered_json report = estimate_report(run, question, found, directory.path());
  static_cast<void>(directory.file("report.json"));  // an old report goes before its files do
  if (!question.network) {
    write_spectrum(found, directory);
  }
  directory.write("model.ini", model_ini(question, found));
  directory.write("settings.ini", ini_text(written_in(directory.path(), run.resolved.settings)));
  io::RunInfo info = run.info;
  info.seed = static_cast<long>(question.seed);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  finish_report(report, {{"total", seconds.count()}}, info);
  directory.write("report.json", io::to_text(report));
  directory.keep();
  if (la::rank(run.comm) == 0) {
    print_findings(question, found, directory.path());
  }
  return {core::ExitCode::done, "converged", "", found.parameters};
}

}  // namespace

const Task estimate_task{"estimate", resolve_estimate, run_estimate};

}  // namespace sgdflux::cli
