/// Euler–Maruyama: x += b dt + s√dt ξ.
#include "sample/explicit_stepper.hpp"
#include "sample/increments.hpp"

namespace sgdflux::sample {
namespace {

class Euler final : public ExplicitStepper {
 public:
  using ExplicitStepper::ExplicitStepper;

 private:
  void move(Lanes& lanes, double dt, double phi) const override {
    for (Index d = 0; d < lanes.x.cols(); ++d) {
      add_increment(lanes, d, sde().noises(), dt, phi);
    }
  }
};

}  // namespace

std::unique_ptr<Stepper> make_euler(const model::Sde& sde, double dt) { return std::make_unique<Euler>(sde, dt); }

}  // namespace sgdflux::sample
