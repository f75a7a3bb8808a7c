#include "output_fields.hpp"

#include <algorithm>
#include <utility>

#include "quantities.hpp"
#include "sgdflux/fv/coefficients.hpp"
#include "sgdflux/la/handle.hpp"
#include "sgdflux/theory/reference.hpp"

namespace sgdflux::study {
namespace {

std::vector<double> numbers(const Eigen::ArrayXd& values) { return {values.begin(), values.end()}; }

Field cell_field(const Solution& solution, const std::string& path, const std::string& meaning, Eigen::ArrayXd values) {
  return {path, meaning, solution.grid.shape(), solution.grid.dimension(), solution.state.owned, numbers(values)};
}

/// Faces of the owned cells that this rank writes: the last face of the lattice belongs to the rank whose cells end
/// there.
struct OwnFaces {
  mesh::Box kept;
  mesh::Cell shape;  ///< of all faces of the lattice
};

OwnFaces own_faces(const mesh::Grid& grid, int axis, const mesh::Box& faces) {
  const auto d = static_cast<std::size_t>(axis);
  OwnFaces own{faces, grid.shape()};
  if (faces.upper[d] <= own.shape[d]) {
    own.kept.upper[d] -= faces.cells() > 0 ? 1 : 0;
  }
  own.shape[d] += 1;
  return own;
}

Eigen::ArrayXd part_of(const mesh::Box& box, const mesh::Box& kept, const Eigen::ArrayXd& values) {
  Eigen::ArrayXd part(kept.cells());
  core::Index to = 0;
  mesh::for_each_row(box, kept, [&](const mesh::Cell&, core::Index at, core::Index length) {
    part.segment(to, length) = values.segment(at, length);
    to += length;
  });
  return part;
}

Field face_field(const Solution& solution, int axis, const mesh::Box& faces, Eigen::ArrayXd flux) {
  const OwnFaces own = own_faces(solution.grid, axis, faces);
  if (own.kept.cells() < faces.cells()) {
    flux = part_of(faces, own.kept, flux);
  }
  fv::divide_slopes(solution.grid, own.kept, flux, axis);
  const std::string& name = solution.sde.variables()[static_cast<std::size_t>(axis)];
  return {"current/" + name, "probability current in +" + name + " at the faces across " + name,
          own.shape,         solution.grid.dimension(),
          own.kept,          numbers(flux)};
}

void add_marginals(const Solution& solution, StationaryAnswer& answer) {
  for (const Marginal& m : marginals(solution.law())) {
    answer.arrays.push_back({"density_of/" + m.name + "/value",
                             m.name + " at the cell centres of its axis",
                             {m.position.size()},
                             numbers(m.position)});
    answer.arrays.push_back({"density_of/" + m.name + "/density",
                             "marginal probability density of " + m.name,
                             {m.density.size()},
                             numbers(m.density)});
  }
}

/// ∫J_a over all variables but those of the plane (d, e), which a is one of, at the faces of the plane across a.
Eigen::ArrayXd plane_current(const Solution& solution, const observe::Current& current, int a, int d, int e) {
  const OwnFaces own = own_faces(solution.grid, a, current.face_boxes[static_cast<std::size_t>(a)]);
  const Eigen::ArrayXd& flux = current.faces[static_cast<std::size_t>(a)];
  const bool all = own.kept.cells() == flux.size();
  Eigen::ArrayXd sums =
      observe::plane(solution.comm, own.kept, own.shape, d, e,
                     all ? flux : part_of(current.face_boxes[static_cast<std::size_t>(a)], own.kept, flux));
  mesh::Box faces;
  faces.upper = {own.shape[static_cast<std::size_t>(d)], own.shape[static_cast<std::size_t>(e)], 1, 1};
  const mesh::Grid two({solution.grid.axis(d), solution.grid.axis(e)});
  fv::divide_slopes(two, faces, sums, a == d ? 0 : 1);
  return sums * (solution.grid.cell_volume() / two.cell_volume());
}

void add_plane(const Solution& solution, const observe::Current& current, int d, int e, StationaryAnswer& answer) {
  const auto& a = solution.sde.variables()[static_cast<std::size_t>(d)];
  const auto& b = solution.sde.variables()[static_cast<std::size_t>(e)];
  const std::vector<core::Index> shape{solution.grid.axis(d).cells(), solution.grid.axis(e).cells()};
  answer.arrays.push_back({"marginal/" + a + "." + b, "probability of each cell of the (" + a + ", " + b + ") plane",
                           shape, numbers(observe::marginal(solution.state, d, e))});
  for (const int along : {d, e}) {
    const std::string& name = solution.sde.variables()[static_cast<std::size_t>(along)];
    std::vector<core::Index> faces = shape;
    faces[along == d ? 0 : 1] += 1;
    answer.arrays.push_back({"marginal_current/" + a + "." + b + "/" + name,
                             "probability current in +" + name + " in the (" + a + ", " + b +
                                 ") plane, integrated over all other variables, at the faces across " + name,
                             faces, numbers(plane_current(solution, current, along, d, e))});
  }
}

void add_planes(const Solution& solution, const observe::Current& current, StationaryAnswer& answer) {
  for (int d = 0; d < solution.grid.dimension() && solution.grid.dimension() > 2; ++d) {
    for (int e = d + 1; e < solution.grid.dimension(); ++e) {
      add_plane(solution, current, d, e, answer);
    }
  }
}

void add_exact(const Solution& solution, StationaryAnswer& answer) {
  const auto reference = theory::reference(solution.sde);
  if (!reference || !reference->log_density) {
    return;
  }
  Eigen::ArrayXd values(solution.owned.cells());
  la::guard(solution.comm, [&] {
    for (const observe::Slab& slab : observe::slabs(solution.owned)) {
      values.segment(slab.begin, slab.cells.cells()) =
          reference->log_density(fv::points(solution.grid, slab.cells)).exp();
    }
  });
  answer.fields.push_back(
      cell_field(solution, "exact/density", "exact density: " + reference->source, std::move(values)));
}

}  // namespace

void fill_arrays(const Solution& solution, const observe::Current& current, StationaryAnswer& answer) {
  add_marginals(solution, answer);
  add_planes(solution, current, answer);
}

void fill_fields(Solution& solution, observe::Current current, StationaryAnswer& answer) {
  solution.state.mass.resize(0);
  Eigen::ArrayXd density = std::move(solution.state.density);
  fv::divide_slopes(solution.grid, solution.owned, density);
  answer.fields.push_back(
      cell_field(solution, "density", "stationary probability density in the model's variables", std::move(density)));
  add_exact(solution, answer);
  for (int d = 0; d < solution.grid.dimension(); ++d) {
    const auto k = static_cast<std::size_t>(d);
    answer.fields.push_back(face_field(solution, d, current.face_boxes[k], std::move(current.faces[k])));
  }
  for (int d = solution.grid.dimension() - 1; d >= 0; --d) {
    const std::string& name = solution.sde.variables()[static_cast<std::size_t>(d)];
    answer.fields.push_back(cell_field(solution, "current_centre/" + name,
                                       "probability current in +" + name + " at the cell centres",
                                       current.cells.col(d)));
    current.cells.conservativeResize(Eigen::NoChange, d);
  }
}

}  // namespace sgdflux::study
