#include "sgdflux/fv/face_flux.hpp"

#include <algorithm>
#include <cmath>

namespace sgdflux::fv {
namespace {

/// Adds combine(weight, P) over the offsets at the faces of a row; cells outside the box have zero weights and are not
/// read.
template <class Combine>
void add_row(const FaceFlux& flux, const mesh::Box& box, const double* density, const mesh::Cell& first, Index at,
             Index length, const Combine& combine, double* total) {
  const auto along = static_cast<std::size_t>(mesh::row_axis(flux.faces));
  for (std::size_t k = 0; k < flux.offsets.size(); ++k) {
    mesh::Cell cell = first;
    bool inside = true;
    for (std::size_t d = 0; d < cell.size(); ++d) {
      cell[d] += flux.offsets[k][d];
      inside = inside && (d == along || (cell[d] >= box.lower[d] && cell[d] < box.upper[d]));
    }
    const Index begin = std::max<Index>(0, box.lower[along] - cell[along]);
    const Index end = std::min(length, box.upper[along] - cell[along]);
    if (!inside || begin >= end) {
      continue;
    }
    cell[along] += begin;
    const double* __restrict weights = flux.weights.col(static_cast<Eigen::Index>(k)).data() + at + begin;
    const double* __restrict p = density + box.position(cell);
    double* __restrict sum = total + at + begin;
    const Index step = mesh::layers(box, static_cast<int>(along)).inner;
    if (step == 1) {
      for (Index i = 0; i < end - begin; ++i) {
        sum[i] += combine(weights[i], p[i]);
      }
    } else {  // the box is wider than the faces along axes after this one
      for (Index i = 0; i < end - begin; ++i) {
        sum[i] += combine(weights[i], p[i * step]);
      }
    }
  }
}

/// Σ_k combine(weight, P) at every face.
template <class Combine>
Eigen::ArrayXd accumulate(const FaceFlux& flux, const mesh::Box& box, const Eigen::ArrayXd& density,
                          const Combine& combine) {
  Eigen::ArrayXd total = Eigen::ArrayXd::Zero(flux.faces.cells());
  mesh::for_each_row(flux.faces, flux.faces, [&](const mesh::Cell& first, Index at, Index length) {
    add_row(flux, box, density.data(), first, at, length, combine, total.data());
  });
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
