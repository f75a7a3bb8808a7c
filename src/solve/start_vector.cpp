#include "start_vector.hpp"

#include <cstdint>

namespace sgdflux::solve {

Eigen::ArrayXd start_vector(const mesh::Box& box, unsigned seed) {
  Eigen::ArrayXd values(box.cells());
  for (core::Index i = 0; i < box.cells(); ++i) {
    std::uint64_t state = 0x9e3779b97f4a7c15ULL * (seed + 1ULL);
    for (const core::Index coordinate : box.cell(i)) {
      state = (state ^ static_cast<std::uint64_t>(coordinate)) * 0xbf58476d1ce4e5b9ULL;
      state ^= state >> 29U;
    }
    values(i) = 2 * static_cast<double>(state >> 11U) * 0x1p-53 - 1;
  }
  return values;
}

}  // namespace sgdflux::solve
