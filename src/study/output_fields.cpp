#include "output_fields.hpp"

#include "quantities.hpp"
#include "sgdflux/fv/coefficients.hpp"
#include "sgdflux/theory/reference.hpp"

namespace sgdflux::study {
namespace {

std::vector<double> numbers(const Eigen::ArrayXd& values) { return {values.begin(), values.end()}; }

Field cell_field(const Solution& solution, const std::string& path, const std::string& meaning,
                 const Eigen::ArrayXd& values) {
  return {path, meaning, solution.grid.shape(), solution.grid.dimension(), solution.state.owned, numbers(values)};
}

/// Faces of the owned cells; the last face of the lattice belongs to the rank whose cells end there.
Field face_field(const Solution& solution, const observe::Current& current, int axis) {
  const mesh::Box faces = current.face_boxes[static_cast<std::size_t>(axis)];
  mesh::Box kept = faces;
  mesh::Cell shape = solution.grid.shape();
  if (kept.upper[axis] <= shape[axis]) {
    kept.upper[axis] -= kept.cells() > 0 ? 1 : 0;
  }
  shape[axis] += 1;
  std::vector<double> values(static_cast<std::size_t>(kept.cells()));
  for (core::Index i = 0; i < kept.cells(); ++i) {
    const mesh::Cell face = kept.cell(i);
    double area = 1;
    for (int d = 0; d < solution.grid.dimension(); ++d) {
      const auto& along = solution.grid.axis(d);
      area *= d == axis ? 1 : along.map().slope(Eigen::ArrayXd::Constant(1, along.centre(face[d])))(0);
    }
    values[static_cast<std::size_t>(i)] = current.faces[static_cast<std::size_t>(axis)](faces.position(face)) / area;
  }
  const std::string& name = solution.sde.variables()[static_cast<std::size_t>(axis)];
  return {"current/" + name,
          "probability current in +" + name + " at the faces across " + name,
          shape,
          solution.grid.dimension(),
          kept,
          values};
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

void add_plane_marginals(const Solution& solution, StationaryAnswer& answer) {
  const auto& names = solution.sde.variables();
  for (int d = 0; d < solution.grid.dimension() && solution.grid.dimension() > 2; ++d) {
    for (int e = d + 1; e < solution.grid.dimension(); ++e) {
      const auto& a = names[static_cast<std::size_t>(d)];
      const auto& b = names[static_cast<std::size_t>(e)];
      answer.arrays.push_back({"marginal/" + a + "." + b,
                               "probability of each cell of the (" + a + ", " + b + ") plane",
                               {solution.grid.axis(d).cells(), solution.grid.axis(e).cells()},
                               numbers(observe::marginal(solution.state, d, e))});
    }
  }
}

}  // namespace

void fill_fields(const Solution& solution, const observe::Current& current, StationaryAnswer& answer) {
  const Eigen::ArrayXd jacobian = fv::jacobian(solution.grid, solution.state.owned);
  answer.fields.push_back(cell_field(solution, "density", "stationary probability density in the model's variables",
                                     solution.state.density / jacobian));
  if (const auto reference = theory::reference(solution.sde); reference && reference->log_density) {
    answer.fields.push_back(cell_field(solution, "exact/density", "exact density: " + reference->source,
                                       reference->log_density(solution.state.points()).exp()));
  }
  for (int d = 0; d < solution.grid.dimension(); ++d) {
    const std::string& name = solution.sde.variables()[static_cast<std::size_t>(d)];
    answer.fields.push_back(face_field(solution, current, d));
    answer.fields.push_back(cell_field(solution, "current_centre/" + name,
                                       "probability current in +" + name + " at the cell centres",
                                       current.cells.col(d)));
  }
  add_marginals(solution, answer);
  add_plane_marginals(solution, answer);
}

}  // namespace sgdflux::study
