#pragma once
/// One step of many paths: what the integrators of SDEs implement.
#include <cstdint>
#include <memory>
#include <string>

#include "sgdflux/model/sde.hpp"
#include "sgdflux/sample/sde_process.hpp"

namespace sgdflux::sample {

/// Rows are padded to a multiple of this, so that each lane of an Eigen expression takes the same instructions.
inline constexpr Index lane_multiple = 8;

/// Which numbers of the streams belong to a step.
struct StepPlace {
  std::uint64_t seed = 0;
  int level = 0;
  Index first = 0;  ///< path of lane 0
  std::int64_t step = 0;
};

/// The paths that are computed together, and room for everything that a step needs.
struct Lanes {
  Batch x;
  Batch drift;
  Batch noise;
  Batch trial;  ///< points at which coefficients are evaluated besides x, and what they are there
  Batch trial_drift;
  Batch trial_noise;
  Batch other;  ///< a second set of them
  Batch other_drift;
  Batch other_noise;
  Eigen::ArrayXd tau;               ///< size of the step, see StepSize
  Eigen::ArrayXd events;            ///< steps that were divided so far
  bool fresh = true;                ///< no step was made before: nothing is known of x
  const double* normals = nullptr;  ///< of this step: number k of all lanes from normals + k·rows on
  StepPlace place;
  Batch before;                ///< x before the step, for lanes whose step has to be divided
  std::unique_ptr<Lanes> few;  ///< for one of those

  [[nodiscard]] Index rows() const { return x.rows(); }
  [[nodiscard]] const double* normal(Index k) const { return normals + k * x.rows(); }
};

class Stepper {
 public:
  explicit Stepper(const model::Sde& sde) : sde_(sde) {}
  virtual ~Stepper() = default;
  Stepper(const Stepper&) = delete;
  Stepper& operator=(const Stepper&) = delete;

  [[nodiscard]] const model::Sde& sde() const { return sde_; }
  [[nodiscard]] virtual int normals() const { return sde_.noises(); }
  /// Whether events are counted.
  [[nodiscard]] virtual bool counts_events() const { return false; }
  /// One step of time dt (that the stepper was made for) of every lane.
  virtual void step(Lanes& lanes) const = 0;
  /// After the last of several steps: whether what the stepper assumes of the equation holds where the paths are.
  /// @throws SettingsError when not.
  virtual void check(Lanes&) const {}

 private:
  const model::Sde& sde_;
};

[[nodiscard]] std::unique_ptr<Stepper> make_euler(const model::Sde& sde, double dt);
[[nodiscard]] std::unique_ptr<Stepper> make_milstein(const model::Sde& sde, double dt);
[[nodiscard]] std::unique_ptr<Stepper> make_platen(const model::Sde& sde, double dt);
[[nodiscard]] std::unique_ptr<Stepper> make_baoab(const model::Sde& sde, double dt);
[[nodiscard]] std::unique_ptr<Stepper> make_exact(const model::Sde& sde, double dt);

}  // namespace sgdflux::sample
