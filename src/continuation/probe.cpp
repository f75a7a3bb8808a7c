#include "sgdflux/continuation/probe.hpp"

#include <algorithm>
#include <cmath>

#include "sgdflux/core/errors.hpp"

namespace sgdflux::continuation {
namespace {

std::vector<mesh::AxisSpec> with_cells(std::vector<mesh::AxisSpec> mesh, double factor) {
  for (mesh::AxisSpec& axis : mesh) {
    axis.cells = std::max<core::Index>(4, std::llround(factor * static_cast<double>(axis.cells)));
  }
  return mesh;
}

}  // namespace

Probe::Probe(MPI_Comm comm, const Family& family, double parameter, Inquiry inquiry)
    : comm_(comm), parameter_(parameter), inquiry_(std::move(inquiry)), member_(family.at(parameter)) {
  inquiry_.stationary.mesh = with_cells(inquiry_.mesh.empty() ? member_.mesh : inquiry_.mesh, inquiry_.cells);
  inquiry_.spectral_mesh =
      with_cells(inquiry_.spectral_mesh.empty() ? member_.mesh : inquiry_.spectral_mesh, inquiry_.cells);
}

const study::StationaryAnswer& Probe::stationary() {
  if (!stationary_) {
    if (inquiry_.stationary.warm) {
      inquiry_.stationary.warm->at(parameter_);
    }
    stationary_ = study::stationary(comm_, *member_.sde, inquiry_.stationary, member_.observables);
  }
  return *stationary_;
}

bool Probe::has_density() {
  const study::Verdict verdict = stationary().verdict;
  return verdict == study::Verdict::converged || verdict == study::Verdict::not_converged;
}

const study::SpectrumAnswer& Probe::spectrum() {
  if (inquiry_.eigenvalues < 2) {
    throw core::InternalError("a probe without eigenvalues was asked for its spectrum");
  }
  if (!spectrum_) {
    study::SpectrumOptions options;
    static_cast<study::Options&>(options) = inquiry_.stationary;
    options.mesh = inquiry_.spectral_mesh;
    options.tolerance.reset();
    options.count = inquiry_.eigenvalues;
    spectrum_ = study::spectrum(comm_, *member_.sde, options);
  }
  return *spectrum_;
}

}  // namespace sgdflux::continuation
