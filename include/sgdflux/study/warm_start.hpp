#pragma once
/// What one stationary solve leaves to the next one nearby.
#include <memory>

namespace sgdflux::study {

/// Densities and LU factors by grid shape and scheme, for a sequence of problems that differ in one parameter. In one
/// variable, where factors cost nothing, it does nothing. Not copyable; used by one communicator at a time; dies before
/// the session.
class WarmStart {
 public:
  WarmStart();
  ~WarmStart();
  WarmStart(const WarmStart&) = delete;
  WarmStart& operator=(const WarmStart&) = delete;

  /// The value of the parameter that the next solves are for: densities of earlier values are extrapolated to it.
  void at(double parameter);

  /// Linear solves on all grids together.
  struct Count {
    int cold = 0;        ///< for which factors were computed
    int warm = 0;        ///< tried with factors of a problem nearby
    int iterations = 0;  ///< of the Krylov method, with such factors and with renewed ones
  };
  [[nodiscard]] Count count() const;

  struct State;
  [[nodiscard]] State& state() { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

}  // namespace sgdflux::study
