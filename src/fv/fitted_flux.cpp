#include <algorithm>
#include <boost/math/quadrature/gauss.hpp>
#include <boost/math/special_functions/legendre.hpp>
#include <cmath>

#include "sgdflux/fv/face_flux.hpp"

namespace sgdflux::fv {
namespace {

constexpr int points = 10;

/// Beyond this exponent an edge holds a boundary layer that Gauss points on the edge do not see.
constexpr double layer_exponent = 30;

/// Gauss points on (0, 1) and the integrals of their Lagrange polynomials.
struct Quadrature {
  Eigen::ArrayXd node{points};
  Eigen::ArrayXd weight{points};
  Eigen::MatrixXd to_node{points, points};  ///< row g: ∫_0^{node_g} of each polynomial

  Quadrature() {
    using Gauss = boost::math::quadrature::gauss<double, points>;
    for (int k = 0; k < points / 2; ++k) {
      const auto half = static_cast<std::size_t>(k);
      node(points / 2 + k) = Gauss::abscissa()[half];
      node(points / 2 - 1 - k) = -Gauss::abscissa()[half];
      weight(points / 2 + k) = weight(points / 2 - 1 - k) = Gauss::weights()[half];
    }
    for (int g = 0; g < points; ++g) {
      for (int k = 0; k < points; ++k) {
        to_node(g, k) = 0.5 * cardinal_integral(node(g), k);
      }
    }
    node = 0.5 * (node + 1);
    weight *= 0.5;
  }

