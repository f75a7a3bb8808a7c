#include "stationary_work.hpp"

#include <cmath>
#include <cstdint>

namespace sgdflux::solve {
namespace {

using core::Index;

}  // namespace

Eigen::ArrayXd scrambled(const StationaryProblem& problem) {
  const mesh::Box& box = problem.generator.cells;
  Eigen::ArrayXd values(box.cells());
  for (Index i = 0; i < box.cells(); ++i) {
    std::uint64_t state = 0x9e3779b97f4a7c15ULL;
    for (const Index coordinate : box.cell(i)) {
      state = (state ^ static_cast<std::uint64_t>(coordinate)) * 0xbf58476d1ce4e5b9ULL;
      state ^= state >> 29U;
    }
    values(i) = 2 * static_cast<double>(state >> 11U) * 0x1p-53 - 1;
  }
  return values;
}

Slowest slowest(const ScaledOperator& work, const Inverse& inverse, const Eigen::ArrayXd& start,
                const Eigen::ArrayXd& null, const Eigen::ArrayXd& weights, const Eigen::ArrayXd& cells, int steps) {
  Eigen::ArrayXd y = start * cells;
  double growth = 0;
  int counted = 0;
  for (int step = 0; step < steps; ++step) {
    y -= work.integral(y) * null;
    y /= work.norm1(y);
    const std::optional<Eigen::ArrayXd> next = inverse(y);
    if (!next) {
      return {};
    }
    y = weights * cells * *next;
    y -= work.integral(y) * null;
    if (2 * step + 1 >= steps) {
      growth += std::log(work.norm1(y));
      ++counted;
    }
  }
  return {std::exp(-growth / counted), y};
}

}  // namespace sgdflux::solve
