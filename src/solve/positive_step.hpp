#pragma once
/// One step of PositiveEvolution: candidate by SDIRK, limited by backward Euler.
#include <memory>
#include <optional>
#include <vector>

#include "flux_limiter.hpp"
#include "sdirk.hpp"
#include "sgdflux/solve/positive_evolve.hpp"

namespace sgdflux::solve {

/// A scheme over time; its fluxes at the last time that was asked for are kept.
class TimedScheme {
 public:
  TimedScheme(MPI_Comm comm, const PositiveProblem& problem, const std::function<Transport(double)>& transport);
  TimedScheme(const TimedScheme&) = delete;
  TimedScheme& operator=(const TimedScheme&) = delete;
  /// Collective; exceptions come out on every rank.
  [[nodiscard]] const std::vector<fv::FaceFlux>& fluxes(double time);
  /// dP/dt = L(t)P of the scheme.
  [[nodiscard]] const EvolveProblem& equation() const { return equation_; }

 private:
  [[nodiscard]] const Transport& at(double time);

  MPI_Comm comm_;
  bool constant_;
  const std::function<Transport(double)>& transport_;
  std::optional<Transport> kept_;
  double kept_time_ = 0;
  EvolveProblem equation_;
};

/// A step that has not been accepted, and what the high-order scheme says.
struct Candidate {
  FaceAmounts fluxes;  ///< integrated over the step
  Eigen::ArrayXd density;
  double error = 0;    ///< embedded, relative to ‖P‖₂
  double closure = 0;  ///< see PositiveStep
  bool finite = true;
  bool negative = false;  ///< in some cell
};

/// What stands in place of a negative candidate.
struct LimitedStep {
  Eigen::ArrayXd density;
  double change = 0;    ///< ‖density − candidate‖₂, relative to ‖P‖₂
  double mass = 0;      ///< that was kept from moving on, Σ over faces
  double rounding = 0;  ///< see PositiveStep::rounding_mass
  int sweeps = 0;
};

/// All members are collective.
class PositiveStepper {
 public:
  PositiveStepper(MPI_Comm comm, const PositiveProblem& problem);
  /// Forgets what later numbers depend on, if only by their rounding.
  void begin();
  [[nodiscard]] Candidate candidate(double time, double step, const Eigen::ArrayXd& density);
  [[nodiscard]] LimitedStep limit(const Candidate& next, double time, double step, const Eigen::ArrayXd& density);
  [[nodiscard]] int factorisations() const { return sdirk_.factorisations() + euler_factorisations_; }

 private:
  void add_fluxes(const std::vector<fv::FaceFlux>& fluxes, const Eigen::ArrayXd& density, double factor,
                  FaceAmounts& amounts) const;
  [[nodiscard]] double relative(const Eigen::ArrayXd& change, const Eigen::ArrayXd& density) const;
  [[nodiscard]] Eigen::ArrayXd backward_euler(double time, double step, const Eigen::ArrayXd& density);
  [[nodiscard]] Eigen::ArrayXd non_negative(const Eigen::ArrayXd& values) const;

  MPI_Comm comm_;
  PositiveProblem problem_;
  TimedScheme high_, low_;
  la::Halo halo_;
  std::vector<CellFaces> faces_;
  SdirkStep sdirk_;
  ScheduledGenerator euler_;
  std::unique_ptr<ScheduledGenerator::Factors> factors_;
  double factored_shift_ = 0;
  int euler_factorisations_ = 0;
  FluxLimiter limiter_;
};

}  // namespace sgdflux::solve
