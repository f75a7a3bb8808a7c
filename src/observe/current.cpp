#include "sgdflux/observe/current.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "sgdflux/fv/weights.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/session.hpp"

namespace sgdflux::observe {
namespace {

using mesh::Box;
using mesh::Cell;

constexpr double negligible_density = 1e-13;

Box widened(const mesh::Grid& grid, Box cells, int axis, Index width) {
  const auto& along = grid.axis(axis);
  cells.lower[axis] -= width;
  cells.upper[axis] += width;
  if (!along.periodic()) {
    cells.lower[axis] = std::max<Index>(0, cells.lower[axis]);
    cells.upper[axis] = std::min(along.cells(), cells.upper[axis]);
  }
  return cells;
}

/// Average of the face fluxes over each owned cell, of the highest order that the faces on either side allow.
void average(const Box& owned, const Box& faces, int axis, int half_width, const Eigen::ArrayXd& flux,
             Eigen::Ref<Eigen::ArrayXd> cells) {
  const auto d = static_cast<std::size_t>(axis);
  const mesh::Layers view = mesh::layers(owned, axis);
  const mesh::Layers across = mesh::layers(faces, axis);
  const Index first = owned.lower[d] - faces.lower[d];
  const auto order = [&](Index i) {
    return static_cast<int>(std::min<Index>({half_width, first + i + 1, across.count - 1 - first - i}));
  };
  cells.setZero();
  for (Index begin = 0, end = 0; begin < view.count; begin = end) {
    const int m = order(begin);
    while (end < view.count && order(end) == m) {
      ++end;
    }
    for (Index o = 0; o < view.outer; ++o) {
      auto target = cells.segment((o * view.count + begin) * view.inner, (end - begin) * view.inner);
      for (int k = 0; k < m; ++k) {
        const auto at = [&](Index face) {
          return flux.segment((o * across.count + face) * across.inner, target.size());
        };
        target += fv::cell_average_weights(m)[static_cast<std::size_t>(k)] *
                  (at(first + begin - k) + at(first + begin + 1 + k));
      }
    }
  }
}

/// The values on `inner` out of those on `outer`.
Eigen::ArrayXd restricted(const Box& outer, const Box& inner, const Eigen::ArrayXd& values) {
  Eigen::ArrayXd part(inner.cells());
  Index to = 0;
  mesh::for_each_row(outer, inner, [&](const Cell&, Index at, Index length) {
    part.segment(to, length) = values.segment(at, length);
    to += length;
  });
  return part;
}

void insert(const Box& outer, const Box& inner, const Eigen::ArrayXd& part, Eigen::ArrayXd& values) {
  Index from = 0;
  mesh::for_each_row(outer, inner, [&](const Cell&, Index at, Index length) {
    values.segment(at, length) = part.segment(from, length);
    from += length;
  });
}

/// Fluxes through the faces across an axis, and the largest of them and of their one-way parts in the variables.
struct Fluxes {
  Box faces;
  Eigen::ArrayXd values;
  double max = 0;
  double opposing = 0;
};

/// Pieces of cells whose fluxes along an axis are computed at once. Their stencils are held, 2m numbers a face or more,
/// so the pieces are small; jumps along lattice offsets cross pieces, and have no stencils.
std::vector<Box> pieces_for(const fv::Discretisation& problem, const Box& cells, int axis, Index held) {
  if (fv::jumps_along_offsets(problem)) {
    return {cells};
  }
  std::array<bool, core::max_dimension> free{true, true, true, true};
  for (std::size_t d = 0; d < free.size(); ++d) {
    free[d] =
        static_cast<int>(d) != axis && !problem.coupling[static_cast<std::size_t>(axis)][d] && !fv::absorbs(problem);
  }
  return mesh::pieces(cells, held, free, 4 * fv::reach(problem));
}

Fluxes fluxes(const fv::Discretisation& problem, int axis, const Box& cells, const Box& around,
              const Eigen::ArrayXd& density, Index held) {
  Fluxes result{fv::faces_of(cells, axis), {}, 0, 0};
  result.values.resize(result.faces.cells());
  const auto largest_physical = [&](const Box& faces, Eigen::ArrayXd values) {
    fv::divide_slopes(problem.grid, faces, values, axis);
    return values.abs().maxCoeff();
  };
  for (const Box& piece : pieces_for(problem, cells, axis, held)) {
    const fv::FaceFlux flux = fv::face_flux(problem, axis, piece);
    const Eigen::ArrayXd values = fv::apply(flux, around, density);
    insert(result.faces, flux.faces, values, result.values);
    result.max = std::max(result.max, largest_physical(flux.faces, values));
    result.opposing =
        std::max(result.opposing, largest_physical(flux.faces, fv::apply_magnitude(flux, around, density)));
  }
  return result;
}

double largest(MPI_Comm comm, const Eigen::ArrayXd& values) {
  return la::maximum(comm, values.size() > 0 ? values.abs().maxCoeff() : 0);
}

double longest_side(const mesh::Grid& grid) {
  double longest = 0;
  for (const auto& axis : grid.axes()) {
    longest = std::max(longest, axis.upper() - axis.lower());
  }
  return longest;
}

/// Jᵀ a⁻¹ J cell by cell; NaN where a is not positive definite. The same tensor in a row is factorised once.
class Dissipation {
 public:
  explicit Dissipation(int dim) : dim_(dim), tensor_(Eigen::MatrixXd::Zero(dim, dim)) {}

