#include "columns.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace sgdflux::sample {
namespace {

/// The value at probability p among the finite ones.
double quantile_of(const Eigen::ArrayXd& column, double p) {
  std::vector<double> sorted;
  for (const double value : column) {
    if (std::isfinite(value)) {
      sorted.push_back(value);
    }
  }
  if (sorted.empty()) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  std::sort(sorted.begin(), sorted.end());
  return sorted[static_cast<std::size_t>(p * static_cast<double>(sorted.size() - 1))];
}

}  // namespace

Columns::Columns(const Process& process, const Plan& plan)
    : names_(process.quantities()),
      plan_(&plan),
      quantities_(static_cast<int>(process.quantities().size())),
      variables_(process.variables()) {
  for (const NamedFormula& formula : plan.formulas) {
    names_.push_back(formula.name);
  }
  for (const std::string& name : process.quantities()) {
    names_.push_back("clipped." + name);
  }
  for (int a = 0; a < variables_; ++a) {
    for (int b = a + 1; b < variables_; ++b) {
      names_.push_back("circulation." + names_[static_cast<std::size_t>(a)] + "." +
                       names_[static_cast<std::size_t>(b)]);
    }
  }
  settling_.lower = Eigen::ArrayXd::Constant(quantities_, -std::numeric_limits<double>::infinity());
  settling_.upper = -settling_.lower;
  settling_.shift = Eigen::ArrayXd::Zero(static_cast<Eigen::Index>(names_.size()));
}

int Columns::paired() const { return plan_->paired < 0 ? quantities_ : std::min(plan_->paired, quantities_); }

std::vector<std::pair<int, int>> Columns::products() const {
  std::vector<std::pair<int, int>> pairs;
  for (int a = 0; a < paired(); ++a) {
    for (int b = a; b < paired(); ++b) {
      pairs.emplace_back(a, b);
    }
  }
  const int squares = 2 * quantities_ + static_cast<int>(plan_->formulas.size());
  for (int a = paired(); a < squares; ++a) {
    pairs.emplace_back(a, a);
  }
  return pairs;
}

void Columns::settle(const Batch& values) {
  const int first_clipped = quantities_ + static_cast<int>(plan_->formulas.size());
  for (int column = 0; column < values.cols(); ++column) {
    const double median = quantile_of(values.col(column), .5);
    settling_.shift[column] = column < first_clipped + quantities_ && std::isfinite(median) ? median : 0;
  }
  for (int q = 0; q < quantities_; ++q) {
    const double low = quantile_of(values.col(q), .25);
    const double high = quantile_of(values.col(q), .75);
    if (high > low) {  // paths that all stand at one place say nothing of the width
      settling_.lower[q] = low - plan_->clip * (high - low);
      settling_.upper[q] = high + plan_->clip * (high - low);
    }
  }
}

Batch Columns::wrapped(Batch quantities) const {
  for (std::size_t d = 0; d < plan_->axes.size(); ++d) {
    const mesh::AxisSpec& axis = plan_->axes[d];
    if (axis.lower == mesh::Boundary::periodic) {
      const double lower = axis.arguments[0];
      const double period = axis.arguments[1] - lower;
      auto column = quantities.col(static_cast<Eigen::Index>(d));
      column -= period * ((column - lower) / period).floor();
    }
  }
  return quantities;
}

Batch Columns::values(const Batch& after, const Batch& before, double dt) const {
  Batch values(after.rows(), static_cast<Eigen::Index>(names_.size()));
  const Batch inside = wrapped(after);
  values.leftCols(quantities_) = inside;
  Eigen::Index column = quantities_;
  for (const NamedFormula& formula : plan_->formulas) {
    values.col(column++) = formula.formula->evaluate(inside);
  }
  for (int q = 0; q < quantities_; ++q) {
    // Comparisons with NaN are false: a NaN stays one.
    const auto value = inside.col(q);
    values.col(column++) =
        (value > settling_.upper[q])
            .select(settling_.upper[q], (value < settling_.lower[q]).select(settling_.lower[q], value));
  }
  add_circulations(after, before, dt, values);
  return values;
}

void Columns::add_circulations(const Batch& after, const Batch& before, double dt, Batch& values) const {
  Eigen::Index column = values.cols() - variables_ * (variables_ - 1) / 2;
  for (int a = 0; a < variables_; ++a) {
    for (int b = a + 1; b < variables_; ++b, ++column) {
      if (before.size() == 0) {
        values.col(column) = 0;
        continue;
      }
      const Eigen::ArrayXd increment_a = after.col(a) - before.col(a);
      const Eigen::ArrayXd increment_b = after.col(b) - before.col(b);
      values.col(column) =
          ((before.col(a) - settling_.shift[a]) * increment_b - (before.col(b) - settling_.shift[b]) * increment_a) /
          dt;
    }
  }
}

}  // namespace sgdflux::sample
