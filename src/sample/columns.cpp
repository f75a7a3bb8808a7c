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
  for (const std::string kind : {"circulation.", "circulation_step."}) {
    for (int a = 0; circulates() && a < variables_; ++a) {
      for (int b = a + 1; b < variables_; ++b) {
        names_.push_back(kind + names_[static_cast<std::size_t>(a)] + "." + names_[static_cast<std::size_t>(b)]);
      }
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

Batch Columns::inside(Batch quantities) const {
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

bool Columns::circulates() const { return variables_ > 1 && plan_->every > 1; }

Batch Columns::values(const Batch& now, const std::vector<Batch>& before, double dt) const {
  Batch values(now.rows(), static_cast<Eigen::Index>(names_.size()));
  const Batch wrapped = inside(now);
  values.leftCols(quantities_) = wrapped;
  Eigen::Index column = quantities_;
  for (const NamedFormula& formula : plan_->formulas) {
    values.col(column++) = formula.formula->evaluate(wrapped);
  }
  for (int q = 0; q < quantities_; ++q) {
    // Comparisons with NaN are false: a NaN stays one.
    const auto value = wrapped.col(q);
    values.col(column++) =
        (value > settling_.upper[q])
            .select(settling_.upper[q], (value < settling_.lower[q]).select(settling_.lower[q], value));
  }
  add_circulations(now, before, dt, values);
  return values;
}

/// (a − ⟨a⟩)Δb − (b − ⟨b⟩)Δa per unit time from one state to a later one.
Eigen::ArrayXd Columns::winding(const Batch& from, const Batch& to, int a, int b, double time) const {
  const Batch place = inside(from);  // positions on a circle are those on its axis, increments are the path's own
  return ((place.col(a) - settling_.shift[a]) * (to.col(b) - from.col(b)) -
          (place.col(b) - settling_.shift[b]) * (to.col(a) - from.col(a))) /
         time;
}

/// Over single steps; and what two steps at once have more, which is the leading bias of single ones.
void Columns::add_circulations(const Batch& now, const std::vector<Batch>& before, double dt, Batch& values) const {
  const Eigen::Index pairs = variables_ * (variables_ - 1) / 2;
  Eigen::Index column = values.cols() - 2 * pairs;
  for (int a = 0; circulates() && a < variables_; ++a) {
    for (int b = a + 1; b < variables_; ++b, ++column) {
      if (before.size() < 2) {
        values.col(column) = values.col(column + pairs) = 0;
        continue;
      }
      values.col(column) = (winding(before[0], before[1], a, b, dt) + winding(before[1], now, a, b, dt)) / 2;
      values.col(column + pairs) = winding(before[0], now, a, b, 2 * dt) - values.col(column);
    }
  }
}

}  // namespace sgdflux::sample
