#pragma once
/// XDMF text that lets ParaView open an HDF5 file of fields.
#include <string>
#include <vector>

#include "sgdflux/io/fields.hpp"

namespace sgdflux::io {

/// Whether `field` holds one value per cell of `grid`.
[[nodiscard]] bool is_cell_field(const mesh::Grid& grid, const FieldData& field);

/// XDMF 3 document for the cell fields (1–3 dimensions) or the marginals "marginal/a.b" over two axes (4 dimensions) in
/// the HDF5 file `data_file`, a path relative to the document. XDMF names axes X, Y, Z from the fastest: X is our last
/// axis.
[[nodiscard]] std::string xdmf(const std::string& data_file, const mesh::Grid& grid,
                               const std::vector<FieldData>& fields, const std::vector<ArrayData>& arrays);

}  // namespace sgdflux::io
