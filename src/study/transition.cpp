#include "transition.hpp"

#include <algorithm>
#include <cmath>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/fv/coefficients.hpp"
#include "sgdflux/la/generator_matrix.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/observe/current.hpp"
#include "sgdflux/solve/absorbed.hpp"

namespace sgdflux::study {
namespace {

using Values = Eigen::ArrayXd;
using solve::ActiveCells;

/// χ = S(q) rises from 0 to 1 while q goes from the lower to the upper end of this window.
constexpr double window_lower = 0.1;
constexpr double window_upper = 0.9;

fv::AbsorbingSet either(const fv::AbsorbingSet& a, const fv::AbsorbingSet& b) {
  return [a, b](const core::BatchView& x) { return Values(a(x).max(b(x))); };
}

/// A copy of the discretisation with another absorbing set.
fv::Discretisation absorbing(const Solution& solution, const fv::AbsorbingSet& set) {
  fv::Discretisation copy = solution.problem;
  copy.absorbing = set;
  copy.noise.balanced = false;
  return copy;
}

ActiveCells inside(const Solution& solution, const fv::AbsorbingSet& set) {
  return !fv::active_cells(solution.grid, set, solution.owned);
}

void require_sets(const Solution& solution, const ActiveCells& from, const ActiveCells& to) {
  const auto count = [&](const ActiveCells& cells) {
    return la::sum(solution.comm, static_cast<double>(cells.count()));
  };
  for (const auto& [name, cells] : {std::pair{"from", &from}, {"to", &to}}) {
    if (!(count(*cells) > 0)) {
      throw core::SettingsError(std::string("passage.") + name +
                                " is nowhere > 0 on the mesh: the set is empty; move it or refine the mesh");
    }
  }
  if (count(from && to) > 0) {
    throw core::SettingsError("passage.from and passage.to overlap: no path leads from one to the other");
  }
  if (!(count(!from && !to) > 0)) {
    throw core::SettingsError("passage.from and passage.to leave no cell between them: refine the mesh");
  }
}

/// Rows of an operator times x, with a matrix that lives for this product.
Values product(const Solution& solution, const fv::Generator& op, const Values& x) {
  const la::Matrix matrix =
      la::create_matrix(solution.comm, solution.grid, solution.partition, {op.cells, op.offsets, op.values, 1, 0});
  const la::Vector in = la::create_vector(solution.comm, solution.partition);
  const la::Vector out = la::create_vector(solution.comm, solution.partition);
  la::set_values(in.get(), x);
  la::check(MatMult(matrix.get(), in.get(), out.get()));
  return la::values(out.get());
}

struct Operators {
  fv::Generator both;  ///< absorbing on from and to
  fv::Generator one;   ///< absorbing on the set whose value is 0 only
};

/// x with op x = 0 between the sets, x = `value` on `one_set` (a smooth function given everywhere) and 0 on the other:
/// ghost values beyond the surface are those of `value` plus the extrapolation of x − value through 0, hence
/// op_both x = (op_both − op_zero) value.
Values dirichlet(const Solution& solution, const Operators& ops, const ActiveCells& between, const Values& value,
                 const ActiveCells& one_set, double& residual) {
  const Values right = product(solution, ops.both, value) - product(solution, ops.one, value);
  solve::AbsorbedSolver solver(solution.comm, solution.grid, solution.partition, ops.both, between);
  Values x = solver.solve(between.select(right, 0));
  residual = std::max(residual, solver.residual());
  return one_set.select(value, between.select(x, 0));
}

/// Smooth step of degree 9, four times differentiable.
Values smooth_step(const Values& q) {
  const Values t = ((q - window_lower) / (window_upper - window_lower)).max(0.).min(1.);
  return t.pow(5) * (126 + t * (-420 + t * (540 + t * (-315 + t * 70))));
}

/// Central differences of order 2 of a function along axis d, one-sided at ends, per unit ξ.
Values derivative(const Solution& solution, const la::Halo& halo, const Values& around, int d) {
  const mesh::Box& box = halo.box();
  Values result(solution.owned.cells());
  for (core::Index i = 0; i < result.size(); ++i) {
    const mesh::Cell cell = solution.owned.cell(i);
    mesh::Cell up = cell;
    mesh::Cell down = cell;
    up[static_cast<std::size_t>(d)] += 1;
    down[static_cast<std::size_t>(d)] -= 1;
    up = box.contains(up) ? up : cell;
    down = box.contains(down) ? down : cell;
    const auto steps = static_cast<double>(up[static_cast<std::size_t>(d)] - down[static_cast<std::size_t>(d)]);
    result(i) = (around(box.position(up)) - around(box.position(down))) /
                (std::max(1., steps) * solution.grid.axis(d).spacing());
  }
  return result;
}

/// J_R = q⁺ J[u] + ½ u a∇q⁺ in the variables, u = p q⁻ (Metzner et al. 2006, Eq. 15 generalised to u), for pictures:
/// second-order differences.
core::Batch reactive_current(const Solution& solution, const Values& forward, const Values& u) {
  observe::State state = observe::make_state(solution.comm, solution.grid, solution.partition, u);
  const observe::Current current = observe::current(state, solution.problem);
  const la::Halo halo(solution.comm, solution.partition, 1);
  const Values around = halo.exchange(forward);
  const int dim = solution.grid.dimension();
  const Values density = u / fv::jacobian(solution.grid, solution.owned);
  const core::Batch a = solution.sde.diffusion(state.points());
  core::Batch result = current.cells.colwise() * forward;
  const core::Batch xi = fv::centres(solution.grid, solution.owned);
  for (int e = 0; e < dim; ++e) {
    const Values slope = derivative(solution, halo, around, e) / solution.grid.axis(e).map().slope(xi.col(e));
    for (int d = 0; d < dim; ++d) {
      result.col(d) += 0.5 * density * a.col(model::pair_index(d, e, dim)) * slope;
    }
  }
  return result;
}

}  // namespace

Transition transition(const Solution& solution, const fv::AbsorbingSet& from, const fv::AbsorbingSet& to) {
  ActiveCells in_from;
  ActiveCells in_to;
  la::guard(solution.comm, [&] {
    in_from = inside(solution, from);
    in_to = inside(solution, to);
  });
  require_sets(solution, in_from, in_to);
  const ActiveCells between = !in_from && !in_to;
  const fv::Discretisation both = absorbing(solution, either(from, to));
  const auto& owned = solution.owned;
  const Values ones = Values::Ones(owned.cells());
  const Values& p = solution.state.density;
  Transition result;
  result.forward = dirichlet(
      solution, {fv::backward_generator(both, owned), fv::backward_generator(absorbing(solution, from), owned)},
      between, ones, in_to, result.residual);
  const Values u = dirichlet(solution, {fv::generator(both, owned), fv::generator(absorbing(solution, to), owned)},
                             between, p, in_from, result.residual);
  result.backward = (p > 0).select(u / p, 0);
  result.reactive = u * result.forward;
  const double volume = solution.grid.cell_volume();
  result.probability = la::sum(solution.comm, result.reactive.sum()) * volume;
  const Values step = smooth_step(result.forward);
  result.rate = la::sum(solution.comm, (u * product(solution, solution.backward_generator(), step)).sum()) * volume;
  result.rate_backward =
      -la::sum(solution.comm, (result.forward * product(solution, solution.generator(), p * step)).sum()) * volume;
  result.current = reactive_current(solution, result.forward, u);
  result.current.colwise() *= between.cast<double>();
  return result;
}

}  // namespace sgdflux::study
