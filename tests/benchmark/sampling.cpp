/// How fast paths of SDEs are made on one core, against the bare rate of the random numbers in them; JSON on stdout.
/// Usage: benchmark_sampling [SECONDS], the time spent on each figure (default 1); the best of many short runs counts.
#include <Random123/philox.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>

#include "sgdflux/model/registry.hpp"
#include "sgdflux/sample/random.hpp"
#include "sgdflux/sample/sde_process.hpp"

namespace {

using namespace sgdflux;

/// Most events per second that a call with `count` of them reaches, over calls for `seconds`.
double best_rate(double seconds, double count, const std::function<void(std::uint64_t)>& call) {
  using Clock = std::chrono::steady_clock;
  const auto since = [](Clock::time_point from) { return std::chrono::duration<double>(Clock::now() - from).count(); };
  const Clock::time_point begin = Clock::now();
  double best = 0;
  for (std::uint64_t turn = 0; turn < 3 || since(begin) < seconds; ++turn) {
    const Clock::time_point start = Clock::now();
    call(turn);
    best = std::max(best, count / since(start));
  }
  return best;
}

double unit_interval(std::uint32_t low, std::uint32_t high) {
  const std::uint64_t bits = std::uint64_t{high} << 32 | low;
  return std::bit_cast<double>(bits >> 12 | std::bit_cast<std::uint64_t>(1.0)) - (1.0 - 0x1p-53);
}

/// The same uniform numbers as sample::uniforms for small seeds and places, by Random123's own function.
void random123(const sample::Stream& stream, core::Index first, core::Index count, std::uint64_t place, double* a,
               double* b) {
  double* __restrict left = a;
  double* __restrict right = b;
  const philox4x32_key_t key = {{static_cast<std::uint32_t>(stream.seed), 0}};
  for (core::Index i = 0; i < count; ++i) {
    const philox4x32_ctr_t counter = {{static_cast<std::uint32_t>(first + i), 0, static_cast<std::uint32_t>(place), 0}};
    const philox4x32_ctr_t block = philox4x32(counter, key);
    left[i] = unit_interval(block.v[0], block.v[1]);
    right[i] = unit_interval(block.v[2], block.v[3]);
  }
}

using Draw = void (*)(const sample::Stream&, core::Index, core::Index, std::uint64_t, double*, double*);

double rate_of(Draw draw, double seconds) {
  constexpr core::Index lanes = 512;
  constexpr std::uint64_t places = 500;
  std::vector<double> a(lanes), b(lanes);
  return best_rate(seconds, 2. * lanes * places, [&](std::uint64_t turn) {
    for (std::uint64_t k = 0; k < places; ++k) {
      draw({1}, 0, lanes, turn * places + k, a.data(), b.data());
    }
  });
}

/// Path-steps per second of a model, as the program makes them.
double rate_of(const model::Sde& sde, sample::Integrator integrator, double dt, double seconds) {
  constexpr core::Index paths = 1024;
  constexpr std::int64_t steps = 250;
  sample::SdeOptions options;
  options.integrator = integrator;
  options.dt = dt;
  const auto process = sample::make_sde_process(sde, options);
  core::Batch state = process->start(0, paths);
  const auto workspace = process->workspace(paths);
  return best_rate(seconds, static_cast<double>(paths * steps), [&](std::uint64_t turn) {
    process->advance(state, 0, static_cast<std::int64_t>(turn) * steps, steps, workspace.get());
  });
}

std::unique_ptr<model::Sde> model_of(const std::vector<std::pair<std::string, std::string>>& lines) {
  core::Settings settings;
  for (const auto& [key, value] : lines) {
    settings.set("model." + key, value, "benchmark");
  }
  return model::make(settings);
}

void print(const char* name, double value, bool last = false) {
  std::printf("  \"%s\": %.6g%s\n", name, value, last ? "" : ",");
}

}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 1;
  const auto network = model_of({{"name", "diagonal-network"}, {"depth", "1"}, {"T", "0.1"}});
  const auto momentum = model_of({{"name", "momentum-regression"}});
  using sample::Integrator;
  std::printf("{\n");
  print("random123_doubles", rate_of(random123, seconds));
  print("uniform_doubles", rate_of(sample::uniforms, seconds));
  print("normals", rate_of(sample::normals, seconds));
  print("network_euler", rate_of(*network, Integrator::euler, 0.001, seconds));
  print("network_euler_coarse", rate_of(*network, Integrator::euler, 0.01, seconds));
  print("network_platen", rate_of(*network, Integrator::platen, 0.01, seconds));
  print("momentum_euler", rate_of(*momentum, Integrator::euler, 0.01, seconds));
  print("momentum_baoab", rate_of(*momentum, Integrator::baoab, 0.01, seconds));
  print("momentum_exact", rate_of(*momentum, Integrator::exact, 0.01, seconds), true);
  std::printf("}\n");
  return EXIT_SUCCESS;
}
