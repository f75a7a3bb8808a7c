#include "sgdflux/fv/face_flux.hpp"

namespace sgdflux::fv {
namespace {

/// Σ_k combine(weight, P) at every face; zero weights read nothing, as their cells may be outside the box.
template <class Combine>
Eigen::ArrayXd accumulate(const FaceFlux& flux, const mesh::Box& box, const Eigen::ArrayXd& density,
                          const Combine& combine) {
  Eigen::ArrayXd total = Eigen::ArrayXd::Zero(flux.faces.cells());
  for (Index row = 0; row < flux.faces.cells(); ++row) {
    const mesh::Cell face = flux.faces.cell(row);
    for (std::size_t k = 0; k < flux.offsets.size(); ++k) {
      const double weight = flux.weights(row, static_cast<Eigen::Index>(k));
      if (weight != 0) {
        mesh::Cell cell = face;
        for (std::size_t d = 0; d < cell.size(); ++d) {
          cell[d] += flux.offsets[k][d];
        }
        total(row) += combine(weight, density(box.position(cell)));
      }
    }
  }
  for (const FaceFlux::Entry& entry : flux.entries) {
    mesh::Cell cell = flux.faces.cell(entry.face);
    for (std::size_t d = 0; d < cell.size(); ++d) {
      cell[d] += entry.offset[d];
    }
    total(entry.face) += combine(entry.weight, density(box.position(cell)));
  }
  return total;
}

}  // namespace

Eigen::ArrayXd apply(const FaceFlux& flux, const mesh::Box& box, const Eigen::ArrayXd& density) {
  return accumulate(flux, box, density, [](double weight, double p) { return weight * p; });
}

Eigen::ArrayXd apply_magnitude(const FaceFlux& flux, const mesh::Box& box, const Eigen::ArrayXd& density) {
  return accumulate(flux, box, density, [](double weight, double p) { return std::abs(weight * p); });
}

}  // namespace sgdflux::fv
