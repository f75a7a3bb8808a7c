#include "sgdflux/sample/sampler.hpp"

#include "paths.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/la/handle.hpp"
#include "sgdflux/la/session.hpp"

namespace sgdflux::sample {
namespace {

void report(MPI_Comm comm, const Hooks& hooks, const Paths& paths) {
  if (hooks.progress && la::rank(comm) == 0) {
    hooks.progress(static_cast<double>(paths.stage()) / paths.stages());
  }
}

void require_data(const Process& process, const Plan& plan) {
  const std::int64_t last = process.last_step();
  if (last > 0 && plan.burn + plan.steps > last) {
    throw core::SettingsError("sample.burn + sample.steps = " + std::to_string(plan.burn + plan.steps) +
                              " is out of range: a single pass over the data has " + std::to_string(last) + " steps");
  }
}

}  // namespace

Recording run(MPI_Comm comm, const Process& process, const Plan& plan, const Hooks& hooks) {
  plan.validate();
  require_data(process, plan);
  Paths paths(comm, process, plan);
  if (hooks.resume != nullptr) {
    la::guard(comm, [&] { paths.restore(*hooks.resume); });
  }
  bool extinct = paths.extinct();
  while (paths.stage() < paths.stages() && !extinct) {
    paths.advance();
    report(comm, hooks, paths);
    extinct = paths.extinct();
    if (hooks.checkpoint && paths.stage() < paths.stages() && hooks.due && hooks.due()) {
      hooks.checkpoint(paths.checkpoint());
    }
  }
  Recording recording = paths.recording();
  recording.extinct = extinct;
  return recording;
}

}  // namespace sgdflux::sample
