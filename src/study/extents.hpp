#pragma once
/// Cells per axis, of a grid or of one that is only thought of.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "sgdflux/mesh/grid.hpp"

namespace sgdflux::study {

/// Numbers of cells as real numbers: what is too large for any machine must be counted too.
class Extents {
 public:
  Extents(const mesh::Grid& grid) {  // NOLINT(google-explicit-constructor): a grid has extents
    for (const mesh::Axis& axis : grid.axes()) {
      each_.push_back(static_cast<double>(axis.cells()));
    }
  }
  explicit Extents(const std::vector<mesh::AxisSpec>& mesh) {
    for (const mesh::AxisSpec& axis : mesh) {
      each_.push_back(static_cast<double>(axis.cells));
    }
  }

  [[nodiscard]] int dimension() const { return static_cast<int>(each_.size()); }
  [[nodiscard]] double operator[](int axis) const { return each_[static_cast<std::size_t>(axis)]; }
  [[nodiscard]] double most() const { return *std::max_element(each_.begin(), each_.end()); }
  [[nodiscard]] double cells() const {
    double product = 1;
    for (const double extent : each_) {
      product *= extent;
    }
    return product;
  }
  /// With `factor` times the cells along every axis, rounded down, at least one.
  [[nodiscard]] Extents scaled(double factor) const {
    Extents result = *this;
    for (double& extent : result.each_) {
      extent = std::max(1., std::floor(factor * extent));
    }
    return result;
  }
  /// "400 × 300".
  [[nodiscard]] std::string text() const {
    std::string words;
    for (const double extent : each_) {
      words += (words.empty() ? "" : " × ") + std::to_string(static_cast<core::Index>(extent));
    }
    return words;
  }

 private:
  std::vector<double> each_;
};

}  // namespace sgdflux::study
