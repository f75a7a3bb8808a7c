#include "sgdflux/model/sde.hpp"

#include "sgdflux/core/errors.hpp"

namespace sgdflux::model {

Eigen::ArrayXd Sde::derive(int which, BatchView) const {
  throw core::InternalError("model " + name() + " has no derived quantity number " + std::to_string(which));
}

void Sde::coefficients(BatchView x, Batch& drift, Batch& noise) const {
  drift = this->drift(x);
  noise = noise_factor(x);
}

Batch Sde::diffusion(BatchView x) const {
  const int n = dimension();
  const Batch s = noise_factor(x);
  Batch a = Batch::Zero(x.rows(), n * (n + 1) / 2);
  for (int i = 0; i < n; ++i) {
    for (int j = i; j < n; ++j) {
      for (int k = 0; k < noises_; ++k) {
        a.col(pair_index(i, j, n)) += s.col(i * noises_ + k) * s.col(j * noises_ + k);
      }
    }
  }
  return a;
}

}  // namespace sgdflux::model
