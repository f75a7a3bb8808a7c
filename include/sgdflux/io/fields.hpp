#pragma once
/// Fields on disk: HDF5 for the numbers, XDMF beside it for ParaView (layout: docs/formats.md).
#include <mpi.h>

#include <map>
#include <span>
#include <string>
#include <vector>

#include "sgdflux/mesh/partition.hpp"

namespace sgdflux::io {

/// A real array over cells or faces, each rank holding one box of it in C order. The numbers are looked at only: they
/// must outlive it.
struct FieldData {
  std::string path;              ///< dataset inside the file, e.g. "density", "current/x", "exact/density"
  std::string meaning;           ///< stored as the attribute "meaning"
  mesh::Cell shape{1, 1, 1, 1};  ///< global shape (faces of axis d: one more along d)
  int dimension = 1;
  mesh::Box box;                   ///< what this rank holds; may be empty
  std::span<const double> values;  ///< box.cells() numbers
};

/// Small arrays that every rank holds identically (derived quantities in 1-D, marginals); rank 0's are written.
struct ArrayData {
  std::string path;
  std::string meaning;
  std::vector<core::Index> shape;
  std::vector<double> values;
};

/// Writes `stem`.h5 and `stem`.xdmf: groups axes/<name>/{centres, faces, slope} in physical coordinates,
/// `cell_volume` (slope product times ξ-volume, dimension ≤ 3 as a field) and the given data;
/// `attributes` (every setting) go to the root. Cell fields of problems in 1–3 dimensions appear in the XDMF; of
/// four-dimensional ones nothing but the arrays "marginal/a.b" over two axes a, b.
/// Written under a temporary name, renamed when complete. Collective over `comm`.
/// @throws core::Error with exit code `files` (`internal` for boxes that do not fit) on every rank when any rank fails.
void write_fields(MPI_Comm comm, const std::string& stem, const mesh::Grid& grid, const std::vector<FieldData>& fields,
                  const std::vector<ArrayData>& arrays, const std::map<std::string, std::string>& attributes);

/// A density read back from a file of fields.
struct StoredDensity {
  std::vector<mesh::AxisSpec> axes;  ///< resolved, in the order of the array
  std::vector<double> values;        ///< one per cell, C order, per unit volume of the variables
};

/// The array `density` of `file` and the axes it lies on. Not collective: every rank may read by itself.
/// @throws FileError naming the file and what is wrong: unreadable, no file of fields, another major version, no
/// density, a shape that is not that of the axes, values that are no finite numbers.
[[nodiscard]] StoredDensity read_density(const std::string& file);

}  // namespace sgdflux::io
