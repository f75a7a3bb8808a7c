/// The user's events: formulas of what is reported of a point.
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <regex>

#include "continuation/crossing.hpp"
#include "sgdflux/continuation/event.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/core/formula.hpp"
#include "sgdflux/core/names.hpp"

namespace sgdflux::continuation {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

std::string symbol_name(std::size_t position) { return "EVENT" + std::to_string(position) + "X"; }

/// Report names that a point of this model has, the order of covariances and circulations as in reports.
std::vector<std::string> reported(const Member& member) {
  const model::Sde& sde = *member.sde;
  std::vector<std::string> quantities = sde.variables();
  for (const auto& derived : sde.derived()) {
    quantities.push_back(derived.name);
  }
  std::vector<std::string> names{"entropy_production"};
  for (std::size_t i = 0; i < quantities.size(); ++i) {
    names.push_back("mean." + quantities[i]);
    names.push_back("mode." + quantities[i]);
    for (std::size_t j = i; j < quantities.size(); ++j) {
      names.push_back("cov." + quantities[i] + "." + quantities[j]);
    }
  }
  const auto& variables = sde.variables();
  for (std::size_t i = 0; i < variables.size(); ++i) {
    names.push_back("net." + variables[i]);
    for (std::size_t j = i + 1; j < variables.size(); ++j) {
      names.push_back("circulation." + variables[i] + "." + variables[j]);
    }
  }
  for (const auto& observable : member.observables) {
    names.push_back(observable.name());
  }
  return names;
}

bool of_spectrum(const std::string& name) { return name == "gap" || name == "frequency"; }

std::vector<std::string> known_names(const Member& member) {
  std::vector<std::string> names = reported(member);
  for (const auto& [name, value] : member.constants) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(name);
    }
  }
  names.insert(names.end(), {"gap", "frequency"});
  return names;
}

/// A formula in which every name that is none of the language's own has become a symbol that the language can read. As
/// no name is left over, none can be mistaken for another.
struct Translated {
  std::string text;
  std::vector<std::string> names;    ///< as typed
  std::vector<std::string> symbols;  ///< that stand for them
};

/// Names may hold dots; numbers are matched first, so that the dot and the e of 1.e-3 are none.
Translated translate(const std::string& formula) {
  static const std::regex token(R"((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*))");
  Translated result;
  auto rest = formula.cbegin();
  for (std::sregex_iterator it(formula.begin(), formula.end(), token), end; it != end; ++it) {
    const std::string word = (*it)[1].str();
    result.text.append(rest, formula.cbegin() + it->position());
    rest = formula.cbegin() + it->position() + it->length();
    if (word.empty() || (!core::is_identifier(word) && word.find('.') == std::string::npos)) {
      result.text += it->str();
      continue;
    }
    const auto known = std::find(result.names.begin(), result.names.end(), word);
    const auto position = static_cast<std::size_t>(known - result.names.begin());
    if (known == result.names.end()) {
      result.names.push_back(word);
      result.symbols.push_back(symbol_name(position));
    }
    result.text += result.symbols[position];
  }
  return {result.text.append(rest, formula.cend()), result.names, result.symbols};
}

/// A message about the translated formula in the user's own words.
std::string translated_back(std::string message, const Translated& formula) {
  for (std::size_t k = 0; k < formula.names.size(); ++k) {
    for (std::size_t at = 0; (at = message.find(formula.symbols[k], at)) != std::string::npos;) {
      message.replace(at, formula.symbols[k].size(), formula.names[k]);
      at += formula.names[k].size();
    }
  }
  return message;
}

double value_or_nan(const std::map<std::string, core::Estimate>& estimates, const std::string& name) {
  const auto found = estimates.find(name);
  return found == estimates.end() ? nan : found->second.value.value_or(nan);
}

double of_stationary(Probe& probe, const std::string& name) {
  if (!probe.has_density()) {
    return nan;
  }
  const double observable = value_or_nan(probe.stationary().observables, name);
  return std::isnan(observable) ? value_or_nan(probe.stationary().current.quantities, name) : observable;
}

/// −Re λ₂ or |Im λ₂|.
double of_slowest(Probe& probe, const std::string& name) {
  const auto& eigenvalues = probe.spectrum().eigenvalues;
  if (eigenvalues.size() < 2) {
    return nan;
  }
  return name == "gap" ? -eigenvalues[1].value.real() : eigenvalues[1].frequency();
}

double value_of(Probe& probe, const std::string& name) {
  if (of_spectrum(name)) {
    return of_slowest(probe, name);
  }
  const auto constant = probe.member().constants.find(name);
  return constant != probe.member().constants.end() ? constant->second : of_stationary(probe, name);
}

