#include "spectrum_mode.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sgdflux/la/halo.hpp"

namespace sgdflux::solve {
namespace {

using core::Index;
using Array = Eigen::ArrayXd;
using ComplexArray = Eigen::ArrayXcd;

/// Position of a cell in the C order of the whole lattice: a number that does not depend on the ranks.
double lattice_position(const mesh::Grid& grid, const mesh::Cell& cell) {
  double position = 0;
  for (int d = 0; d < grid.dimension(); ++d) {
    position = position * static_cast<double>(grid.axis(d).cells()) + static_cast<double>(cell[d]);
  }
  return position;
}

/// The factor that makes the largest entry of v real and positive and ‖v‖₁ = 1. Of entries equally large to rounding
/// (odd modes of symmetric problems) the first cell counts, on any number of ranks.
Complex normaliser(const SpectrumOperator& op, const ComplexArray& v) {
  const double largest = la::maximum(op.comm(), v.size() > 0 ? v.abs().maxCoeff() : 0);
  const double none = std::numeric_limits<double>::infinity();
  double mine = none;
  Complex phase = 0;
  for (Index i = 0; i < v.size(); ++i) {
    if (std::abs(v(i)) >= (1 - 1e-6) * largest) {
      const double position = lattice_position(op.problem().grid, op.problem().generator.cells.cell(i));
      if (position < mine) {
        mine = position;
        phase = std::conj(v(i)) / std::abs(v(i));
      }
    }
  }
  const double first = la::minimum(op.comm(), mine);
  Array parts(2);
  parts << (mine == first ? phase.real() : 0), (mine == first ? phase.imag() : 0);
  la::sum(op.comm(), parts);
  return Complex(parts(0), parts(1)) / (op.norm1(v) * op.volume());
}

void store(const ComplexArray& values, bool real, Array& real_part, Array& imaginary_part) {
  real_part = values.real();
  imaginary_part = real ? Array() : Array(values.imag());
}

}  // namespace

Mode finish(const SpectrumOperator& op, const Pair& pair, bool left, double zero) {
  Mode mode;
  mode.value = pair.value;
  const bool real = pair.value.imag() == 0;
  ComplexArray v = pair.vector * normaliser(op, pair.vector);
  const double mass = la::sum(op.comm(), v.real().sum()) * op.volume();
  if (std::abs(pair.value) <= zero && mass > 0.5) {
    v /= mass;
  }
  if (left) {
    mode.condition = condition(op, pair);
  }
  if (std::isfinite(mode.condition) && mode.condition > 0) {
    const ComplexArray u = pair.left / (std::conj(op.dot(pair.left, v)) * op.volume());
    mode.value = op.dot(u, op.apply(v)) * op.volume();
    mode.value = real ? mode.value.real() : mode.value;
    const ComplexArray below = op.apply_transpose(u) - std::conj(mode.value) * u;
    const ComplexArray above = op.apply(v) - mode.value * v;
    mode.left_residual = op.norm2(below) / op.norm2(u);
    mode.uncertainty =
        std::max(la::sum(op.comm(), (u.abs() * above.abs()).sum()), la::sum(op.comm(), (v.abs() * below.abs()).sum())) *
        op.volume();
    store(u, real, mode.left_real, mode.left_imaginary);
  }
  mode.right_residual = op.norm2(op.apply(v) - mode.value * v) / op.norm2(v);
  store(v, real, mode.right_real, mode.right_imaginary);
  return mode;
}

}  // namespace sgdflux::solve
