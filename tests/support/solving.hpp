#pragma once
/// Solves on one rank for the tests above the library without MPI.
#include <cmath>
#include <functional>
#include <vector>

#include "numerics.hpp"
#include "sgdflux/fv/coefficients.hpp"
#include "sgdflux/solve/stationary.hpp"

namespace sgdflux::test {

/// A density on one rank with everything that it refers to.
struct Solved {
  mesh::Grid grid;
  core::Batch points;  ///< physical centres
  Eigen::ArrayXd jacobian;
  solve::StationaryResult result;

  /// Σ|cell mass − exact cell mass| for ln p given at the points.
  [[nodiscard]] double distance(const Eigen::ArrayXd& log_density) const {
    return ((result.density - log_density.exp() * jacobian) * grid.cell_volume()).abs().sum();
  }
  [[nodiscard]] double mean(const Eigen::ArrayXd& values) const {
    return (values * result.density).sum() * grid.cell_volume();
  }
};

/// Direct solve on MPI_COMM_SELF.
inline Solved solved(const model::Sde& sde, const std::vector<std::string>& axes, const fv::Scheme& scheme) {
  mesh::Grid grid = make_grid(sde, axes);
  const mesh::Box box = whole(grid);
  const mesh::Partition partition(grid, 1);
  const fv::Generator generator = make_generator(sde, grid, scheme);
  auto result = solve::stationary(MPI_COMM_SELF, {grid, partition, generator}, {});
  core::Batch points = fv::physical(grid, fv::centres(grid, box));
  Eigen::ArrayXd jacobian = fv::jacobian(grid, box);
  return {std::move(grid), std::move(points), std::move(jacobian), std::move(result)};
}

/// Errors of a family of grids and the order that the finest pair shows.
struct Convergence {
  std::vector<double> cells;
  std::vector<double> errors;
  [[nodiscard]] double order() const {
    const std::size_t n = errors.size();
    return std::log(errors[n - 2] / errors[n - 1]) / std::log(cells[n - 1] / cells[n - 2]);
  }
  [[nodiscard]] std::string text() const {
    std::string words;
    for (std::size_t i = 0; i < errors.size(); ++i) {
      words += std::to_string(static_cast<int>(cells[i])) + ": " + number(errors[i]) + "  ";
    }
    return words + "order " + number(order());
  }
};

inline Convergence measure(const std::vector<Index>& cells, const std::function<double(Index)>& error) {
  Convergence family;
  for (const Index n : cells) {
    family.cells.push_back(static_cast<double>(n));
    family.errors.push_back(error(n));
  }
  return family;
}

}  // namespace sgdflux::test