double error_or_zero(const std::map<std::string, core::Estimate>& estimates, const std::string& name) {
  const auto found = estimates.find(name);
  return found == estimates.end() ? 0 : found->second.error.value_or(0);
}

/// Of eigenvalues and observables; parameters have none.
double error_of(Probe& probe, const std::string& name) {
  if (of_spectrum(name)) {
    const auto& eigenvalues = probe.spectrum().eigenvalues;
    return eigenvalues.size() < 2 ? 0 : eigenvalues[1].error;
  }
  if (probe.member().constants.contains(name) || !probe.has_density()) {
    return 0;
  }
  return error_or_zero(probe.stationary().observables, name) +
         error_or_zero(probe.stationary().current.quantities, name);
}

class FormulaEvent final : public EventFunction {
 public:
  FormulaEvent(std::string name, std::string formula, Translated translated)
      : name_(std::move(name)),
        text_(std::move(formula)),
        names_(std::move(translated.names)),
        formula_(std::make_shared<const core::Formula>("continue.event." + name_, translated.text,
                                                       std::move(translated.symbols))) {}

  [[nodiscard]] bool needs_spectrum() const override { return std::any_of(names_.begin(), names_.end(), of_spectrum); }

  [[nodiscard]] std::vector<Crossing> between(Probe& a, Probe& b) const override {
    const auto value = [names = names_, formula = formula_](Probe& probe) { return evaluate(*formula, names, probe); };
    const double at_a = value(a);
    const double at_b = value(b);
    if (!crosses(at_a, at_b)) {
      return {};
    }
    Crossing crossing{name_, "", text_ + (at_b > at_a ? " turns positive" : " turns negative"), value};
    const double slope = std::abs((at_b - at_a) / (b.parameter() - a.parameter()));
    crossing.confirm = [names = names_, formula = formula_, slope, &a, &b](Event& event) {
      const bool near_a = std::abs(event.value - a.parameter()) < std::abs(event.value - b.parameter());
      event.error += uncertainty(*formula, names, near_a ? a : b) / slope;
      return true;
    };
    return {std::move(crossing)};
  }

 private:
  /// What the errors of the quantities do to the formula at one of the points.
  static double uncertainty(const core::Formula& formula, const std::vector<std::string>& names, Probe& probe) {
    std::vector<double> values;
    for (const std::string& name : names) {
      values.push_back(value_of(probe, name));
    }
    const double centre = formula(values);
    double sum = 0;
    for (std::size_t k = 0; k < names.size(); ++k) {
      std::vector<double> shifted = values;
      shifted[k] += error_of(probe, names[k]);
      const double change = std::abs(formula(shifted) - centre);
      sum += std::isfinite(change) ? change : 0;
    }
    return sum;
  }

  static double evaluate(const core::Formula& formula, const std::vector<std::string>& names, Probe& probe) {
    std::vector<double> values;
    for (const std::string& name : names) {
      values.push_back(value_of(probe, name));
      if (std::isnan(values.back())) {  // it may be missing although the formula would not notice: x < 1 of NaN is 0
        return nan;
      }
    }
    return formula(values);
  }

  std::string name_;
  std::string text_;
  std::vector<std::string> names_;
  std::shared_ptr<const core::Formula> formula_;
};

void check_names(const std::string& key, const Translated& formula, const Member& example) {
  const std::vector<std::string> known = known_names(example);
  const std::vector<std::string> of_points = reported(example);
  for (const std::string& name : formula.names) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      throw core::SettingsError(key + ": " + core::unknown_name("name", name, known));
    }
    if (example.constants.contains(name) &&
        (of_spectrum(name) || std::find(of_points.begin(), of_points.end(), name) != of_points.end())) {
      throw core::SettingsError(key + ": '" + name + "' names both a parameter and a result");
    }
  }
}

}  // namespace

std::unique_ptr<EventFunction> formula_event(const std::string& name, const std::string& formula,
                                             const Member& example) {
  const std::string key = "continue.event." + name;
  if (std::find(event_kinds().begin(), event_kinds().end(), name) != event_kinds().end()) {
    throw core::SettingsError(key + ": '" + name + "' is a kind of event that exists already, choose another name");
  }
  const Translated translated = translate(formula);
  check_names(key, translated, example);
  try {
    auto event = std::make_unique<FormulaEvent>(name, formula, translated);
    if (translated.names.empty()) {
      throw core::SettingsError(key + " = " + formula + ": a constant never crosses zero");
    }
    return event;
  } catch (const core::SettingsError& error) {
    throw core::SettingsError(translated_back(error.what(), translated));
  }
}

}  // namespace sgdflux::continuation
