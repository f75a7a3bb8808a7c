#pragma once
/// A generator without rows together with what approximates its inverse.
#include <memory>
#include <optional>

#include "assembly.hpp"
#include "sgdflux/solve/applied_generator.hpp"
#include "sgdflux/solve/matrix_free.hpp"
#include "solver_choice.hpp"

namespace sgdflux::study {

/// The first way without a matrix that the problem has, where factors of shifted generators would cost too much, as
/// spectra, propagation and time steppers need them; else nothing. Collective.
[[nodiscard]] std::optional<Way> way_beyond_factors(const Assembly& assembly);

/// What approximates (σ − L)⁻¹, on its own. @param way one without a matrix. Null, on every rank, when the variables
/// do not fall into two groups that are small enough, or it is not one axis that has noise. Collective. @throws
/// SettingsError for NaN coefficients.
[[nodiscard]] std::unique_ptr<la::Preconditioner> approximate_inverse(const Assembly& assembly, Way way);

/// What one of the ways without a matrix needs. The assembly must outlive it.
class AppliedOperator {
 public:
  /// Null where there is no approximate_inverse(). Collective.
  [[nodiscard]] static std::unique_ptr<AppliedOperator> make(const Assembly& assembly, Way way);

  /// By way_beyond_factors(); else null. Collective.
  [[nodiscard]] static std::unique_ptr<AppliedOperator> beyond_factors(const Assembly& assembly);

  [[nodiscard]] const solve::AppliedGenerator& generator() const { return generator_; }
  /// The cells without values, for problems that name a generator.
  [[nodiscard]] const fv::Generator& no_rows() const { return no_rows_; }
  /// The density that the preconditioner finds on its own (geometric multigrid: by second-order fluxes), per unit
  /// ξ-volume; empty where it finds none. Collective.
  [[nodiscard]] Eigen::ArrayXd start() const;
  /// In words: "BiCGStab with geometric multigrid (7 levels), no matrix".
  [[nodiscard]] std::string name() const;

 private:
  AppliedOperator(const Assembly& assembly, std::unique_ptr<la::Preconditioner> preconditioner, la::Krylov krylov);

  std::unique_ptr<la::Preconditioner> preconditioner_;
  double volume_;  ///< of a cell
  solve::MatrixFree matrix_;
  solve::AppliedGenerator generator_;
  fv::Generator no_rows_;
};

}  // namespace sgdflux::study
