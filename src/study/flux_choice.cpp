#include "flux_choice.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <sstream>

#include "sgdflux/fv/coefficients.hpp"
#include "sgdflux/la/halo.hpp"

namespace sgdflux::study {
namespace {

using core::Index;

/// Negative mass from which on the flux of order 8 is limited: below, limiting costs moments more than it mends.
constexpr double tolerated_negative_mass = 1e-4;
/// Cells that count as holding density, relative to the fullest one.
constexpr double occupied = 1e-6;
constexpr double negligible_noise = 1e-10;  ///< eigenvalues of a, relative to the largest

/// What the flux has to cope with where the density is.
struct Sight {
  int rank = 0;       ///< smallest rank of the noise
  double peclet = 0;  ///< largest |B|h/A along directions with noise
};

int rank_of(const Eigen::MatrixXd& a) {
  const Eigen::VectorXd eigenvalues =
      Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(a, Eigen::EigenvaluesOnly).eigenvalues();
  return static_cast<int>((eigenvalues.array() > negligible_noise * eigenvalues.maxCoeff()).count());
}

Sight look(const Solution& solution) {
  const int dim = solution.grid.dimension();
  const auto& mass = solution.state.mass;
  const double fullest = la::maximum(solution.comm, mass.size() > 0 ? mass.maxCoeff() : 0);
  Sight sight{dim, 0};
  la::guard(solution.comm, [&] {
    const auto at = fv::cell_coefficients(solution.sde, solution.grid, solution.owned);
    Eigen::MatrixXd a(dim, dim);
    for (Index row = 0; row < mass.size(); ++row) {
      for (int i = 0; i < dim * dim && mass(row) > occupied * fullest; ++i) {
        a(i / dim, i % dim) = at.diffusion(row, model::pair_index(i / dim, i % dim, dim));
      }
      for (int d = 0; d < dim && mass(row) > occupied * fullest; ++d) {
        sight.rank = d == 0 ? std::min(sight.rank, rank_of(a)) : sight.rank;
        const double push = std::abs(at.drift(row, d)) * solution.grid.axis(d).spacing();
        sight.peclet = a(d, d) > 0 ? std::max(sight.peclet, push / a(d, d)) : sight.peclet;
      }
    }
  });
  return {static_cast<int>(la::minimum(solution.comm, sight.rank)), la::maximum(solution.comm, sight.peclet)};
}

double negative_mass(const Solution& solution) { return la::sum(solution.comm, (-solution.state.mass).max(0.).sum()); }

std::string words(const Sight& sight, int dimension) {
  std::ostringstream text;
  text.precision(3);
  text << "noise of rank " << sight.rank << " of " << dimension << " where the density is"
       << (sight.rank < dimension ? ", upwind-biased where there is none" : "") << ", cell Peclet numbers up to "
       << sight.peclet;
  return text.str();
}

std::string smooth_words(double negative) {
  std::ostringstream text;
  text.precision(2);
  text << "highest order: the density is smooth on this mesh (negative mass " << negative << "); ";
  return text.str();
}

std::string limited_words(double negative) {
  std::ostringstream text;
  text.precision(2);
  text << "order 8 alone leaves a negative mass of " << negative << " on this mesh; ";
  return text.str();
}

/// Share of the mass in cells whose faces are limited.
double limited_share(const Solution& solution) {
  if (!solution.problem.troubled) {
    return 0;
  }
  mesh::Box lattice;
  lattice.upper = solution.grid.shape();
  double share = 0;
  for (Index row = 0; row < solution.owned.cells(); ++row) {
    const Index cell = lattice.position(solution.owned.cell(row));
    share += (*solution.problem.troubled)[static_cast<std::size_t>(cell)] ? solution.state.mass(row) : 0;
  }
  return la::sum(solution.comm, share);
}

/// The mean over the density of what the monotone scheme adds to the noise.
double mean_added_diffusion(const Solution& solution) {
  Eigen::ArrayXd added;
  la::guard(solution.comm, [&] { added = fv::added_diffusion(solution.problem, solution.owned); });
  return observe::mean(solution.state, added);
}

void add_numbers(const Solution& solution, Answer& answer) {
  const fv::Flux flux = solution.problem.scheme.flux;
  if (flux == fv::Flux::limited) {
    answer.scheme_numbers["limited_cells"] = static_cast<double>(solution.limited);
    answer.scheme_numbers["limited_mass"] = limited_share(solution);
  }
  if (flux == fv::Flux::monotone && solution.grid.dimension() > 1) {
    answer.scheme_numbers["added_diffusion"] = mean_added_diffusion(solution);
    answer.scheme_numbers["offset_radius"] = solution.problem.noise.radius;
    answer.scheme_numbers["noise_floor"] = solution.problem.noise.floor;
  }
}

}  // namespace

std::unique_ptr<Solution> solve_chosen(MPI_Comm comm, const model::Sde& sde, const StationaryOptions& options,
                                       fv::Scheme& scheme, Answer& answer) {
  auto solution = solve_on(comm, sde, answer.mesh, scheme, {options.warm.get()});
  if (options.flux == "auto" && sde.dimension() > 1 && solution->result.converged) {
    const double negative = negative_mass(*solution);
    const std::string seen = words(look(*solution), sde.dimension());
    answer.why = smooth_words(negative) + seen;
    if (negative > tolerated_negative_mass) {
      scheme.flux = fv::Flux::limited;
      solution = solve_on(comm, sde, answer.mesh, scheme);
      answer.why = limited_words(negative) + seen;
      answer.flux = fv::to_string(scheme.flux);
    }
  }
  add_numbers(*solution, answer);
  return solution;
}

}  // namespace sgdflux::study
