#pragma once
/// The normal numbers of the steps of paths, from places that depend on absolute step numbers only.
#include <Eigen/Core>
#include <cstdint>

#include "sgdflux/core/types.hpp"

namespace sgdflux::sample {

/// Standard normal numbers ξ(path, step, k), k = 0 … per_step − 1. Number step·per_step + k of a path is one half of
/// the Philox block at half that place, so that nothing is drawn and thrown away, and any cut in time gives the same.
/// Level 1 halves the steps of level 0 by a Brownian bridge with numbers ζ of their own: steps 2n and 2n+1 have
/// (ξ ± ζ)/√2 of step n.
class StepNoise {
 public:
  StepNoise(std::uint64_t seed, int per_step, int level) : seed_(seed), per_step_(per_step), level_(level) {}
  [[nodiscard]] int per_step() const { return per_step_; }

  /// What fill() writes to; column() is then the numbers of all lanes for one step and k.
  struct Buffer {
    Eigen::ArrayXXd numbers;  ///< lanes × (steps·per_step, one more at each end)
    Eigen::ArrayXXd coarse;   ///< level 1: ξ of the steps of level 0
    Eigen::ArrayXXd detail;   ///< level 1: ζ
    std::int64_t first_column = 0;
    std::int64_t from = 0;
  };
  [[nodiscard]] Buffer buffer(core::Index lanes, std::int64_t steps) const;
  /// Numbers of paths first … first + lanes − 1 in steps from … from + steps − 1.
  void fill(Buffer& buffer, core::Index first, std::int64_t from, std::int64_t steps) const;
  [[nodiscard]] const double* column(const Buffer& buffer, std::int64_t step, int k) const {
    return buffer.numbers.col((step - buffer.from) * per_step_ + k + buffer.first_column).data();
  }

 private:
  void fill_halves(Buffer& buffer, core::Index first, std::int64_t from, std::int64_t steps) const;

  std::uint64_t seed_;
  int per_step_;
  int level_;
};

}  // namespace sgdflux::sample
