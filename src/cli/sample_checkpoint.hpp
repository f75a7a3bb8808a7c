#pragma once
/// Checkpoints of `sample`: the paths, then those with half the step.
#include <memory>

#include "checkpoints.hpp"
#include "sgdflux/study/sample.hpp"

namespace sgdflux::cli {

/// What a run of paths goes on from; must live as long as the run.
struct SampleRestart {
  std::string file;  ///< "" where there is nothing to go on from
  std::string remark;
  sample::Checkpoint paths, half;
  bool has_paths = false, has_half = false;
  int stages = 0;  ///< stages of time that were done
};

[[nodiscard]] std::shared_ptr<SampleRestart> find_sample_restart(MPI_Comm comm, const core::Settings& settings,
                                                                 const std::string& directory);

/// Fills the hooks of `options`: resume from `restart`, checkpoints in the rhythm of the settings. Collective.
void keep_sample_checkpoints(MPI_Comm comm, const core::Settings& settings, const std::string& directory,
                             const std::shared_ptr<SampleRestart>& restart, study::SampleOptions& options);

}  // namespace sgdflux::cli
