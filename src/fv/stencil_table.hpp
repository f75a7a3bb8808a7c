#pragma once
/// Weights of a stencil along one axis, cell by cell.
#include <array>
#include <functional>
#include <vector>

#include "sgdflux/core/types.hpp"
#include "sgdflux/fv/weights.hpp"

namespace sgdflux::fv {

using core::Index;

/// Weights of the neighbours c − 4 … c + 4 of a cell c along an axis.
class Stencil {
 public:
  double& operator[](int k) { return weights_[static_cast<std::size_t>(max_half_width + k)]; }
  double operator[](int k) const { return weights_[static_cast<std::size_t>(max_half_width + k)]; }
  /// The weight of the cell itself, between those of its neighbours.
  [[nodiscard]] const double* middle() const { return &weights_[max_half_width]; }
  [[nodiscard]] double* middle() { return &weights_[max_half_width]; }
  Stencil& add(double factor, const Stencil& other);
  bool operator==(const Stencil&) const = default;

 private:
  std::array<double, 2 * max_half_width + 1> weights_{};
};

/// The stencil of every cell of an axis. Only those near its ends and one of those between are kept.
class StencilTable {
 public:
  StencilTable() = default;
  /// @param stencil of a cell 0 … cells − 1: the same for all that are at least 2·max_half_width from both ends, and
  /// for all of a periodic axis.
  StencilTable(Index cells, bool periodic, const std::function<Stencil(Index)>& stencil);

  [[nodiscard]] const Stencil& operator[](Index cell) const { return kept_[static_cast<std::size_t>(place(cell))]; }
  /// A range in the middle whose cells have the same stencil.
  [[nodiscard]] Index uniform_begin() const { return uniform_begin_; }
  [[nodiscard]] Index uniform_end() const { return uniform_end_; }
  /// The furthest neighbour with a weight.
  [[nodiscard]] int reach() const { return reach_; }
  /// Weight 0 of a cell outside of the uniform range; those of the cells that follow it up to that range, or to the
  /// end, come after it, and weight k of each is k column_step() further on.
  [[nodiscard]] const double* column(Index cell) const {
    return columns_.data() + max_half_width * column_step() + place(cell);
  }
  [[nodiscard]] Index column_step() const { return static_cast<Index>(kept_.size()); }
  [[nodiscard]] bool zero(Index cell) const { return (*this)[cell] == Stencil{}; }
  [[nodiscard]] double bytes() const { return static_cast<double>(2 * kept_.size() * sizeof(Stencil)); }

 private:
  [[nodiscard]] Index place(Index cell) const {
    return cell < low_ ? cell : cell < high_ ? low_ : cell - high_ + low_ + (high_ > low_ ? 1 : 0);
  }

  std::vector<Stencil> kept_;
  std::vector<double> columns_;  ///< the same weight by weight: neighbouring cells are worked on at once
  Index low_ = 0;                ///< cells below are kept one by one,
  Index high_ = 0;               ///< as are those from here on
  Index uniform_begin_ = 0;
  Index uniform_end_ = 0;
  int reach_ = 0;
};

/// The transposed matrix: weight k of cell c is weight −k of cell c + k. Neighbours beyond ends that are not periodic
/// hold zeros; their weights are of no account.
[[nodiscard]] StencilTable transposed(const StencilTable& table, Index cells, bool periodic);

}  // namespace sgdflux::fv
