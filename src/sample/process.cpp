#include "sgdflux/sample/process.hpp"

namespace sgdflux::sample {

std::unique_ptr<Process::Workspace> Process::workspace(Index) const { return nullptr; }

}  // namespace sgdflux::sample
