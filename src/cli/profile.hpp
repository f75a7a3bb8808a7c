#pragma once
/// One-dimensional results and series as CSV, for those who want no HDF5.
#include <mpi.h>

#include <map>
#include <string>
#include <vector>

#include "output.hpp"
#include "sgdflux/mesh/axis.hpp"
#include "sgdflux/study/answer.hpp"

namespace sgdflux::cli {

/// density.csv: every field over cells and density of a derived quantity, against the variable at the centres;
/// current.csv: those over faces. Collective over `comm`. @throws FileError on every rank.
void write_profiles(MPI_Comm comm, const mesh::Axis& axis, const study::Answer& answer, OutputDirectory& directory);

/// series.csv: `time`, then <name> and <name>.error of every series. Collective. @throws FileError on every rank.
void write_series(const std::vector<double>& times, const std::map<std::string, study::Series>& series,
                  OutputDirectory& directory);

}  // namespace sgdflux::cli
