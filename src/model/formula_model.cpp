/// Any SDE by formulas. Stratonovich noise becomes Itô by b_i += ½ Σ_jk s_jk ∂_j s_ik.
#include <cmath>
#include <limits>
#include <optional>

#include "model/derivative.hpp"
#include "model/formula_layout.hpp"
#include "model/models.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/core/formula.hpp"

namespace sgdflux::model {
namespace {

using core::Formula;
using core::ParameterInfo;
using core::Settings;
using Eigen::ArrayXd;

std::optional<double> infinite(const std::string& word) {
  const double infinity = std::numeric_limits<double>::infinity();
  if (word == "inf" || word == "+inf") {
    return infinity;
  }
  return word == "-inf" ? std::optional(-infinity) : std::nullopt;
}

Interval read_domain(const Settings& settings, const std::string& key, const std::map<std::string, double>& constants) {
  const Names words = settings.words(key);
  if (words.size() != 2) {
    fail_setting(settings, key, "write lower and upper, separated by a blank; inf and -inf are allowed");
  }
  const auto bound = [&](const std::string& word) {
    const std::optional<double> limit = infinite(word);
    return limit ? *limit : core::evaluate_constant(key, word, constants);
  };
  const Interval domain{bound(words[0]), bound(words[1])};
  if (!(domain.lower < domain.upper)) {
    fail_setting(settings, key, "out of range; allowed is lower < upper");
  }
  return domain;
}

/// A point well inside: 0 where that is inside.
double inner_point(const Interval& domain) {
  if (domain.lower < 0 && domain.upper > 0) {
    return 0;
  }
  if (std::isfinite(domain.lower) && std::isfinite(domain.upper)) {
    return domain.lower + (domain.upper - domain.lower) / 2;
  }
  return std::isfinite(domain.lower) ? domain.lower + 1 : domain.upper - 1;
}

class FormulaModel final : public Sde {
 public:
  FormulaModel(const Settings& settings, const FormulaLayout& layout, const core::Parameters& values);

  std::string name() const override { return "formula"; }
  Interval natural_domain(int d) const override { return domains_[static_cast<std::size_t>(d)]; }
  Eigen::VectorXd typical_point() const override;
  std::vector<std::string> remarks() const override;
  Batch drift(BatchView x) const override;
  Batch noise_factor(BatchView x) const override;
  ArrayXd derive(int which, BatchView x) const override;

 private:
  struct Noise {
    int variable;
    int process;
    Formula formula;
  };
  void read_derived(const Names& names, const std::map<std::string, double>& constants);
  /// Adds ½ Σ_jk s_jk ∂_j s_ik to the drift.
  void add_stratonovich(BatchView x, Batch& b) const;