  double operator()(const Batch& j, const Batch& a, Index row) {
    const bool other = changed(a, row);
    if (!known_ || other) {
      factors_.compute(tensor_);
      definite_ = factors_.info() == Eigen::Success && factors_.rcond() > 1e-13;
      known_ = true;
    }
    return definite_ ? squared(j, row) : std::numeric_limits<double>::quiet_NaN();
  }

 private:
  /// |L⁻¹J|² with a = L Lᵀ, by forward substitution.
  [[nodiscard]] double squared(const Batch& j, Index row) const {
    std::array<double, core::max_dimension> y{};
    double sum = 0;
    for (int i = 0; i < dim_; ++i) {
      double rest = j(row, i);
      for (int k = 0; k < i; ++k) {
        rest -= factors_.matrixLLT()(i, k) * y[static_cast<std::size_t>(k)];
      }
      y[static_cast<std::size_t>(i)] = rest / factors_.matrixLLT()(i, i);
      sum += y[static_cast<std::size_t>(i)] * y[static_cast<std::size_t>(i)];
    }
    return sum;
  }

  /// Takes over the tensor of a row; whether it is another one.
  bool changed(const Batch& a, Index row) {
    bool other = false;
    for (int i = 0; i < dim_; ++i) {
      for (int k = 0; k < dim_; ++k) {
        const double value = a(row, model::pair_index(i, k, dim_));
        other = other || tensor_(i, k) != value;
        tensor_(i, k) = value;
      }
    }
    return other;
  }

