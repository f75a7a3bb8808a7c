#pragma once
/// One-dimensional results as CSV, for those who want no HDF5.
#include <mpi.h>

#include "output.hpp"
#include "sgdflux/mesh/axis.hpp"
#include "sgdflux/study/answer.hpp"

namespace sgdflux::cli {

/// density.csv: every field and array over cells, against the variable at the centres; current.csv: those over faces.
/// Collective over `comm`. @throws FileError on every rank.
void write_profiles(MPI_Comm comm, const mesh::Axis& axis, const study::StationaryAnswer& answer,
                    OutputDirectory& directory);

}  // namespace sgdflux::cli