  std::vector<Formula> drift_;
  std::vector<Noise> noise_;
  std::vector<Formula> derived_;
  std::vector<Interval> domains_;
  bool stratonovich_;
};

std::vector<Derived> described(const core::Parameters& parameters, const Names& names) {
  std::vector<Derived> quantities;
  for (const std::string& name : names) {
    quantities.push_back({name, parameters.text("derived." + name)});
  }
  return quantities;
}

FormulaModel::FormulaModel(const Settings& settings, const FormulaLayout& layout, const core::Parameters& values)
    : Sde(values, layout.variables, layout.processes(), described(values, layout.derived)),
      domains_(layout.variables.size()),
      stratonovich_(layout.stratonovich) {
  std::map<std::string, double> constants = settings.constants();
  constants.merge(parameters().scalars());
  const auto formula = [&](const std::string& key) {
    const core::Setting* setting = settings.find("model." + key);
    const std::string origin = setting->origin.empty() ? "" : setting->origin + ": ";
    return Formula(origin + "model." + key, parameters().text(key), variables(), constants);
  };
  for (const std::string& variable : variables()) {
    drift_.push_back(formula("drift." + variable));
  }
  for (const NoiseKey& key : layout.noises) {
    noise_.push_back({key.variable, key.process, formula(key.key)});
  }
  for (const std::string& variable : layout.domains) {
    domains_[static_cast<std::size_t>(variable_index(settings, "domain." + variable, variable, variables()))] =
        read_domain(settings, "model.domain." + variable, constants);
  }
  read_derived(layout.derived, constants);
}

void FormulaModel::read_derived(const Names& names, const std::map<std::string, double>& constants) {
  Names symbols = variables();
  for (const std::string& name : names) {
    derived_.emplace_back("model.derived." + name, parameters().text("derived." + name), symbols, constants);
    symbols.push_back(name);
  }
}

Eigen::VectorXd FormulaModel::typical_point() const {
  Eigen::VectorXd point(dimension());
  std::transform(domains_.begin(), domains_.end(), point.begin(), inner_point);
  return point;
}

std::vector<std::string> FormulaModel::remarks() const {
  if (!stratonovich_) {
    return {};
  }
  return {
      "The Stratonovich equation was converted to Itô by adding half the noise-induced drift; its derivatives are "
      "central differences of order 8 with a relative accuracy of about 1e-11."};
}

Batch FormulaModel::drift(BatchView x) const {
  Batch b(x.rows(), x.cols());
  for (int d = 0; d < dimension(); ++d) {
    b.col(d) = drift_[static_cast<std::size_t>(d)].evaluate(x);
  }
  if (stratonovich_) {
    add_stratonovich(x, b);
  }
  return b;
}

void FormulaModel::add_stratonovich(BatchView x, Batch& b) const {
  const Batch s = noise_factor(x);
  for (const Noise& noise : noise_) {
    const Names used = noise.formula.used();
    for (int j = 0; j < dimension(); ++j) {
      if (contains(used, variables()[static_cast<std::size_t>(j)])) {
        b.col(noise.variable) += 0.5 * s.col(j * noises() + noise.process) * partial_derivative(noise.formula, j, x);
      }
    }
  }
}

Batch FormulaModel::noise_factor(BatchView x) const {
  Batch s = Batch::Zero(x.rows(), dimension() * noises());
  for (const Noise& noise : noise_) {
    s.col(noise.variable * noises() + noise.process) = noise.formula.evaluate(x);
  }
  return s;
}

// Earlier quantities are columns after the variables; all of them are filled because a chain may use any.
ArrayXd FormulaModel::derive(int which, BatchView x) const {
  Batch columns(x.rows(), x.cols() + which);
  columns.leftCols(x.cols()) = x;
  for (int k = 0; k < which; ++k) {
    columns.col(x.cols() + k) = derived_[static_cast<std::size_t>(k)].evaluate(columns.leftCols(x.cols() + k));
  }
  return derived_[static_cast<std::size_t>(which)].evaluate(columns);
}

}  // namespace

ModelInfo formula_info() {
  std::vector<ParameterInfo> rows = formula_table();
  rows.push_back(text_row("drift.<variable>", "drift, a formula; must be given for every variable", "", false));
  rows.push_back(text_row("noise.<variable>.<k>",
                          "factor of the k-th Wiener process, a formula; what is not given is 0", "0", true));
  rows.push_back(
      text_row("derived.<name>", "derived quantity, a formula of variables and earlier derived quantities", "", true));
  rows.push_back(text_row("domain.<variable>", "natural domain: lower upper", "-inf inf", true));
  return {"formula",
          "any SDE by formulas in one to four variables",
          {"d<variable> = drift.<variable> dt + sum over k of noise.<variable>.<k> dW_k"},
          {"as named by variables"},
          {"as named by derived.<name>"},
          {},
          rows};
}

std::unique_ptr<Sde> make_formula(const core::Settings& settings) {
  const FormulaLayout layout = read_formula_layout(settings);
  return std::make_unique<FormulaModel>(settings, layout, read_formula_parameters(settings, layout));
}

}  // namespace sgdflux::model
