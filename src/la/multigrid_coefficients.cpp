#include "la/multigrid_coefficients.hpp"

#include <algorithm>

namespace sgdflux::la::multigrid {
namespace {

/// Scales outside of these would leave single precision no room.
constexpr double smallest_scale = 1e-37;
constexpr double largest_scale = 1e37;

/// The owned cells of one rank in rows along the last axis, and a field on them with a border.
class OwnedRows {
 public:
  OwnedRows(Ghosts& ghosts, int dimension)
      : ghosts_(ghosts),
        last_(static_cast<std::size_t>(dimension - 1)),
        columns_(cells() > 0 ? ghosts.owned().extent(dimension - 1) : 0),
        step_(strides(ghosts.box())),
        field_(ghosts.field()) {}

  [[nodiscard]] std::size_t cells() const { return static_cast<std::size_t>(ghosts_.owned().cells()); }
  [[nodiscard]] Index columns() const { return columns_; }
  [[nodiscard]] Index step(std::size_t axis) const { return step_[axis]; }
  /// The field at a cell of a row, which for_each gives.
  [[nodiscard]] double* field(Index at) { return field_.data() + at; }
  void exchange() { ghosts_.exchange(field_.data()); }

  /// Calls visit(position of its first cell among owned cells, in the field, the cell) for every row.
  template <class Visit>
  void for_each(const Visit& visit) const {
    Index first = 0;
    for_each_line(ghosts_.owned(), last_, [&](const Cell& line) {
      visit(first, ghosts_.box().position(line), line);
      first += columns_;
    });
  }

 private:
  Ghosts& ghosts_;
  std::size_t last_;
  Index columns_;
  std::array<Index, axis_count> step_;
  Eigen::ArrayXd field_;
};

/// Rates through the faces across an axis below and above the cells of a row.
struct RowRates {
  const double* up_below;
  const double* up_above;
  const double* down_below;
  const double* down_above;
};

class Faces {
 public:
  Faces(const Box& owned, const std::vector<FaceRates>& rates) : rates_(rates) {
    for (std::size_t axis = 0; axis < rates.size(); ++axis) {
      boxes_.push_back(faces_along(owned, axis));
      above_.push_back(strides(boxes_.back())[axis]);
    }
  }
  [[nodiscard]] std::size_t axes() const { return rates_.size(); }
  [[nodiscard]] RowRates row(std::size_t axis, const Cell& line) const {
    const Index below = boxes_[axis].position(line);
    const double* up = rates_[axis].up.data() + below;
    const double* down = rates_[axis].down.data() + below;
    return {up, up + above_[axis], down, down + above_[axis]};
  }

