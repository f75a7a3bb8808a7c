#include "evolve_settings.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "initial_settings.hpp"
#include "setting_errors.hpp"
#include "sgdflux/core/digits.hpp"
#include "sgdflux/core/names.hpp"
#include "sgdflux/model/registry.hpp"
#include "times.hpp"

namespace sgdflux::cli {
namespace {

const std::string schedule_prefix = "schedule.";
constexpr int schedule_checks = 200;

/// One scheduled parameter: the key that its value replaces, and the formula of t.
struct Scheduled {
  std::string key;     // model.T or parameters.k
  std::string origin;  // of the line of the schedule
  core::Formula value;
};

/// Scalar parameters of the model come first, then names of [parameters].
std::string scheduled_key(const core::Settings& settings, const model::Sde& sde, const std::string& name) {
  std::vector<std::string> known;
  for (const core::ParameterInfo& info : sde.parameters().table()) {
    if (info.kind == core::ParameterKind::real || info.kind == core::ParameterKind::integer) {
      known.push_back(info.name);
    }
  }
  const bool of_model = std::find(known.begin(), known.end(), name) != known.end();
  const std::vector<std::string> constants = settings.keys("parameters");
  known.insert(known.end(), constants.begin(), constants.end());
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    const std::string key = "evolve.schedule." + name;
    throw core::SettingsError(origin_of(settings, key) + key + ": " + core::unknown_name("parameter", name, known));
  }
  return (of_model ? "model." : "parameters.") + name;
}

/// The same names as in other formulas; `t` is the time, whatever else is called so.
Scheduled read_scheduled(const core::Settings& settings, const model::Sde& sde, const std::string& name) {
  const std::string key = "evolve.schedule." + name;
  std::map<std::string, double> constants = sde.parameters().scalars();
  constants.merge(settings.constants());
  constants.erase("t");
  return {scheduled_key(settings, sde, name), origin_of(settings, key) + key,
          core::Formula(origin_of(settings, key) + key, settings.text(key, ""), {"t"}, constants)};
}

/// Makes the model at any time.
class Schedule {
 public:
  Schedule(const core::Settings& settings, const model::Sde& sde) : settings_(settings), variables_(sde.variables()) {
    for (const std::string& name : scheduled(settings)) {
      scheduled_.push_back(read_scheduled(settings, sde, name));
    }
  }

  [[nodiscard]] std::unique_ptr<model::Sde> at(double time) const {
    core::Settings now = settings_;
    for (const Scheduled& one : scheduled_) {
      const std::string where = one.origin + " at t = " + digits(time);
      const double value = one.value({time});
      if (!std::isfinite(value)) {
        throw core::SettingsError(where + ": the value is not finite");
      }
      now.set(one.key, core::exact_digits(value), where);
    }
    std::unique_ptr<model::Sde> sde = model::make(now);
    if (sde->variables() != variables_) {
      throw core::SettingsError(scheduled_.front().origin + " at t = " + digits(time) +
                                ": the schedule changes the variables of the model");
    }
    return sde;
  }

 private:
  static std::string digits(double value) {
    std::ostringstream text;
    text << value;
    return text.str();
  }

  core::Settings settings_;
  std::vector<std::string> variables_;
  std::vector<Scheduled> scheduled_;
};

/// `count` positions spread over the outputs, the first and the last among them.
std::vector<int> spread_positions(int outputs, int count) {
  std::vector<int> positions;
  for (int i = 0; i < count; ++i) {
    const double part = count == 1 ? 1 : static_cast<double>(i) / (count - 1);
    positions.push_back(static_cast<int>(std::lround(part * (outputs - 1))));
  }
  positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
  return positions;
}

/// "auto" is `otherwise`.
double automatic_or(const core::Settings& settings, const std::string& key, double otherwise,
                    const core::Range& range) {
  return settings.text(key, "auto") == "auto" ? otherwise : settings.real(key, otherwise, range);
}

void check_stepper(const core::Settings& settings, const std::string& stepper) {
  if (stepper == "exponential" && !scheduled(settings).empty()) {
    fail_setting(settings, "evolve.stepper",
                 "exponential propagation is for constant parameters, and evolve.schedule." +
                     scheduled(settings).front() + " is given");
  }
}

}  // namespace

std::vector<std::string> scheduled(const core::Settings& settings) {
  std::vector<std::string> names;
  for (const std::string& key : settings.keys("evolve")) {
    if (key.starts_with(schedule_prefix)) {
      names.push_back(key.substr(schedule_prefix.size()));
    }
  }
  return names;
}

std::function<std::unique_ptr<model::Sde>(double)> read_schedule(const core::Settings& settings, const model::Sde& sde,
                                                                 double until) {
  if (scheduled(settings).empty()) {
    return {};
  }
  const auto schedule = std::make_shared<const Schedule>(settings, sde);
  for (int i = 0; i <= schedule_checks; ++i) {
    static_cast<void>(schedule->at(until * i / schedule_checks));
  }
  return [schedule](double time) { return schedule->at(time); };
}

study::EvolveOptions read_evolve(const core::Settings& settings, const Problem& problem) {
  require_setting(settings, "evolve.until", "the time at which the evolution ends, > 0");
  const core::Range positive{.lower = 0, .lower_open = true};
  auto options = common_options<study::EvolveOptions>(problem);
  options.until = settings.real("evolve.until", 0, positive);
  options.outputs = read_outputs(settings, options.until);
  options.initial = read_initial(settings, *problem.sde, "evolve.initial");
  options.schedule = read_schedule(settings, *problem.sde, options.until);
  options.stepper = settings.choice("evolve.stepper", "auto",
                                    {"auto", "exponential", "bdf", "arkimex", "rosw", "cn", "beuler", "sdirk"});
  check_stepper(settings, options.stepper);
  options.step = automatic_or(settings, "evolve.step", 0, positive);
  options.tolerance = settings.real("evolve.tolerance", 1e-8, {.lower = 0, .upper = 1, .lower_open = true});
  const auto kept = settings.integer("evolve.snapshots", 6, {.lower = 0, .upper = 1e4});
  options.snapshots = spread_positions(static_cast<int>(options.outputs.size()), static_cast<int>(kept));
  options.validate(*problem.sde);
  return options;
}

}  // namespace sgdflux::cli
