#include "kronecker_split.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "restricted.hpp"
#include "sgdflux/theory/dynamics.hpp"

namespace sgdflux::study {
namespace {

using core::Batch;
using core::Index;

/// Nodes and weights of a normal law with unit variance.
constexpr std::array<double, 5> nodes = {-2.856970013872806, -1.355626179974266, 0, 1.355626179974266,
                                         2.856970013872806};
constexpr std::array<double, 5> weights = {0.011257411327721, 0.222075922005613, 0.533333333333333, 0.222075922005613,
                                           0.011257411327721};

/// Where the density is thought to be, and how wide, in ξ.
struct Bulk {
  Eigen::ArrayXd center;
  Eigen::ArrayXd width;
};

Eigen::VectorXd expected_point(const model::Sde& sde) {
  const auto dynamics = theory::linear_dynamics(sde);
  return dynamics && dynamics->stable() ? dynamics->stationary().mean : sde.typical_point();
}

/// Around the point; along axes on which it lies outside of the mesh, around the middle.
Bulk bulk_of(const mesh::Grid& grid, const Eigen::VectorXd& point) {
  const int dim = grid.dimension();
  Bulk bulk{Eigen::ArrayXd(dim), Eigen::ArrayXd(dim)};
  for (int d = 0; d < dim; ++d) {
    const mesh::Axis& axis = grid.axis(d);
    const bool inside = point(d) > axis.lower() && point(d) < axis.upper();
    bulk.center(d) = inside ? axis.map().computational(point(d)) : (axis.face(0) + axis.face(axis.cells())) / 2;
    bulk.width(d) = axis.spacing() * static_cast<double>(axis.cells()) / 12;
  }
  return bulk;
}

/// Points of ξ over the bulk with their weights.
struct Sample {
  Batch xi;
  Eigen::ArrayXd weight;
};

Sample sample(const Bulk& bulk) {
  const Index dim = bulk.center.size();
  const auto count = static_cast<Index>(std::lround(std::pow(nodes.size(), static_cast<double>(dim))));
  Sample result{Batch(count, dim), Eigen::ArrayXd::Ones(count)};
  for (Index i = 0; i < count; ++i) {
    Index rest = i;
    for (Index d = 0; d < dim; ++d, rest /= static_cast<Index>(nodes.size())) {
      const auto k = static_cast<std::size_t>(rest % static_cast<Index>(nodes.size()));
      result.xi(i, d) = bulk.center(d) + bulk.width(d) * nodes[k];
      result.weight(i) *= weights[k];
    }
  }
  return result;
}

bool contains(const std::vector<int>& axes, int axis) {
  return std::find(axes.begin(), axes.end(), axis) != axes.end();
}

/// The same points with the variables outside of `axes` held.
Batch held(const Sample& sample, const Bulk& bulk, const std::vector<int>& axes) {
  Batch xi = sample.xi;
  for (int d = 0; d < static_cast<int>(xi.cols()); ++d) {
    if (!contains(axes, d)) {
      xi.col(d).setConstant(bulk.center(d));
    }
  }
  return xi;
}

/// Sums of squares, of what is left out and of everything.
struct Shares {
  double drift_lost = 0;
  double drift = 0;
  double noise_lost = 0;
  double noise = 0;
  [[nodiscard]] double neglected() const {
    const auto share = [](double lost, double all) { return all > 0 ? std::sqrt(lost / all) : 0; };
    return std::max(share(drift_lost, drift), share(noise_lost, noise));
  }
};

/// What one group loses: its own drift and noise as they depend on the others, and the correlations with them.
void add_group(const model::Sde& sde, const mesh::Grid& grid, const Sample& points, const Bulk& bulk,
               const std::vector<int>& axes, Shares& shares) {
  const int dim = grid.dimension();
  const fv::Coefficients whole = fv::finite_coefficients(sde, grid, points.xi);
  const fv::Coefficients alone = fv::finite_coefficients(sde, grid, held(points, bulk, axes));
  const auto mean = [&](const Eigen::ArrayXd& values, double unit) {
    return (points.weight * values.square()).sum() / (unit * unit);
  };
  for (const int i : axes) {
    shares.drift += mean(whole.drift.col(i), bulk.width(i));
    shares.drift_lost += mean(whole.drift.col(i) - alone.drift.col(i), bulk.width(i));
    for (int j = 0; j < dim; ++j) {
      const int pair = model::pair_index(i, j, dim);
      const double unit = bulk.width(i) * bulk.width(j);
      const Eigen::ArrayXd kept =
          contains(axes, j) ? Eigen::ArrayXd(alone.diffusion.col(pair)) : Eigen::ArrayXd::Zero(points.weight.size());
      shares.noise += mean(whole.diffusion.col(pair), unit);
      shares.noise_lost += mean(whole.diffusion.col(pair) - kept, unit);
    }
  }
}

Index cells_of(const mesh::Grid& grid, const std::vector<int>& axes) {
  Index cells = 1;
  for (const int axis : axes) {
    cells *= grid.axis(axis).cells();
  }
  return cells;
}

/// A pair that the first axis belongs to, or in three dimensions the first axis alone.
std::vector<std::vector<int>> candidates(int dimension) {
  switch (dimension) {
    case 3:
      return {{0, 1}, {0, 2}, {0}};
    case 4:
      return {{0, 1}, {0, 2}, {0, 3}};
    default:
      return {};
  }
}

std::vector<int> others(int dimension, const std::vector<int>& axes) {
  std::vector<int> rest;
  for (int d = 0; d < dimension; ++d) {
    if (!contains(axes, d)) {
      rest.push_back(d);
    }
  }
  return rest;
}

Eigen::MatrixXd dense(const Assembly& assembly, const std::vector<int>& axes, const Eigen::VectorXd& point) {
  const auto group = section(assembly.sde, axes, point);
  std::vector<mesh::Axis> own;
  for (const int axis : axes) {
    own.push_back(assembly.grid.axis(axis));
  }
  const mesh::Grid grid(std::move(own));
  const mesh::Partition partition(grid, 1);
  const mesh::Box cells = partition.owned(0);
  const fv::Generator rows = fv::generator(fv::discretise(*group, grid, assembly.problem.scheme, cells), cells);
  Eigen::MatrixXd result = Eigen::MatrixXd::Zero(cells.cells(), cells.cells());
  for (std::size_t k = 0; k < rows.offsets.size(); ++k) {
    for (Index c = 0; c < cells.cells(); ++c) {
      mesh::Cell to = cells.cell(c);
      std::transform(to.begin(), to.end(), rows.offsets[k].begin(), to.begin(), std::plus<>());
      to = partition.wrapped(to);
      if (cells.contains(to)) {
        result(c, cells.position(to)) += rows.values(c, static_cast<Index>(k));
      }
    }
  }
  return result;
}

}  // namespace

std::optional<Split> kronecker_split(const Assembly& assembly) {
  if (fv::absorbs(assembly.problem)) {
    return std::nullopt;
  }
  const mesh::Grid& grid = assembly.grid;
  const Bulk bulk = bulk_of(grid, expected_point(assembly.sde));
  const Eigen::VectorXd point = fv::physical(grid, bulk.center.transpose()).row(0).matrix();
  const Sample points = sample(bulk);
  std::optional<Split> best;
  for (const std::vector<int>& first : candidates(grid.dimension())) {
    const std::vector<int> second = others(grid.dimension(), first);
    const Index one = cells_of(grid, first);
    const Index two = cells_of(grid, second);
    if (std::max(one, two) > most_group_cells) {
      continue;
    }
    Shares shares;
    add_group(assembly.sde, grid, points, bulk, first, shares);
    add_group(assembly.sde, grid, points, bulk, second, shares);
    if (!best || shares.neglected() < best->neglected) {
      best = Split{first, second, one, two, shares.neglected(), point};
    }
  }
  return best;
}

GroupGenerators group_generators(const Assembly& assembly, const Split& split) {
  return {dense(assembly, split.first, split.point), dense(assembly, split.second, split.point)};
}

KroneckerCost kronecker_cost(Index first_cells, Index second_cells, int ranks) {
  constexpr double product_rate = 1e11;    // flops per second in single precision
  constexpr double schur_seconds = 2e-10;  // per cube of the cells
  const auto n = static_cast<double>(first_cells);
  const auto m = static_cast<double>(second_cells);
  const double cells = n * m;
  const double fields = ranks == 1 ? 2 * sizeof(float) * cells : sizeof(float) * cells * (4 + ranks);
  const double matrices = (2 * sizeof(float) + sizeof(double)) * (n * n + m * m);
  const double cubes = ranks == 1 ? n * n * n + m * m * m : std::pow(std::max(n, m), 3);
  return {fields + ranks * matrices, schur_seconds * cubes, 5 * cells * (n + m) / (product_rate * ranks)};
}

}  // namespace sgdflux::study
