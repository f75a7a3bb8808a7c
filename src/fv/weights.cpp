#include "sgdflux/fv/weights.hpp"

#include <Eigen/LU>
#include <cmath>

namespace sgdflux::fv {
namespace {

using Row = std::array<double, max_half_width>;
using Table = std::array<Row, max_half_width>;

constexpr Table first_derivative = {{{1. / 2, 0, 0, 0},
                                     {2. / 3, -1. / 12, 0, 0},
                                     {3. / 4, -3. / 20, 1. / 60, 0},
                                     {4. / 5, -1. / 5, 4. / 105, -1. / 280}}};
constexpr Table second_derivative = {
    {{1, 0, 0, 0}, {4. / 3, -1. / 12, 0, 0}, {3. / 2, -3. / 20, 1. / 90, 0}, {8. / 5, -1. / 5, 8. / 315, -1. / 560}}};
/// Undivided differences δ^{2m−1} on the right side of a face, with the factor that makes the flux upwind-biased.
constexpr Table upwind_bias = {{{0, 0, 0, 0},
                                {-3. / 12, 1. / 12, 0, 0},
                                {-10. / 60, 5. / 60, -1. / 60, 0},
                                {-35. / 280, 21. / 280, -7. / 280, 1. / 280}}};

/// f_{i+j} − f_{i−j} telescopes into face values Σ_{l=1−j..j} f_{i+l}.
Row telescoped_value(const Row& b, int m) {
  Row value{};
  for (int k = 0; k < m; ++k) {
    for (int j = k + 1; j <= m; ++j) {
      value[k] += b[j - 1];
    }
  }
  return value;
}

/// f_{i+j} − 2f_i + f_{i−j} telescopes into Σ_{|s|<j} (j−|s|) times the simple difference at face i+½+s.
Row telescoped_difference(const Row& c, int m) {
  std::array<double, max_half_width + 1> at_face{};
  for (int s = 0; s < m; ++s) {
    for (int j = s + 1; j <= m; ++j) {
      at_face[s] += c[j - 1] * (j - s);
    }
  }
  Row difference{};
  for (int k = 0; k < m; ++k) {
    difference[k] = at_face[k] - at_face[k + 1];
  }
  return difference;
}

FaceWeights build(int m) {
  const Row value = telescoped_value(first_derivative[m - 1], m);
  const Row difference = telescoped_difference(second_derivative[m - 1], m);
  return {m, value, difference, upwind_bias[m - 1]};
}

/// Exact for even powers: Σ_k 2 q_k (k+½)^{2n} = ∫_{−½}^{½} x^{2n} dx.
Row build_average(int m) {
  Eigen::MatrixXd moments(m, m);
  Eigen::VectorXd integrals(m);
  for (int n = 0; n < m; ++n) {
    for (int k = 0; k < m; ++k) {
      moments(n, k) = 2 * std::pow(k + .5, 2 * n);
    }
    integrals(n) = 2 * std::pow(.5, 2 * n + 1) / (2 * n + 1);
  }
  const Eigen::VectorXd solution = moments.fullPivLu().solve(integrals);
  Row row{};
  for (int k = 0; k < m; ++k) {
    row[k] = solution(k);
  }
  return row;
}

}  // namespace

const FaceWeights& face_weights(int half_width) {
  static const std::array<FaceWeights, max_half_width> table = {build(1), build(2), build(3), build(4)};
  return table.at(static_cast<std::size_t>(half_width - 1));
}

const Row& derivative_weights(int half_width) { return first_derivative.at(static_cast<std::size_t>(half_width - 1)); }

const Row& second_derivative_weights(int half_width) {
  return second_derivative.at(static_cast<std::size_t>(half_width - 1));
}

const Row& cell_average_weights(int half_width) {
  static const Table table = {build_average(1), build_average(2), build_average(3), build_average(4)};
  return table.at(static_cast<std::size_t>(half_width - 1));
}

}  // namespace sgdflux::fv
