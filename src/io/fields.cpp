#include "sgdflux/io/fields.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include "hdf5_file.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/io/files.hpp"
#include "sgdflux/la/handle.hpp"
#include "sgdflux/la/session.hpp"
#include "xdmf.hpp"

namespace sgdflux::io {
namespace {

using core::Index;

Slab slab_of(const FieldData& field) {
  Slab slab;
  for (int d = 0; d < field.dimension; ++d) {
    slab.start.push_back(field.box.lower[static_cast<std::size_t>(d)]);
    slab.count.push_back(field.box.extent(d));
  }
  return slab;
}

std::vector<Index> shape_of(const FieldData& field) {
  return {field.shape.begin(), field.shape.begin() + field.dimension};
}

Index product(const std::vector<Index>& shape) {
  Index count = 1;
  for (const Index extent : shape) {
    count *= extent;
  }
  return count;
}

void check_field(const FieldData& field) {
  bool inside = field.dimension >= 1 && field.dimension <= core::max_dimension;
  for (std::size_t d = 0; d < core::max_dimension && field.box.cells() > 0; ++d) {
    inside = inside && field.box.lower[d] >= 0 && field.box.upper[d] <= field.shape[d];
  }
  if (!inside || static_cast<Index>(field.values.size()) != field.box.cells()) {
    throw core::InternalError("field " + field.path + " has " + std::to_string(field.values.size()) +
                              " values for a box of " + std::to_string(field.box.cells()) +
                              " cells, or the box leaves the lattice");
  }
}

/// Boxes that leave gaps would leave zeros in the file that look like data.
void check_cover(MPI_Comm comm, const FieldData& field) {
  long long count = field.box.cells();
  MPI_Allreduce(MPI_IN_PLACE, &count, 1, MPI_LONG_LONG, MPI_SUM, comm);
  la::guard(comm, [&] {
    if (count != product(shape_of(field))) {
      throw core::InternalError("the boxes of field " + field.path + " hold " + std::to_string(count) +
                                " cells, its shape " + std::to_string(product(shape_of(field))));
    }
  });
}

void check_array(const ArrayData& array) {
  if (array.shape.empty() || static_cast<Index>(array.values.size()) != product(array.shape)) {
    throw core::InternalError("array " + array.path + " has " + std::to_string(array.values.size()) +
                              " values, not those of its shape");
  }
}

/// The system's reason for an unwritable path is clearer than that of MPI, so rank 0 creates the file first.
void create_empty(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "wb"), std::fclose);
  if (!file) {
    throw core::FileError("file " + path + " cannot be written: " + std::strerror(errno));
  }
}

std::vector<double> to_vector(const Eigen::ArrayXd& values) { return {values.data(), values.data() + values.size()}; }

Eigen::ArrayXd slopes(const mesh::Axis& axis) {
  return axis.map().slope(Eigen::ArrayXd::NullaryExpr(axis.cells(), [&](Eigen::Index i) { return axis.centre(i); }));
}

/// Rows of the slowest axis, evenly shared; some ranks may get none.
mesh::Box share_of_rows(const mesh::Cell& shape, Index rank, Index ranks) {
  mesh::Box box;
  box.upper = shape;
  box.lower[0] = shape[0] * rank / ranks;
  box.upper[0] = shape[0] * (rank + 1) / ranks;
  return box;
}

/// Volume of the cells of a box in the variables: Π X'(ξ) × ξ-volume, so that Σ density·volume is the mass that the
/// solver counts.
Eigen::ArrayXd cell_volumes(const mesh::Grid& grid, const mesh::Box& box) {
  Eigen::ArrayXd volumes = Eigen::ArrayXd::Constant(box.cells(), grid.cell_volume());
  for (int d = 0; d < grid.dimension(); ++d) {
    const mesh::Layers view = mesh::layers(box, d);
    const Eigen::ArrayXd slope = slopes(grid.axis(d)).segment(box.lower[static_cast<std::size_t>(d)], view.count);
    for (Index o = 0; o < view.outer; ++o) {
      for (Index i = 0; i < view.count; ++i) {
        volumes.segment((o * view.count + i) * view.inner, view.inner) *= slope(i);
      }
    }
  }
  return volumes;
}

/// Writes the parts of one file; every step is agreed on by all ranks before the next one.
class Writer {
 public:
  Writer(MPI_Comm comm, Hdf5File& file) : comm_(comm), file_(file) {}

