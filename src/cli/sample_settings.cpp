#include "sample_settings.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <sstream>

#include "setting_errors.hpp"
#include "sgd_settings.hpp"
#include "sgdflux/core/names.hpp"

namespace sgdflux::cli {
namespace {

constexpr double steps_per_rate = 0.05;  ///< dt of the automatic step times the fastest rate of the linearised drift

const std::vector<std::pair<std::string, sample::Integrator>>& integrators() {
  using sample::Integrator;
  static const std::vector<std::pair<std::string, Integrator>> all{
      {"auto", Integrator::automatic}, {"euler", Integrator::euler}, {"milstein", Integrator::milstein},
      {"platen", Integrator::platen},  {"baoab", Integrator::baoab}, {"exact", Integrator::exact}};
  return all;
}

sample::Integrator read_integrator(const core::Settings& settings) {
  std::vector<std::string> names;
  for (const auto& one : integrators()) {
    names.push_back(one.first);
  }
  const std::string name = settings.choice("sample.integrator", "auto", names);
  return std::find_if(integrators().begin(), integrators().end(), [&](const auto& one) { return one.first == name; })
      ->second;
}

/// Frobenius norm of the drift's Jacobian where the density is expected, by central differences.
double fastest_rate(const model::Sde& sde) {
  const Eigen::VectorXd x = sde.typical_point();
  const int n = sde.dimension();
  Eigen::MatrixXd jacobian(n, n);
  for (int d = 0; d < n; ++d) {
    const double h = 1e-5 * std::max(1., std::abs(x[d]));
    model::Batch ends(2, n);
    ends.row(0) = x.transpose();
    ends.row(1) = x.transpose();
    ends(0, d) -= h;
    ends(1, d) += h;
    const model::Batch b = sde.drift(ends);
    jacobian.col(d) = ((b.row(1) - b.row(0)) / (2 * h)).transpose().matrix();
  }
  return jacobian.norm();
}

void complete_step(core::Settings& settings, const model::Sde& sde) {
  if (settings.text("sample.dt", "auto") != "auto") {
    return;
  }
  const double rate = fastest_rate(sde);
  if (!(rate > 0) || !std::isfinite(rate)) {
    throw core::SettingsError("sample.dt is missing: the drift of this model tells no time scale; give the step, > 0");
  }
  std::ostringstream text;
  text.precision(2);
  text << steps_per_rate / rate;
  settings.set("sample.dt", text.str(), "default");
}

Eigen::VectorXd read_start(const core::Settings& settings, const model::Sde& sde) {
  const std::vector<double> numbers = settings.list("sample.start", {});
  if (!numbers.empty() && static_cast<int>(numbers.size()) != sde.dimension()) {
    fail_setting(settings, "sample.start",
                 "one number per variable is needed, " + std::to_string(sde.dimension()) + " in all");
  }
  return Eigen::Map<const Eigen::VectorXd>(numbers.data(), static_cast<Eigen::Index>(numbers.size()));
}

sample::Plan read_plan(const core::Settings& settings) {
  const auto integer = [&](const std::string& name, long otherwise, double lower) {
    return settings.integer("sample." + name, otherwise, {.lower = lower, .upper = 9e15});
  };
  sample::Plan plan;
  plan.paths = settings.integer("sample.paths", 1000, {.lower = 1, .upper = 1e8});
  plan.steps = integer("steps", 10000, 2);
  plan.burn = settings.text("sample.burn", "auto") == "auto" ? plan.steps / 5 : integer("burn", 0, 0);
  plan.every = settings.text("sample.every", "auto") == "auto" ? std::clamp<std::int64_t>(plan.steps / 20, 1, 10)
                                                               : integer("every", 10, 1);
  plan.blocks = settings.text("sample.blocks", "auto") == "auto" ? 0 : static_cast<int>(integer("blocks", 8, 2));
  plan.width = integer("width", 512, 1);
  plan.history = integer("history", 64, 0);
  plan.clip = settings.real("sample.clip", 10, {.lower = 0, .lower_open = true});
  plan.validate();
  return plan;
}

}  // namespace

bool is_sgd(const core::Settings& settings) { return settings.choice("sample.kind", "sde", {"sde", "sgd"}) == "sgd"; }

void complete_sample(core::Settings& settings, const model::Sde& sde) {
  is_sgd(settings) ? complete_sgd(settings, sde) : complete_step(settings, sde);
}

std::vector<sample::NamedFormula> read_path_formulas(const core::Settings& settings, const model::Sde& sde,
                                                     const sample::Process& process) {
  std::map<std::string, double> constants = sde.parameters().scalars();
  constants.merge(settings.constants());
  for (const std::string& name : process.quantities()) {
    constants.erase(name);
  }
  std::vector<sample::NamedFormula> formulas;
  for (const std::string& name : settings.keys("observe")) {
    const std::string key = "observe." + name;
    if (!core::is_identifier(name)) {
      throw core::SettingsError(origin_of(settings, key) + key + ": '" + name +
                                "' is no name: a letter, then letters, digits and '_'");
    }
    formulas.push_back({name, std::make_shared<core::Formula>(origin_of(settings, key) + key, settings.text(key, ""),
                                                              process.quantities(), constants)});
  }
  return formulas;
}

sample::SdeOptions read_sde(const core::Settings& settings, const model::Sde& sde) {
  sample::SdeOptions options;
  options.dt = settings.real("sample.dt", options.dt, {.lower = 0, .lower_open = true});
  options.integrator = read_integrator(settings);
  options.seed = static_cast<std::uint64_t>(settings.integer("sample.seed", 1, {.lower = 0}));
  options.start = read_start(settings, sde);
  options.validate(sde);
  return options;
}

study::SampleOptions read_sample(const core::Settings& settings, const Problem& problem) {
  auto options = common_options<study::SampleOptions>(problem);
  const model::Sde* sde = problem.sde.get();
  options.plan = read_plan(settings);
  if (is_sgd(settings)) {
    const core::Settings copy = settings;
    options.process = [copy, sde](bool) { return read_sgd(copy, *sde); };
    options.discrete = true;
    options.epoch = read_epoch(settings);
  } else {
    const sample::SdeOptions paths = read_sde(settings, *sde);
    options.weak_order = settings.flag("sample.half_steps", true) ? sample::weak_order(*sde, paths) : 0;
    options.process = [paths, sde](bool half) {
      sample::SdeOptions level = paths;
      level.level = half ? 1 : 0;
      return sample::make_sde_process(*sde, level);
    };
  }
  const auto process = options.process(false);
  while (settings.text("sample.every", "auto") == "auto" && options.epoch > 1 &&
         std::gcd(options.plan.every, options.epoch) > 1) {
    ++options.plan.every;  // every phase of the epochs has its turn
  }
  options.plan.formulas = read_path_formulas(settings, *sde, *process);
  options.validate(*sde);
  return options;
}

}  // namespace sgdflux::cli
