#include "xdmf.hpp"

#include <algorithm>

namespace sgdflux::io {
namespace {

/// Axes of one grid, slowest first as in C order and in XDMF's Dimensions.
using Axes = std::vector<const mesh::Axis*>;

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string data_item(const std::string& dimensions, const std::string& file, const std::string& path) {
  return "<DataItem Dimensions=\"" + dimensions + "\" NumberType=\"Float\" Precision=\"8\" Format=\"HDF\">" +
         escaped(file + ":/" + path) + "</DataItem>\n";
}

/// Cells (more = 0) or faces (more = 1) per axis. One axis becomes a strip one cell high, since XDMF has no lines.
std::string dimensions(const Axes& axes, core::Index more) {
  std::string text = axes.size() == 1 ? std::to_string(1 + more) : "";
  for (const auto* axis : axes) {
    text += (text.empty() ? "" : " ") + std::to_string(axis->cells() + more);
  }
  return text;
}

std::string geometry(const std::string& file, const Axes& axes) {
  std::string text =
      axes.size() == 3 ? "      <Geometry GeometryType=\"VXVYVZ\">\n" : "      <Geometry GeometryType=\"VXVY\">\n";
  for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) {
    text += "        " + data_item(std::to_string((*axis)->cells() + 1), file, "axes/" + (*axis)->name() + "/faces");
  }
  if (axes.size() == 1) {
    text += "        <DataItem Dimensions=\"2\" NumberType=\"Float\" Precision=\"8\" Format=\"XML\">0 1</DataItem>\n";
  }
  return text + "      </Geometry>\n";
}

std::string topology(const Axes& axes) {
  const std::string type = axes.size() == 3 ? "3DRectMesh" : "2DRectMesh";
  return "      <Topology TopologyType=\"" + type + "\" Dimensions=\"" + dimensions(axes, 1) + "\"/>\n";
}

std::string cell_values(const std::string& file, const Axes& axes, const std::string& path) {
  return "      <Attribute Name=\"" + escaped(path) + "\" AttributeType=\"Scalar\" Center=\"Cell\">\n        " +
         data_item(dimensions(axes, 0), file, path) + "      </Attribute>\n";
}

std::string grid_element(const std::string& name, const std::string& file, const Axes& axes,
                         const std::vector<std::string>& paths) {
  std::string text =
      "    <Grid Name=\"" + escaped(name) + "\" GridType=\"Uniform\">\n" + topology(axes) + geometry(file, axes);
  for (const auto& path : paths) {
    text += cell_values(file, axes, path);
  }
  return text + "    </Grid>\n";
}

std::string cell_grid(const std::string& file, const mesh::Grid& grid, const std::vector<FieldData>& fields) {
  Axes axes;
  for (const auto& axis : grid.axes()) {
    axes.push_back(&axis);
  }
  std::vector<std::string> paths = {"cell_volume"};
  for (const auto& field : fields) {
    if (is_cell_field(grid, field)) {
      paths.push_back(field.path);
    }
  }
  return grid_element("cells", file, axes, paths);
}

const mesh::Axis* find_axis(const mesh::Grid& grid, const std::string& name) {
  const auto found =
      std::find_if(grid.axes().begin(), grid.axes().end(), [&](const auto& axis) { return axis.name() == name; });
  return found == grid.axes().end() ? nullptr : &*found;
}

/// The two axes of an array "marginal/a.b"; empty for any other array.
Axes marginal_axes(const mesh::Grid& grid, const ArrayData& array) {
  const std::string prefix = "marginal/";
  const auto dot = array.path.find('.');
  if (!array.path.starts_with(prefix) || dot == std::string::npos || array.shape.size() != 2) {
    return {};
  }
  const auto* slow = find_axis(grid, array.path.substr(prefix.size(), dot - prefix.size()));
  const auto* fast = find_axis(grid, array.path.substr(dot + 1));
  const bool fits =
      slow != nullptr && fast != nullptr && slow->cells() == array.shape[0] && fast->cells() == array.shape[1];
  return fits ? Axes{slow, fast} : Axes{};
}

std::string marginal_grids(const std::string& file, const mesh::Grid& grid, const std::vector<ArrayData>& arrays) {
  std::string text;
  for (const auto& array : arrays) {
    if (const Axes axes = marginal_axes(grid, array); !axes.empty()) {
      text += grid_element(array.path, file, axes, {array.path});
    }
  }
  return text;
}

}  // namespace

bool is_cell_field(const mesh::Grid& grid, const FieldData& field) {
  return field.dimension == grid.dimension() && field.shape == grid.shape();
}

std::string xdmf(const std::string& data_file, const mesh::Grid& grid, const std::vector<FieldData>& fields,
                 const std::vector<ArrayData>& arrays) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Xdmf Version=\"3.0\">\n  <Domain>\n" +
         (grid.dimension() <= 3 ? cell_grid(data_file, grid, fields)
                                                   : marginal_grids(data_file, grid, arrays)) +
         "  </Domain>\n</Xdmf>\n";
}

}  // namespace sgdflux::io