 private:
  const std::vector<FaceRates>& rates_;
  std::vector<Box> boxes_;
  std::vector<Index> above_;
};

/// A row of cells in their order to one in which even columns come before odd ones.
template <class From, class To>
void to_split(const From* __restrict from, Index columns, To* __restrict to) {
  for (const Index odd : {0, 1}) {
    To* half = to + odd * ((columns + 1) / 2);
    for (Index k = 0; k < (columns + 1 - odd) / 2; ++k) {
      half[k] = static_cast<To>(from[2 * k + odd]);
    }
  }
}

/// Adds what flows into the cells of a row, and out of them, through faces across an axis.
void add_gains_and_losses(const RowRates& given, Index columns, double* __restrict gains, double* __restrict losses) {
  const RowRates rates = given;
  for (Index j = 0; j < columns; ++j) {
    losses[j] += rates.up_above[j] + rates.down_below[j];
    gains[j] += rates.up_below[j] + rates.down_above[j];
  }
}

/// The larger of gains and losses, a number of single precision: 0 where both are.
void find_scale(const double* gains, const double* losses, Index columns, double* scale) {
  for (Index j = 0; j < columns; ++j) {
    const double larger = std::max(gains[j], losses[j]);
    scale[j] = larger > 0 ? static_cast<float>(std::clamp(larger, smallest_scale, largest_scale)) : 0;
  }
}

/// Scales of all cells into the field, with its border. Collective.
void find_scales(OwnedRows& rows, const Faces& faces) {
  const Index columns = rows.columns();
  Eigen::ArrayXd gains(columns);
  Eigen::ArrayXd losses(columns);
  rows.for_each([&](Index, Index field, const Cell& line) {
    gains.setZero();
    losses.setZero();
    for (std::size_t axis = 0; axis < faces.axes(); ++axis) {
      add_gains_and_losses(faces.row(axis, line), columns, gains.data(), losses.data());
    }
    find_scale(gains.data(), losses.data(), columns, rows.field(field));
  });
  rows.exchange();
}

float rounded(double rate, double scale) { return static_cast<float>(quotient(rate, scale)); }

/// Coefficients of a row in the order of its cells.
struct RowCoefficients {
  Eigen::ArrayXf below;
  Eigen::ArrayXf above;
  Eigen::ArrayXd diagonal;
  explicit RowCoefficients(Index columns) : below(columns), above(columns), diagonal(columns) {}
};

/// @param scale that of the first cell of the row, in a field where neighbours along the axis are `step` apart.
void add_axis(const RowRates& given, const double* __restrict scale, Index step, RowCoefficients& row) {
  const RowRates rates = given;
  float* __restrict below = row.below.data();
  float* __restrict above = row.above.data();
  double* __restrict diagonal = row.diagonal.data();
  for (Index j = 0; j < row.diagonal.size(); ++j) {
    const double to_below = scale[j - step];
    const double to_above = scale[j + step];
    below[j] = rounded(rates.up_below[j], scale[j]);
    above[j] = rounded(rates.down_above[j], scale[j]);
    diagonal[j] += to_below * static_cast<double>(rounded(rates.down_below[j], to_below)) +
                   to_above * static_cast<double>(rounded(rates.up_above[j], to_above));
  }
}

Coefficients empty_coefficients(std::size_t cells, std::size_t axes) {
  Coefficients result;
  result.shares.resize(axes);
  for (auto& [below, above] : result.shares) {
    below.resize(cells);
    above.resize(cells);
  }
  result.scale.resize(cells);
  result.diagonal.resize(cells);
  return result;
}

}  // namespace

double Coefficients::bytes() const {
  const std::size_t singles = scale.size() * (2 * shares.size() + 1);
  return static_cast<double>(singles * sizeof(float) + diagonal.size() * sizeof(double));
}

Coefficients coefficients(Ghosts& ghosts, int dimension, const std::vector<FaceRates>& faces_of_axes) {
  OwnedRows rows(ghosts, dimension);
  const Faces faces(ghosts.owned(), faces_of_axes);
  const Index columns = rows.columns();
  Coefficients result = empty_coefficients(rows.cells(), faces.axes());
  find_scales(rows, faces);
  RowCoefficients row(columns);
  rows.for_each([&](Index first, Index field, const Cell& line) {
    row.diagonal.setZero();
    for (std::size_t axis = 0; axis < faces.axes(); ++axis) {
      add_axis(faces.row(axis, line), rows.field(field), rows.step(axis), row);
      to_split(row.below.data(), columns, result.shares[axis].below.data() + first);
      to_split(row.above.data(), columns, result.shares[axis].above.data() + first);
    }
    to_split(rows.field(field), columns, result.scale.data() + first);
    to_split(row.diagonal.data(), columns, result.diagonal.data() + first);
  });
  return result;
}

Coefficients transposed(Ghosts& ghosts, int dimension, const Coefficients& forward) {
  OwnedRows rows(ghosts, dimension);
  const Index columns = rows.columns();
  Coefficients result = empty_coefficients(rows.cells(), forward.shares.size());
  result.scale = forward.scale;
  const auto take = [&](const std::vector<float>& shares, Index step, std::vector<float>& to) {
    rows.for_each([&](Index first, Index field, const Cell&) {
      for (Index j = 0; j < columns; ++j) {
        const auto i = static_cast<std::size_t>(first + split(j, columns));
        rows.field(field)[j] = static_cast<double>(shares[i]) * static_cast<double>(forward.scale[i]);
      }
    });
    rows.exchange();
    rows.for_each([&](Index first, Index field, const Cell&) {
      for (Index j = 0; j < columns; ++j) {
        const auto i = static_cast<std::size_t>(first + split(j, columns));
        to[i] = rounded(rows.field(field)[j + step], forward.scale[i]);
        result.diagonal[i] += static_cast<double>(to[i]) * static_cast<double>(forward.scale[i]);
      }
    });
  };
  for (std::size_t axis = 0; axis < forward.shares.size(); ++axis) {
    take(forward.shares[axis].above, -rows.step(axis), result.shares[axis].below);
    take(forward.shares[axis].below, rows.step(axis), result.shares[axis].above);
  }
  return result;
}

}  // namespace sgdflux::la::multigrid
