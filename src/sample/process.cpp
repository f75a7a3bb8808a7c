#include "sgdflux/sample/process.hpp"

namespace sgdflux::sample {

std::unique_ptr<Process::Workspace> Process::workspace(Index) const { return nullptr; }

Eigen::ArrayXd Process::events(const Batch& state) const { return Eigen::ArrayXd::Zero(state.rows()); }

}  // namespace sgdflux::sample
