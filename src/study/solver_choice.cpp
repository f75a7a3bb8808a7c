#include "solver_choice.hpp"

#include <algorithm>
#include <cmath>

#include "kronecker_split.hpp"
#include "sgdflux/fv/flux_operator.hpp"
#include "sgdflux/la/session.hpp"

namespace sgdflux::study {
namespace {

using core::Index;

constexpr double vector = 8;            ///< bytes of a number per cell
constexpr double state_vectors = 14;    ///< density, mass, points, currents and what is made from them
constexpr double krylov_vectors = 24;   ///< of BiCGStab with the vectors around it
constexpr double basis_vectors = 60;    ///< of FGMRES as far as it usually gets with a Kronecker sum
constexpr double restart_vectors = 82;  ///< of FGMRES(40), two for each iteration
constexpr double workspace = 1.5;       ///< of MUMPS and UMFPACK, relative to factors

/// Factors by nested dissection: n log n in the plane, n^{4/3} and n^{3/2} in three and four dimensions.
double fill(double cells, int dimension) {
  switch (dimension) {
    case 1:
      return 4 * cells;
    case 2:
      return 4 * cells * std::log2(cells + 2);
    case 3:
      return 6 * std::pow(cells, 4. / 3);
    default:
      return 4 * std::pow(cells, 1.5);
  }
}

/// Stencil values, COO triplets and the matrix, which are held at once.
double assembly_bytes(double cells, int dimension, int half_width, bool coupled) {
  const double m = half_width;
  const double entries = 1 + 2 * m * dimension + (coupled ? 2. * m * m * dimension * (dimension - 1) : 0);
  return 52 * cells * entries;
}

/// With the first half of the axes as one of the groups: which pairs it will be is not known yet.
double kronecker_bytes(const Extents& grid, int ranks) {
  double group = 1;
  for (int d = 0; d < (grid.dimension() + 1) / 2; ++d) {
    group *= grid[d];
  }
  const double other = grid.cells() / group;
  return kronecker_cost(static_cast<Index>(group), static_cast<Index>(other), ranks).bytes +
         vector * basis_vectors * grid.cells();
}

/// Whether some split into a pair of axes and the rest has groups that are small enough.
bool splits(const Extents& grid) {
  for (int i = 0; i < grid.dimension(); ++i) {
    for (int j = 0; j < i; ++j) {
      const double pair = grid[i] * grid[j];
      if (std::max(pair, grid.cells() / pair) <= static_cast<double>(most_group_cells)) {
        return true;
      }
    }
  }
  return false;
}

bool possible(Way way, Systems systems, const Extents& grid) {
  const bool wants_matrix = systems == Systems::density && la::option_given("-stationary_pc_");
  return !without_matrix(way) || (!wants_matrix && (way != Way::kronecker || splits(grid)));
}

std::vector<Way> inertial_ways(int dimension, const Traits& traits) {
  if (dimension == 2) {
    const bool swept = traits.central && traits.noise_axis >= 0;
    return swept ? std::vector{Way::lines, Way::factored, Way::incomplete}
                 : std::vector{Way::factored, Way::incomplete};
  }
  return traits.central ? std::vector{Way::kronecker, Way::incomplete} : std::vector{Way::incomplete};
}

}  // namespace

std::string to_string(Way way) {
  switch (way) {
    case Way::direct:
    case Way::algebraic:
    case Way::incomplete:
    case Way::factored:
      return la::to_string(assembled_method(way));
    case Way::geometric:
      return "geometric multigrid";
    case Way::lines:
      return "line Gauss-Seidel";
    case Way::kronecker:
      return "Kronecker sum";
  }
  return "?";
}

la::Method assembled_method(Way way) {
  switch (way) {
    case Way::direct:
      return la::Method::direct;
    case Way::geometric:
    case Way::algebraic:
      return la::Method::multigrid;
    case Way::lines:
    case Way::kronecker:
    case Way::incomplete:
      return la::Method::incomplete;
    case Way::factored:
      return la::Method::preconditioned;
  }
  return la::Method::direct;
}

Traits traits(const Assembly& assembly) {
  const NoiseAxes noise = noise_axes(assembly);
  return {noise.inertial, coupled(assembly.problem.coupling), fv::FluxOperator::possible(assembly.problem), noise.only};
}

Index direct_cells(int dimension, const fv::Scheme& scheme) {
  const Index plain = dimension == 1 ? Index{1} << 31 : dimension == 2 ? 20000 : 4200;
  if (scheme.flux == fv::Flux::limited) {
    return dimension == 2 ? 40000 : plain;
  }
  if (scheme.flux == fv::Flux::monotone) {
    return dimension == 2 ? 100000 : dimension == 3 ? 12000 : plain;
  }
  return plain;
}

fv::Scheme preconditioning_scheme(Way way, const fv::Scheme& scheme) {
  return way == Way::factored ? fv::Scheme{fv::Flux::order2, scheme.damping} : fv::Scheme{fv::Flux::fitted, 0};
}

std::vector<Way> ways(const Extents& grid, const fv::Scheme& scheme, const Traits& traits) {
  const int dimension = grid.dimension();
  if (grid.cells() <= static_cast<double>(direct_cells(dimension, scheme))) {
    return {Way::direct};
  }
  if (traits.inertial) {
    return inertial_ways(dimension, traits);
  }
  if (!traits.central) {
    return {Way::algebraic, Way::factored};
  }
  return {Way::geometric, Way::algebraic, Way::factored};
}

Index factored_cells(int dimension, const Traits& traits) {
  const Index plane = traits.inertial ? 500000 : 150000;
  return dimension == 1 ? Index{1} << 31 : dimension == 2 ? plane : 14000;
}

Way first_way(Systems systems, const Extents& grid, const fv::Scheme& scheme, const Traits& traits) {
  if (systems == Systems::factored ||
      (systems == Systems::shifted && grid.cells() <= static_cast<double>(factored_cells(grid.dimension(), traits)))) {
    return Way::direct;
  }
  const std::vector<Way> list = ways(grid, scheme, traits);
  const auto first = std::find_if(list.begin(), list.end(), [&](Way way) { return possible(way, systems, grid); });
  return systems == Systems::shifted && !without_matrix(*first) ? Way::direct : *first;
}

double bytes(Way way, const Extents& grid, const fv::Scheme& scheme, const Traits& traits, int ranks) {
  const int dimension = grid.dimension();
  const double n = grid.cells();
  const int m = fv::half_width(scheme.flux);
  const double state = vector * state_vectors * n;
  const double assembly = assembly_bytes(n, dimension, m, traits.coupled);
  const double krylov = 130 * vector * n;
  switch (way) {
    case Way::direct:
      return state + assembly + vector * fill(n, dimension) * m * m;
    case Way::lines: {
      const double swept = ranks == 1 ? n : 2 * n;  // with the cells of neighbours
      return state + vector * (restart_vectors * n + (2 * dimension + 6) * swept);
    }
    case Way::geometric:
      return state + vector * (krylov_vectors + 4 * dimension) * n;
    case Way::kronecker:
      return state + kronecker_bytes(grid, ranks);
    case Way::factored: {
      const int low = traits.inertial ? 2 : 1;  // half width of order 2 with its damping
      return state + assembly + krylov + assembly_bytes(n, dimension, low, traits.coupled) +
             vector * workspace * fill(n, dimension) * low * low;
    }
    case Way::algebraic:
    case Way::incomplete:
      return state + assembly + krylov + vector * 40 * n;
  }
  return state;
}

}  // namespace sgdflux::study
