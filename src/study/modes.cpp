#include "modes.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "applied_operator.hpp"

namespace sgdflux::study {
namespace {

/// |uᴴ(E₁ − E₀)v/uᴴv| of each mode that has a left vector.
template <class Operator>
std::vector<double> first_order_changes(const Modes& modes, const solve::SpectrumProblem& problem, const Operator& one,
                                        const Operator& other) {
  std::vector<double> changes(modes.result.modes.size(), 0);
  MPI_Comm comm = modes.assembly.comm;
  for (std::size_t k = 0; k < changes.size(); ++k) {
    const solve::Mode& mode = modes.result.modes[k];
    if (mode.left_real.size() > 0 || modes.assembly.owned.cells() == 0) {
      changes[k] =
          std::abs(solve::perturbation(comm, problem, one, mode) - solve::perturbation(comm, problem, other, mode));
    }
  }
  return changes;
}

/// The assembly's generator with another scheme, without its rows.
std::unique_ptr<solve::MatrixFree> applied_with(const Assembly& assembly, const fv::Scheme& scheme) {
  fv::Discretisation other = assembly.problem;
  other.scheme = scheme;
  return std::make_unique<solve::MatrixFree>(assembly.comm, other, assembly.partition);
}

/// First-order change of each eigenvalue by the damping flux: E is the difference of the generators with and without
/// it.
std::vector<double> dissipation_of(const Modes& modes, const solve::SpectrumProblem& problem) {
  const Assembly& assembly = modes.assembly;
  const fv::Scheme& scheme = assembly.problem.scheme;
  if (fv::two_point(scheme.flux) || !noise_axes(assembly).inertial) {
    return std::vector<double>(modes.result.modes.size(), 0);
  }
  const fv::Scheme damped{scheme.flux, 1};
  const fv::Scheme central{scheme.flux, 0};
  if (problem.applied != nullptr) {
    return first_order_changes(modes, problem, applied_with(assembly, damped)->matrix(),
                               applied_with(assembly, central)->matrix());
  }
  return first_order_changes(modes, problem, assembly.generator(damped), assembly.generator(central));
}

}  // namespace

std::unique_ptr<Modes> find_modes(MPI_Comm comm, const model::Sde& sde, const std::vector<mesh::AxisSpec>& mesh,
                                  const fv::Scheme& scheme, const solve::SpectrumOptions& options) {
  auto modes = std::make_unique<Modes>(comm, sde, mesh, scheme);
  const Assembly& assembly = modes->assembly;
  const auto applied = AppliedOperator::beyond_factors(assembly);
  const fv::Generator generator = applied ? applied->no_rows() : assembly.generator();
  const solve::SpectrumProblem problem{
      assembly.grid, assembly.partition, generator, {}, applied ? &applied->generator() : nullptr};
  modes->result = solve::spectrum(comm, problem, options);
  modes->solver = applied ? applied->name() + " (" + std::to_string(modes->result.inner_iterations) + " iterations)"
                          : la::to_string(la::Method::direct);
  if (options.left) {
    modes->dissipation = dissipation_of(*modes, problem);
  }
  return modes;
}

std::vector<mesh::AxisSpec> smaller_box(const std::vector<mesh::AxisSpec>& mesh, double share) {
  std::vector<mesh::AxisSpec> result = mesh;
  bool moved = false;
  for (auto& spec : result) {
    const mesh::Axis axis(spec);
    const auto given_up = static_cast<core::Index>(std::llround(share * static_cast<double>(spec.cells)));
    const core::Index below = spec.lower == mesh::Boundary::truncated ? given_up : 0;
    const core::Index above = spec.upper == mesh::Boundary::truncated ? given_up : 0;
    if (below + above == 0) {
      continue;
    }
    // Maps whose shape is tied to the bounds (the middle of sinh and tanh) are cut as they are: by their faces.
    const Eigen::ArrayXd faces = axis.faces();
    if (spec.map == "sinh" && spec.arguments.size() == 3) {
      spec.arguments.push_back(0.5 * (spec.arguments[0] + spec.arguments[1]));
    }
    spec.arguments[0] = faces(below);
    spec.arguments[1] = faces(spec.cells - above);
    spec.cells -= below + above;
    moved = true;
  }
  return moved ? result : std::vector<mesh::AxisSpec>{};
}

std::vector<int> counterparts(const std::vector<solve::Mode>& modes, const std::vector<solve::Mode>& others) {
  std::vector<std::tuple<double, std::size_t, std::size_t>> pairs;
  for (std::size_t i = 0; i < modes.size(); ++i) {
    for (std::size_t j = 0; j < others.size(); ++j) {
      // A real mode may split into a pair, and back, near a defective point: distances decide, not kinds.
      pairs.emplace_back(std::abs(modes[i].value - others[j].value), i, j);
    }
  }
  std::sort(pairs.begin(), pairs.end());
  std::vector<int> result(modes.size(), -1);
  std::vector<bool> used(others.size(), false);
  for (const auto& [distance, i, j] : pairs) {
    if (result[i] < 0 && !used[j]) {
      result[i] = static_cast<int>(j);
      used[j] = true;
    }
  }
  return result;
}

}  // namespace sgdflux::study
