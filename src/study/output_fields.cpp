#include "output_fields.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "quantities.hpp"
#include "sgdflux/fv/coefficients.hpp"
#include "sgdflux/la/handle.hpp"
#include "sgdflux/theory/reference.hpp"

namespace sgdflux::study {
namespace {

std::vector<double> numbers(const Eigen::ArrayXd& values) { return {values.begin(), values.end()}; }

Field cell_field(const Solution& solution, const std::string& path, const std::string& meaning, Eigen::ArrayXd values) {
  return {path, meaning, solution.grid.shape(), solution.grid.dimension(), solution.state.owned, std::move(values)};
}

/// Without the upper layer of faces across an axis.
Eigen::ArrayXd without_last(const mesh::Box& faces, int axis, const Eigen::ArrayXd& values) {
  mesh::Box kept = faces;
  kept.upper[static_cast<std::size_t>(axis)] -= kept.cells() > 0 ? 1 : 0;
  Eigen::ArrayXd part(kept.cells());
  core::Index to = 0;
  mesh::for_each_row(faces, kept, [&](const mesh::Cell&, core::Index at, core::Index length) {
    part.segment(to, length) = values.segment(at, length);
    to += length;
  });
  return part;
}

/// Faces of the owned cells; the last face of the lattice belongs to the rank whose cells end there.
Field face_field(const Solution& solution, int axis, mesh::Box faces, Eigen::ArrayXd flux) {
  const auto d = static_cast<std::size_t>(axis);
  mesh::Cell shape = solution.grid.shape();
  if (faces.upper[d] <= shape[d]) {
    flux = without_last(faces, axis, flux);
    faces.upper[d] -= faces.cells() > 0 ? 1 : 0;
  }
  shape[d] += 1;
  fv::divide_slopes(solution.grid, faces, flux, axis);
  const std::string& name = solution.sde.variables()[d];
  return {"current/" + name,
          "probability current in +" + name + " at the faces across " + name,
          shape,
          solution.grid.dimension(),
          faces,
          std::move(flux)};
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

/// ∫J_a over all variables but a and b at the cell centres of their plane.
Eigen::ArrayXd plane_current(const Solution& solution, const observe::Current& current, int a, int b) {
  Eigen::ArrayXd contributions = current.cells.col(a);
  fv::multiply_slopes(solution.grid, solution.owned, contributions);
  contributions *= solution.grid.cell_volume();
  Eigen::ArrayXd sums = observe::plane(solution.state, std::min(a, b), std::max(a, b), contributions);
  mesh::Box plane;
  const mesh::Grid two({solution.grid.axis(std::min(a, b)), solution.grid.axis(std::max(a, b))});
  plane.upper = two.shape();
  fv::divide_slopes(two, plane, sums);
  return sums / two.cell_volume();
}

void add_plane(const Solution& solution, const observe::Current& current, int d, int e, StationaryAnswer& answer) {
  const auto& a = solution.sde.variables()[static_cast<std::size_t>(d)];
  const auto& b = solution.sde.variables()[static_cast<std::size_t>(e)];
  const std::vector<core::Index> shape{solution.grid.axis(d).cells(), solution.grid.axis(e).cells()};
  answer.arrays.push_back({"marginal/" + a + "." + b, "probability of each cell of the (" + a + ", " + b + ") plane",
                           shape, numbers(observe::marginal(solution.state, d, e))});
  for (const auto& [name, along, across] : {std::tuple{a, d, e}, std::tuple{b, e, d}}) {
    answer.arrays.push_back({"marginal_current/" + a + "." + b + "/" + name,
                             "probability current in +" + name + " in the (" + a + ", " + b +
                                 ") plane, integrated over all other variables, at the cell centres",
                             shape, numbers(plane_current(solution, current, along, across))});
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