  int dim_;
  Eigen::MatrixXd tensor_;
  Eigen::LLT<Eigen::MatrixXd> factors_;
  bool definite_ = false;
  bool known_ = false;
};

}  // namespace

Current current(const State& state, const fv::Discretisation& problem, Index held) {
  const int m = fv::two_point(problem.scheme.flux) ? 1 : fv::half_width(problem.scheme.flux);
  const la::Halo halo(state.comm, state.partition, fv::reach(problem) + m - 1);
  const Eigen::ArrayXd density = halo.exchange(state.density);
  Current result;
  result.cells.resize(state.owned.cells(), state.grid.dimension());
  for (int axis = 0; axis < state.grid.dimension(); ++axis) {
    Fluxes wide;
    la::guard(state.comm, [&] {
      wide = fluxes(problem, axis, widened(state.grid, state.owned, axis, m - 1), halo.box(), density, held);
    });
    result.max = std::max(result.max, la::maximum(state.comm, wide.max));
    result.opposing = std::max(result.opposing, la::maximum(state.comm, wide.opposing));
    average(state.owned, wide.faces, axis, m, wide.values, result.cells.col(axis));
    fv::divide_slopes(state.grid, state.owned, result.cells.col(axis), axis);
    const Box faces = fv::faces_of(state.owned, axis);
    const bool same = faces.cells() == wide.faces.cells();
    result.faces.push_back(same ? std::move(wide.values) : restricted(wide.faces, faces, wide.values));
    result.face_boxes.push_back(faces);
  }
  return result;
}

NetFlux net_flux(const State& state, const Current& current, int d) {
  const auto& axis = state.grid.axis(d);
  const Box& faces = current.face_boxes[static_cast<std::size_t>(d)];
  const mesh::Layers view = mesh::layers(faces, d);
  Eigen::ArrayXd sections = Eigen::ArrayXd::Zero(axis.cells());
  const double area = state.grid.cell_volume() / axis.spacing();
  for (Index o = 0; o < view.outer; ++o) {
    for (Index i = 0; i + 1 < view.count; ++i) {
      sections(state.owned.lower[static_cast<std::size_t>(d)] + i) +=
          area *
          current.faces[static_cast<std::size_t>(d)].segment((o * view.count + i) * view.inner, view.inner).sum();
    }
  }
  la::sum(state.comm, sections);
  const double mean = sections.mean();
  // Walls let nothing through: the interior sections are what the mean has to agree with.
  return {mean, (sections - mean).abs().maxCoeff()};
}

Profiles circulation_profiles(const State& state, const Current& current, int a, int b) {
  const double volume = state.grid.cell_volume();
  const double x = mean(state, state.coordinate(a));
  const double y = mean(state, state.coordinate(b));
  return std::move(profiles(state, 1, [&](const Slab& slab) {
                     const Index n = slab.cells.cells();
                     Batch part =
                         (fv::coordinate(state.grid, slab.cells, a) - x) * current.cells.col(b).segment(slab.begin, n) -
                         (fv::coordinate(state.grid, slab.cells, b) - y) * current.cells.col(a).segment(slab.begin, n);
                     fv::multiply_slopes(state.grid, slab.cells, part.col(0));
                     part *= volume;
                     return part;
                   }).front());
}

double circulation(const State& state, const Current& current, int a, int b) {
  return circulation_profiles(state, current, a, b).sum();
}

double divergence(const State& state, const Current& current) {
  Eigen::ArrayXd sum = Eigen::ArrayXd::Zero(state.owned.cells());
  for (int d = 0; d < state.grid.dimension(); ++d) {
    const mesh::Layers view = mesh::layers(state.owned, d);
    const Index run = view.count * view.inner;
    const double scale = 1 / state.grid.axis(d).spacing();
    const auto& flux = current.faces[static_cast<std::size_t>(d)];
    for (Index o = 0; o < view.outer; ++o) {
      const Index below = o * (run + view.inner);
      sum.segment(o * run, run) += scale * (flux.segment(below + view.inner, run) - flux.segment(below, run));
    }
  }
  fv::divide_slopes(state.grid, state.owned, sum);
  const double unit = current.vanishes() ? current.opposing : current.max;
  const double largest_divergence = largest(state.comm, sum);
  return unit > 0 ? largest_divergence * longest_side(state.grid) / unit : 0;
}

Profiles net_flux_profiles(const State& state, const Current& current, int d) {
  const auto& axis = state.grid.axis(d);
  const double share = state.grid.cell_volume() / (axis.spacing() * static_cast<double>(axis.cells()));
  return std::move(profiles(state, 1, [&](const Slab& slab) {
                     Batch part = current.cells.col(d).segment(slab.begin, slab.cells.cells()) * share;
                     fv::multiply_slopes(state.grid, slab.cells, part.col(0), d);
                     return part;
                   }).front());
}

Profiles entropy_production_profiles(const State& state, const Current& current, const model::Sde& sde) {
  const double floor = negligible_density * la::maximum(state.comm, state.mass.size() > 0 ? state.mass.maxCoeff() : 0);
  return std::move(profiles(state, 1, [&](const Slab& slab) {
                     const Index n = slab.cells.cells();
                     const Batch a = sde.diffusion(fv::points(state.grid, slab.cells));
                     const Batch j = current.cells.middleRows(slab.begin, n);
                     const Eigen::ArrayXd jacobian = fv::jacobian(state.grid, slab.cells);
                     Dissipation dissipation(state.grid.dimension());
                     Batch rate = Batch::Zero(n, 1);
                     for (Index i = 0; i < n; ++i) {
                       if (state.mass(slab.begin + i) > floor) {
                         const double p = state.density(slab.begin + i) / jacobian(i);
                         const double volume = jacobian(i) * state.grid.cell_volume();
                         rate(i) = 2 * dissipation(j, a, i) / p * volume;
                       }
                     }
                     return rate;
                   }).front());
}

double entropy_production(const State& state, const Current& current, const model::Sde& sde) {
  return entropy_production_profiles(state, current, sde).sum();
}

}  // namespace sgdflux::observe
