/// Steps per second of true SGD on the two-layer network y = x + ε, S = 1, over many paths: one line of JSON.
#include <ctime>
#include <iostream>

#include "sgdflux/sample/sgd_process.hpp"

namespace {

using sgdflux::sample::Index;

/// Steps per second of `paths` paths in blocks of `width`, over about `seconds` of processor time, which other
/// programs on the machine do not count in.
double rate(const sgdflux::sample::Process& process, Index width, double seconds) {
  auto state = process.start(0, width);
  const auto workspace = process.workspace(width);
  const std::clock_t begin = std::clock();
  double elapsed = 0;
  std::int64_t steps = 0;
  while (elapsed < seconds) {
    process.advance(state, 0, steps, 200, workspace.get());
    steps += 200;
    elapsed = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  }
  return static_cast<double>(steps * width) / elapsed;
}

}  // namespace

int main() {
  const auto process = sgdflux::sample::make_network_sgd({1, 1}, Eigen::Vector2d(1, 1), false, {}, {});
  double best = 0;
  Index best_width = 0;
  std::cout << "{\"benchmark\": \"sgd-two-layer\", \"widths\": {";
  for (Index width = 64; width <= 4096; width *= 2) {
    const double found = rate(*process, width, 0.4);
    std::cout << (width > 64 ? ", " : "") << '"' << width << "\": " << found;
    if (found > best) {
      best = found;
      best_width = width;
    }
  }
  std::cout << "}, \"width\": " << best_width << ", \"steps_per_second\": " << best << "}\n";
}
