#pragma once
/// One step of a singly diagonally implicit Runge–Kutta method for dP/dt = L(t)P.
#include <array>
#include <functional>
#include <memory>
#include <vector>

#include "scheduled_generator.hpp"

namespace sgdflux::solve {

/// SDIRK of order 4 with 5 stages, L-stable and stiffly accurate, γ = ¼, with an embedded method of order 3: Hairer &
/// Wanner, Solving Ordinary Differential Equations II, table IV.6.5.
namespace sdirk {
inline constexpr int stages = 5;
inline constexpr double pole = 0.25;
inline constexpr std::array<double, stages> time{1. / 4, 3. / 4, 11. / 20, 1. / 2, 1};
inline constexpr std::array<std::array<double, stages>, stages> matrix{
    {{1. / 4},
     {1. / 2, 1. / 4},
     {17. / 50, -1. / 25, 1. / 4},
     {371. / 1360, -137. / 2720, 15. / 544, 1. / 4},
     {25. / 24, -49. / 48, 125. / 16, -85. / 12, 1. / 4}}};
inline constexpr std::array<double, stages> weight{25. / 24, -49. / 48, 125. / 16, -85. / 12, 1. / 4};
/// Weights of order 4 minus those of order 3.
inline constexpr std::array<double, stages> error{-3. / 16, -27. / 32, 25. / 32, 0, 1. / 4};
inline constexpr double error_order = 4;  ///< of the local error of the embedded method, in the step size
}  // namespace sdirk

/// All members are collective.
class SdirkStep {
 public:
  /// @param constant the generator does not change with time.
  SdirkStep(MPI_Comm comm, const EvolveProblem& problem, bool constant);

  /// Calls visit(i, P_i) for the density at each stage, from `density` at `time` over `step`, in their order; the last
  /// one is that after the step.
  void take(double time, double step, const Eigen::ArrayXd& density,
            const std::function<void(std::size_t, const Eigen::ArrayXd&)>& visit);
  /// Embedded error of the last take(), owned cells: (1 − γhL)⁻¹ of the difference of the two methods, so that it stays
  /// bounded for stiff components.
  [[nodiscard]] const Eigen::ArrayXd& error() const { return error_; }
  /// Drops factors of other times, on which the rounding of a solve depends.
  void forget() { kept_ = {}; }
  [[nodiscard]] int factorisations() const { return factorisations_; }

 private:
  using Entry = std::shared_ptr<const ScheduledGenerator::Entry>;
  struct Kept {
    double shift = 0;
    std::unique_ptr<ScheduledGenerator::Factors> factors;
  };

  /// (1 − γhL)⁻¹ b.
  [[nodiscard]] Eigen::ArrayXd solve(const Entry& entry, const Eigen::ArrayXd& b, double shift);
  [[nodiscard]] bool refine(const Entry& entry, double shift, bool fresh);
  ScheduledGenerator::Factors& factors(const Entry& entry, double shift);
  ScheduledGenerator::Factors& renew(const Entry& entry, double shift);

  ScheduledGenerator generators_;
  bool constant_;
  std::array<Kept, 2> kept_;  ///< of the last step sizes, the latest first
  la::Vector b_, x_, residual_, correction_;
  Eigen::ArrayXd error_;
  int factorisations_ = 0;
};

}  // namespace sgdflux::solve
