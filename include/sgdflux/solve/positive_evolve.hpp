#pragma once
/// dP/dt = L(t)P with P ≥ 0 at every step: a high-order candidate, limited by a monotone scheme where it is negative.
#include <mpi.h>

#include <functional>
#include <memory>
#include <vector>

#include "sgdflux/fv/face_flux.hpp"
#include "sgdflux/solve/evolve.hpp"

namespace sgdflux::solve {

/// A generator with the face fluxes, one per axis, that it is minus the divergence of.
struct Transport {
  fv::Generator generator;
  std::vector<fv::FaceFlux> fluxes;
};

/// Owned cells of a scheme. Not collective. @throws SettingsError for NaN coefficients.
[[nodiscard]] Transport transport(const fv::Discretisation& problem, const mesh::Box& owned);

struct PositiveProblem {
  const mesh::Grid& grid;
  const mesh::Partition& partition;
  /// The scheme whose fluxes are wanted, and one whose generator has no negative off-diagonals, at time t. Called on
  /// every rank with the same t; may throw on some ranks only.
  std::function<Transport(double time)> high, low;
  core::Index reach = 1;  ///< cells around a face that the fluxes of both read
  bool constant = true;   ///< neither changes with time: they are asked for once
};

struct PositiveStep : EvolveStep {
  int limited_steps = 0;     ///< steps in which some flux was cut
  double limited_mass = 0;   ///< Σ over steps and faces of the mass that a cut flux did not carry to the next cell
  double largest_cut = 0;    ///< the largest of these sums over one step
  double rounding_mass = 0;  ///< Σ over steps of the mass by which cells were negative by rounding, and became 0
  double closure = 0;        ///< largest |stage − balance of fluxes| of a step, relative to the largest density
  int sweeps = 0;            ///< of the limiter, in all
};

/// Flux-corrected transport (Boris & Book 1973; Zalesak 1979) with the one bound 0, in the a-posteriori way: where the
/// candidate is not negative it stands, so that the scheme is linear and of full order there.
///
/// Candidate: SDIRK of order 4, L-stable, five stages with one pole (Hairer & Wanner, Solving ODEs II, table IV.6.5);
/// its time-integrated fluxes G move mass, P − div G, so that mass is conserved to rounding whatever the linear solver
/// left. If some cell is negative: P^L by backward Euler with the monotone generator, positive for any step, and
/// A = G − G^L; then P − div(G − (1 − α)A), where α of a face is that of the cell which A takes mass from, the largest
/// α ≤ 1 with which no cell is negative (see FluxLimiter). What rounding leaves negative, 1e-16 of the mass in a step,
/// becomes 0 and is counted: the density is ≥ 0 in floating point.
///
/// Steps are the interval divided by powers of two, so that factors are used again; they double or halve with the
/// embedded error, which may reach 100 times the tolerance where it comes from kinks that cutting leaves. Each call of
/// advance depends on its arguments only: a run that is cut at outputs goes on bit for bit. All members are collective
/// over `comm`. PETSc options prefix of the factorisations: "evolve_lu_".
class PositiveEvolution {
 public:
  /// @param options tolerance, adaptive, largest_step as for evolve(); `stepper` is not read.
  PositiveEvolution(MPI_Comm comm, const PositiveProblem& problem, const EvolveOptions& options);
  ~PositiveEvolution();
  PositiveEvolution(const PositiveEvolution&) = delete;
  PositiveEvolution& operator=(const PositiveEvolution&) = delete;

  /// Advances `density` (owned cells, ≥ 0) from `begin` to `end`. `step` as EvolveOptions::step.
  /// @throws SettingsError where `density` is negative, InternalError where the monotone generator is not monotone.
  [[nodiscard]] PositiveStep advance(double begin, double end, double step, Eigen::ArrayXd& density);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace sgdflux::solve
