/// `spectrum`: the slowest eigenvalues of the generator, their eigenfunctions, oscillations.
#include <array>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "commands.hpp"
#include "sgdflux/study/spectrum.hpp"
#include "study_run.hpp"
#include "summary.hpp"
#include "values_json.hpp"

namespace sgdflux::cli {
namespace {

using Json = nlohmann::ordered_json;

Json complex_json(const std::complex<double>& value) {
  return {{"re", number_json(value.real())}, {"im", number_json(value.imag())}};
}

/// Of an eigenvalue that may be 0 it is undefined.
std::optional<double> quality(const study::Eigenvalue& mode) {
  return std::abs(mode.value) > mode.error ? std::optional(mode.quality()) : std::nullopt;
}

Json eigenvalue_json(const study::Eigenvalue& mode) {
  Json json = complex_json(mode.value);
  json["error"] = number_json(mode.error);
  json["residual"] = number_json(mode.residual);
  json["condition"] = number_json(mode.condition);
  json["frequency"] = number_json(mode.frequency());
  json["quality"] = number_json(quality(mode));
  json["dissipation"] = number_json(mode.dissipation);
  json["box_dependence"] = number_json(mode.box_dependence);
  return json;
}

Json oscillation_json(const study::Oscillation& oscillation) {
  Json json = complex_json(oscillation.value);
  json["quality"] = number_json(oscillation.quality);
  json["next_real_part"] = number_json(oscillation.next_real_part);
  json["robust"] = oscillation.robust;
  json["why"] = oscillation.why;
  return json;
}

void add_members(Json& report, const study::SpectrumAnswer& answer) {
  report["eigenvalues"] = Json::array();
  for (const study::Eigenvalue& mode : answer.eigenvalues) {
    report["eigenvalues"].push_back(eigenvalue_json(mode));
  }
  report["rejected"] = Json::array();
  for (const study::RejectedMode& mode : answer.rejected) {
    report["rejected"].push_back(complex_json(mode.value));
    report["rejected"].back()["reason"] = mode.reason;
  }
  report["oscillation"] = answer.oscillation.empty() ? Json(nullptr) : oscillation_json(answer.oscillation.front());
  if (!answer.reference.empty()) {
    report["reference"] = {{"source", answer.reference_source}, {"eigenvalues", Json::array()}};
    for (const std::complex<double>& value : answer.reference) {
      report["reference"]["eigenvalues"].push_back(complex_json(value));
    }
  }
}

void write_eigenvalues(const study::SpectrumAnswer& answer, OutputDirectory& directory) {
  std::vector<std::vector<double>> columns(9);
  for (const study::Eigenvalue& mode : answer.eigenvalues) {
    const std::array<double, 9> row{mode.value.real(),
                                    mode.value.imag(),
                                    mode.error,
                                    mode.residual,
                                    mode.condition,
                                    mode.frequency(),
                                    quality(mode).value_or(std::numeric_limits<double>::quiet_NaN()),
                                    mode.dissipation,
                                    mode.box_dependence};
    for (std::size_t column = 0; column < row.size(); ++column) {
      columns[column].push_back(row[column]);
    }
  }
  directory.write_csv(
      "eigenvalues.csv",
      {"re", "im", "error", "residual", "condition", "frequency", "quality", "dissipation", "box_dependence"}, columns);
}

/// Numbered from 0, so that sweeps can list them.
std::map<std::string, core::Estimate> results(const study::SpectrumAnswer& answer) {
  std::map<std::string, core::Estimate> estimates;
  for (std::size_t k = 0; k < answer.eigenvalues.size(); ++k) {
    const study::Eigenvalue& mode = answer.eigenvalues[k];
    const std::string name = "eigenvalue." + std::to_string(k);
    estimates[name + ".re"] = {mode.value.real(), mode.error, ""};
    estimates[name + ".im"] = {mode.value.imag(), mode.error, ""};
  }
  return estimates;
}

std::vector<std::vector<std::string>> table(const study::SpectrumAnswer& answer) {
  std::vector<std::vector<std::string>> rows{
      {"  re", "im", "error", "residual", "condition", "quality", answer.reference.empty() ? "" : "exact"}};
  for (std::size_t k = 0; k < answer.eigenvalues.size(); ++k) {
    const study::Eigenvalue& mode = answer.eigenvalues[k];
    const bool known = k < answer.reference.size();
    rows.push_back(
        {"  " + digits(mode.value.real(), 10), digits(mode.value.imag(), 10), "± " + digits(mode.error, 2),
         digits(mode.residual, 2), digits(mode.condition, 3),
         mode.value.imag() == 0 ? "" : digits(quality(mode).value_or(std::numeric_limits<double>::quiet_NaN()), 5),
         known ? digits(answer.reference[k].real(), 10) + ", " + digits(answer.reference[k].imag(), 10) : ""});
  }
  return rows;
}

std::vector<std::string> sentences(const study::SpectrumAnswer& answer) {
  std::vector<std::string> lines;
  for (const study::RejectedMode& mode : answer.rejected) {
    lines.push_back("rejected: " + digits(mode.value.real(), 6) + ", " + digits(mode.value.imag(), 6) + " (" +
                    mode.reason + ")");
  }
  for (const study::Oscillation& oscillation : answer.oscillation) {
    lines.push_back(std::string(oscillation.robust ? "robustly" : "not robustly") + " oscillatory: " + oscillation.why);
  }
  if (!answer.reference.empty()) {
    lines.push_back("exact result: " + answer.reference_source);
  }
  return lines;
}

Finished finish(const std::shared_ptr<const study::SpectrumAnswer>& answer) {
  return {answer,
          results(*answer),
          [answer](Json& report) { add_members(report, *answer); },
          [answer](OutputDirectory& directory) { write_eigenvalues(*answer, directory); },
          answer->eigenvalues.empty() ? std::vector<std::vector<std::string>>{} : table(*answer),
          sentences(*answer)};
}

study::SpectrumOptions read_options(const core::Settings& settings, const Problem& problem) {
  auto options = common_options<study::SpectrumOptions>(problem);
  options.count = static_cast<int>(settings.integer("spectrum.count", 8, {.lower = 2, .upper = 1e4}));
  options.nearest = settings.has("spectrum.target");
  options.target = settings.real("spectrum.target", 0);
  options.validate(*problem.sde);
  return options;
}

Resolved resolve_spectrum(const core::Settings& settings) {
  Resolved resolved = resolve(settings, "spectrum");
  static_cast<void>(read_options(resolved.settings, pose(resolved.settings)));
  return resolved;
}

Outcome run_spectrum(const Run& run) {
  Problem problem = pose(run.resolved.settings);
  problem.options.progress = terminal_progress(run.comm);
  const study::SpectrumOptions options = read_options(run.resolved.settings, problem);
  return run_study(run, "Spectrum of", *problem.sde, [&](OutputDirectory&) {
    return finish(std::make_shared<study::SpectrumAnswer>(study::spectrum(run.comm, *problem.sde, options)));
  });
}

}  // namespace

const Task spectrum_task{"spectrum", resolve_spectrum, run_spectrum};

}  // namespace sgdflux::cli