  void root(const mesh::Grid& grid, const std::map<std::string, std::string>& attributes) {
    la::guard(comm_, [&] {
      std::vector<std::string> names;
      for (const auto& axis : grid.axes()) {
        names.push_back(axis.name());
      }
      file_.attribute("/", "format", "sgdflux-fields");
      file_.attribute("/", "format_version", std::vector<int>{1, 4});
      file_.attribute("/", "axes", names);
      for (const auto& [name, value] : attributes) {
        file_.attribute("/", name, value);
      }
    });
  }

  void axis(const mesh::Axis& axis) {
    const std::string group = "axes/" + axis.name();
    la::guard(comm_, [&] {
      file_.group(group);
      file_.attribute(group, "mesh", axis.spec().to_string());
    });
    array({group + "/centres", "cell centres", {axis.cells()}, to_vector(axis.centres())});
    array({group + "/faces", "cell faces", {axis.cells() + 1}, to_vector(axis.faces())});
    array({group + "/slope",
           "dx/dxi of the coordinate map at the cell centres",
           {axis.cells()},
           to_vector(slopes(axis))});
  }

  void array(const ArrayData& data) {
    la::guard(comm_, [&] {
      const bool mine = la::rank(comm_) == 0;
      const Slab all{std::vector<Index>(data.shape.size(), 0), data.shape};
      file_.write(data.path, data.shape, all, mine ? std::span<const double>(data.values) : std::span<const double>{});
      file_.attribute(data.path, "meaning", data.meaning);
    });
  }

  void field(const FieldData& data) {
    la::guard(comm_, [&] {
      file_.write(data.path, shape_of(data), slab_of(data), data.values);
      file_.attribute(data.path, "meaning", data.meaning);
    });
  }

 private:
  MPI_Comm comm_;
  Hdf5File& file_;
};

void check_input(MPI_Comm comm, const std::vector<FieldData>& fields, const std::vector<ArrayData>& arrays) {
  la::guard(comm, [&] {
    std::for_each(fields.begin(), fields.end(), check_field);
    std::for_each(arrays.begin(), arrays.end(), check_array);
  });
  for (const auto& field : fields) {
    check_cover(comm, field);
  }
}

void write_hdf5(MPI_Comm comm, const std::string& path, const mesh::Grid& grid, const std::vector<FieldData>& fields,
                const std::vector<ArrayData>& arrays, const std::map<std::string, std::string>& attributes) {
  std::unique_ptr<Hdf5File> file;
  la::guard(comm, [&] { file = std::make_unique<Hdf5File>(comm, path); });
  Writer writer(comm, *file);
  writer.root(grid, attributes);
  for (const auto& axis : grid.axes()) {
    writer.axis(axis);
  }
  if (grid.dimension() <= 3) {
    const mesh::Box box = share_of_rows(grid.shape(), la::rank(comm), la::size(comm));
    const Eigen::ArrayXd volumes = cell_volumes(grid, box);
    writer.field({.path = "cell_volume",
                  .meaning = "volume of a cell in the variables: product of the slopes dx/dxi times the volume in xi",
                  .shape = grid.shape(),
                  .dimension = grid.dimension(),
                  .box = box,
                  .values = {volumes.data(), static_cast<std::size_t>(volumes.size())}});
  }
  for (const auto& field : fields) {
    writer.field(field);
  }
  for (const auto& array : arrays) {
    writer.array(array);
  }
  la::guard(comm, [&] { file->close(); });
}

/// Runs `work` on rank 0; its failure becomes everybody's.
void on_first_rank(MPI_Comm comm, const std::function<void()>& work) {
  la::guard(comm, [&] {
    if (la::rank(comm) == 0) {
      work();
    }
  });
}

void rename_file(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0) {
    throw core::FileError("file " + to + " cannot be written: " + std::strerror(errno));
  }
}

}  // namespace

void write_fields(MPI_Comm comm, const std::string& stem, const mesh::Grid& grid, const std::vector<FieldData>& fields,
                  const std::vector<ArrayData>& arrays, const std::map<std::string, std::string>& attributes) {
  const Hdf5Silence silence;
  const std::string data_file = stem + ".h5";
  const std::string part = data_file + ".part";
  check_input(comm, fields, arrays);
  on_first_rank(comm, [&] { create_empty(part); });
  try {
    write_hdf5(comm, part, grid, fields, arrays, attributes);
    on_first_rank(comm, [&] {
      rename_file(part, data_file);
      write_text(stem + ".xdmf", xdmf(std::filesystem::path(data_file).filename().string(), grid, fields, arrays));
    });
  } catch (...) {
    if (la::rank(comm) == 0) {
      static_cast<void>(std::remove(part.c_str()));
    }
    throw;
  }
}

}  // namespace sgdflux::io