 private:
  /// ∫_{−1}^{x} ℓ_k, with ℓ_k expanded in Legendre polynomials (discretely orthogonal on Gauss points).
  [[nodiscard]] double cardinal_integral(double x, int k) const {
    double sum = 0.5 * weight(k) * (x + 1);
    for (int n = 1; n < points; ++n) {
      const double integral = (boost::math::legendre_p(n + 1, x) - boost::math::legendre_p(n - 1, x)) / (2 * n + 1);
      sum += 0.5 * (2 * n + 1) * weight(k) * boost::math::legendre_p(n, node(k)) * integral;
    }
    return sum;
  }
};

const Quadrature& quadrature() {
  static const Quadrature rule;
  return rule;
}

/// Drift and diffusion along the edges, a column a node: left centre, Gauss points, right centre.
struct EdgeCoefficients {
  Batch drift;
  Batch diffusion;
};

/// Parts of the lines between centres: from `start` (n × dimension, ξ) over `length` cells.
struct Edges {
  Batch start;
  Eigen::ArrayXd length;
};

/// ξ of the left centres of the edges.
Batch edge_starts(const mesh::Grid& grid, int axis, const mesh::Box& faces) {
  const auto& along = grid.axis(axis);
  Batch xi = centres(grid, faces);
  for (Index row = 0; row < faces.cells(); ++row) {
    const Index face = faces.cell(row)[axis] % (along.periodic() ? along.cells() : along.cells() + 1);
    xi(row, axis) = along.centre(face - 1);
  }
  return xi;
}

/// Which of the two cells of a face are active.
struct Ends {
  bool left = true;
  bool right = true;
};

Ends ends_of(const Region* region, int axis, mesh::Cell face) {
  if (region == nullptr) {
    return {};
  }
  const bool right = region->active(face);
  face[axis] -= 1;
  return {region->active(face), right};
}

/// Edges between the centres, cut off at the surface.
Edges edges_of(const mesh::Grid& grid, int axis, const mesh::Box& faces, const Region* region) {
  Edges edges{edge_starts(grid, axis, faces), Eigen::ArrayXd::Ones(faces.cells())};
  for (Index row = 0; row < faces.cells() && region != nullptr; ++row) {
    mesh::Cell right = faces.cell(row);
    const Ends ends = ends_of(region, axis, right);
    if (ends.right && !ends.left) {
      edges.length(row) = region->distance(right, unit_step(axis, -1));
      edges.start(row, axis) += (1 - edges.length(row)) * grid.axis(axis).spacing();
    } else if (ends.left && !ends.right) {
      right[axis] -= 1;
      edges.length(row) = region->distance(right, unit_step(axis, 1));
    }
  }
  return edges;
}

/// ξ of node g of the edges.
Batch edge_node(const mesh::Grid& grid, int axis, const Edges& edges, int g) {
  const double t = g == 0 ? 0 : g == points + 1 ? 1 : quadrature().node(g - 1);
  Batch xi = edges.start;
  xi.col(axis) += edges.length * (t * grid.axis(axis).spacing());
  return xi;
}

EdgeCoefficients sample_edges(const model::Sde& sde, const mesh::Grid& grid, int axis, const Edges& lines) {
  const Index rows = lines.start.rows();
  EdgeCoefficients edges{Batch(rows, points + 2), Batch(rows, points + 2)};
  for (int g = 0; g < points + 2; ++g) {
    const Coefficients at = push_forward(sde, grid, edge_node(grid, axis, lines, g));
    edges.drift.col(g) = at.drift.col(axis);
    edges.diffusion.col(g) = at.diffusion.col(model::pair_index(axis, axis, grid.dimension()));
  }
  return edges;
}

/// The surface point of an edge takes the coefficients of the Gauss point next to it: P is 0 there, and noise may
/// vanish or drift be infinite.
void leave_out_surface(EdgeCoefficients& edges, Index row, const Ends& ends) {
  if (ends.left && ends.right) {
    return;
  }
  const int surface = ends.left ? points + 1 : 0;
  const int next = ends.left ? points : 1;
  edges.drift(row, surface) = edges.drift(row, next);
  edges.diffusion(row, surface) = edges.diffusion(row, next);
}

/// Names the point of an edge where the model is not finite. Only asked for edges inside the domain: beyond a wall it
/// need not be.
void require_finite(const model::Sde& sde, const mesh::Grid& grid, int axis, const Edges& edge) {
  for (int g = 0; g < points + 2; ++g) {
    static_cast<void>(finite_coefficients(sde, grid, edge_node(grid, axis, edge, g)));
  }
}

struct TwoPoint {
  double alpha = 0;  ///< factor of P_L
  double beta = 0;   ///< factor of −P_R
};

TwoPoint upwind(double mean_drift) { return {std::max(mean_drift, 0.), std::max(-mean_drift, 0.)}; }

/// @param slope ψ' times h at the Gauss points; ends: A and ψ'h at the two centres.
TwoPoint fitted(const Eigen::ArrayXd& slope, double h, double a_left, double a_right, double slope_left,
                double slope_right) {
  const Eigen::ArrayXd psi = (quadrature().to_node * slope.matrix()).array();
  const double delta = (quadrature().weight * slope).sum();
  if (delta > layer_exponent && slope_left > 0) {
    return {0.5 * a_left * slope_left / h, 0.5 * a_right * std::exp(-delta) * slope_left / h};
  }
  if (delta < -layer_exponent && slope_right < 0) {
    return {-0.5 * a_left * std::exp(delta) * slope_right / h, -0.5 * a_right * slope_right / h};
  }
  const double low = std::min({0., delta, psi.minCoeff()});
  const double integral = h * (quadrature().weight * (low - psi).exp()).sum();
  return {0.5 * a_left * std::exp(low) / integral, 0.5 * a_right * std::exp(low - delta) / integral};
}

TwoPoint edge(const EdgeCoefficients& edges, Index row, double h) {
  const Eigen::ArrayXd b = edges.drift.row(row).transpose();
  const Eigen::ArrayXd a = edges.diffusion.row(row).transpose();
  const Eigen::ArrayXd slope = 2 * h * b / a;
  if (!((a > 0).all() && slope.isFinite().all())) {
    return upwind((quadrature().weight * b.segment(1, points)).sum());
  }
  return fitted(slope.segment(1, points), h, a(0), a(points + 1), slope(0), slope(points + 1));
}

}  // namespace

FaceFlux fitted_flux(const model::Sde& sde, const mesh::Grid& grid, int axis, const mesh::Box& faces,
                     const Region* region) {
  const auto& along = grid.axis(axis);
  const Edges lines = edges_of(grid, axis, faces, region);
  EdgeCoefficients edges = sample_edges(sde, grid, axis, lines);
  mesh::Cell below{};
  below[axis] = -1;
  FaceFlux flux{axis, faces, {below, {}}, Batch::Zero(faces.cells(), 2), {}};
  for (Index row = 0; row < faces.cells(); ++row) {
    const Index face = faces.cell(row)[axis];
    const Ends ends = ends_of(region, axis, faces.cell(row));
    const bool open = along.periodic() || (face > 0 && face < along.cells()) || ends.left != ends.right;
    if (open && (ends.left || ends.right)) {
      leave_out_surface(edges, row, ends);
      if (!edges.drift.row(row).isFinite().all() || !edges.diffusion.row(row).isFinite().all()) {
        require_finite(sde, grid, axis, {lines.start.row(row), lines.length.row(row)});
      }
      const TwoPoint weights = edge(edges, row, along.spacing() * lines.length(row));
      flux.weights(row, 0) = ends.left ? weights.alpha : 0;
      flux.weights(row, 1) = ends.right ? -weights.beta : 0;
    }
  }
  return flux;
}

}  // namespace sgdflux::fv
