#include "sgdflux/fv/flux_operator.hpp"

#include <algorithm>

#include "fv/flux_terms.hpp"
#include "sgdflux/core/errors.hpp"

namespace sgdflux::fv {
namespace {

using mesh::Box;
using mesh::Cell;
using Axes = CellFunction::Axes;

/// Cells of a tile along axes that are not that of rows: what sums along all axes read of it stays in the cache.
constexpr Cell tile_rows{16, 8, 8, 8};

/// Cells of short rows that are worked on together, one axis after the other; a tile has so few rows in one
/// direction that they fit into a RowBuffer with their borders.
constexpr Index bundle_cells = 512;
static_assert(bundle_cells + 2 * max_half_width * *std::max_element(tile_rows.begin(), tile_rows.end()) <=
              longest_row + 2 * max_half_width);

Axes all_axes(int dimension) {
  Axes axes{};
  std::fill_n(axes.begin(), dimension, true);
  return axes;
}

/// Cells that are `width` cells away from those of other ranks and from images beyond periodic ends.
Box inner_part(const mesh::Grid& grid, const Box& owned, Index width) {
  Box inner = owned;
  for (int d = 0; d < grid.dimension(); ++d) {
    const mesh::Axis& axis = grid.axis(d);
    inner.lower[d] += axis.periodic() || owned.lower[d] > 0 ? width : 0;
    inner.upper[d] -= axis.periodic() || owned.upper[d] < axis.cells() ? width : 0;
    inner.upper[d] = std::max(inner.lower[d], inner.upper[d]);
  }
  return inner;
}

}  // namespace

class FluxOperator::Kernel {
 public:
  Kernel(const Discretisation& problem, const Box& owned)
      : width_(reach(problem.scheme)),
        last_(problem.grid.dimension() - 1),
        inner_axis_(std::max(0, last_ - 1)),
        owned_(owned),
        box_(owned.cells() > 0 ? widened(owned, all_axes(last_ + 1), width_) : owned),
        inner_(inner_part(problem.grid, owned, width_)) {
    strides_ = strides_of(box_);
    result_strides_ = strides_of(owned_);
    CellFunctions functions = cell_functions(problem, owned, width_);
    add_terms(problem, functions);
    set_tiles();
  }

  void apply(const double* density, double* result, const Box& cells) const {
    for (const Box& tile : tiles(cells, tile_)) {
      add_axes<false>(tile, density, result);
      for (const MixedTerms& terms : pairs_) {
        terms.add(tile, {density, box_, strides_}, result, owned_, scratch_.data());
      }
    }
  }
  void apply_transpose(const double* u, double* result, const Box& cells) const {
    for (const Box& tile : tiles(cells, tile_)) {
      add_axes<true>(tile, u, result);
      for (const MixedTerms& terms : pairs_) {
        terms.add_transposed(tile, {u, box_, strides_}, result, owned_, scratch_.data());
      }
    }
  }
  [[nodiscard]] Eigen::ArrayXd rates() const {
    Eigen::ArrayXd result = Eigen::ArrayXd::Zero(owned_.cells());
    for_each_row(owned_, last_, [&](const Cell& cell) {
      for (const AxisTerms& terms : axes_) {
        terms.add_rates({cell, owned_.extent(last_), result.data() + owned_.position(cell)});
      }
    });
    return (result > 0).select(result, Eigen::ArrayXd::Ones(result.size()));
  }

  [[nodiscard]] Index width() const { return width_; }
  [[nodiscard]] bool corners() const { return !pairs_.empty(); }
  [[nodiscard]] const Box& box() const { return box_; }
  [[nodiscard]] const Box& inner() const { return inner_; }
  [[nodiscard]] double bytes() const {
    double total = static_cast<double>(scratch_.capacity() * sizeof(double));
    for (const AxisTerms& terms : axes_) {
      total += terms.bytes();
    }
    for (const MixedTerms& terms : pairs_) {
      total += terms.bytes();
    }
    return total;
  }

 private:
  void add_terms(const Discretisation& problem, CellFunctions& functions) {
    const int dim = last_ + 1;
    const auto diffusion = [&](int i, int j) {
      return std::move(functions.diffusion[static_cast<std::size_t>(model::pair_index(i, j, dim))]);
    };
    for (int i = 0; i < dim; ++i) {
      axes_.emplace_back(problem, i, owned_, width_, std::move(functions.drift[static_cast<std::size_t>(i)]),
                         diffusion(i, i));
      for (int j = i + 1; j < dim; ++j) {
        if (problem.coupling[i][j]) {
          pairs_.emplace_back(problem, i, j, diffusion(i, j));
        }
      }
    }
  }
  void set_tiles() {
    tile_ = tile_rows;
    tile_[static_cast<std::size_t>(last_)] = longest_row;
    if (corners() && owned_.cells() > 0) {
      Index size = 0;
      for (int p = 0; p < last_; ++p) {
        Index cells = 1;
        for (int d = 0; d <= last_; ++d) {
          cells *= std::min(owned_.extent(d), tile_[static_cast<std::size_t>(d)]) + (d == p ? 2 * max_half_width : 0);
        }
        size = std::max(size, cells);
      }
      scratch_.resize(static_cast<std::size_t>(size));
    }
  }
  /// The terms of all axes, beginning from 0: first those along axis 0, in whose direction neighbours are far apart,
  /// with rows that follow each other in that direction; then all others together.
  template <bool transposed>
  void add_axes(const Box& tile, const double* source, double* result) const {
    const int apart = inner_axis_ > 0 ? 1 : 0;
    if (apart > 0) {
      for_each_bundle(tile, 0, source, result, [&](const Bundle& bundle) {
        clear(bundle.rows);
        add_across<transposed>(axes_.front(), bundle);
      });
    }
    for_each_bundle(tile, inner_axis_, source, result, [&](const Bundle& bundle) {
      RowBuffer drift_fluxes;
      if (!transposed) {
        axes_.back().begin_rows(bundle, drift_fluxes);
      }
      if (apart == 0) {
        clear(bundle.rows);
      }
      for (int axis = apart; axis < last_; ++axis) {
        add_across<transposed>(axes_[static_cast<std::size_t>(axis)], bundle);
      }
      transposed ? axes_.back().add_along_rows_transposed(bundle) : axes_.back().add_along_rows(bundle, drift_fluxes);
    });
  }
  static void clear(const Rows& rows) {
    for (Index i = 0; i < rows.count; ++i) {
      std::fill_n(rows.result + i * rows.result_step, rows.n, 0.);
    }
  }
  template <bool transposed>
  void add_across(const AxisTerms& terms, const Bundle& bundle) const {
    const Index stride = strides_[static_cast<std::size_t>(terms.axis())];
    transposed ? terms.add_across_transposed(bundle, stride) : terms.add_across(bundle, stride);
  }
  /// Calls visit for few rows at a time.
  template <class Visit>
  void for_each_bundle(const Box& tile, int axis, const double* source, double* result, const Visit& visit) const {
    const Index n = tile.extent(last_);
    const Index rows = axis != last_ ? tile.extent(axis) : 1;
    const Index most = std::max<Index>(1, bundle_cells / n);
    Box firsts = tile;
    firsts.upper[axis] = firsts.lower[axis] + 1;
    for_each_row(firsts, last_, [&](const Cell& first) {
      Bundle bundle{first, axis, {nullptr, n, 0, result_strides_[axis], strides_[axis]}, nullptr};
      for (Index i = 0; i < rows; i += most) {
        bundle.cell[axis] = first[axis] + i;
        bundle.rows.count = std::min(most, rows - i);
        bundle.rows.result = result + owned_.position(bundle.cell);
        bundle.source = source + box_.position(bundle.cell);
        visit(bundle);
      }
    });
  }

  Index width_;
  int last_;
  int inner_axis_;  ///< the last but one, if there is one
  Box owned_;
  Box box_;
  Box inner_;
  Cell strides_{};
  Cell result_strides_{};
  Cell tile_{};
  std::vector<AxisTerms> axes_;
  std::vector<MixedTerms> pairs_;
  mutable std::vector<double> scratch_;
};

bool FluxOperator::possible(const Discretisation& problem) {
  return !two_point(problem.scheme.flux) && !problem.troubled && !absorbs(problem);
}

FluxOperator::FluxOperator(const Discretisation& problem, const Box& owned) {
  if (!possible(problem)) {
    throw core::InternalError("an operator of central fluxes was asked for where fluxes are not central");
  }
  kernel_ = std::make_unique<Kernel>(problem, owned);
}
FluxOperator::FluxOperator(FluxOperator&&) noexcept = default;
FluxOperator::~FluxOperator() = default;

Index FluxOperator::width() const { return kernel_->width(); }
bool FluxOperator::corners() const { return kernel_->corners(); }
const Box& FluxOperator::box() const { return kernel_->box(); }
const Box& FluxOperator::inner() const { return kernel_->inner(); }
void FluxOperator::apply(const double* density, double* result, const Box& cells) const {
  kernel_->apply(density, result, cells);
}
void FluxOperator::apply_transpose(const double* u, double* result, const Box& cells) const {
  kernel_->apply_transpose(u, result, cells);
}
Eigen::ArrayXd FluxOperator::rates() const { return kernel_->rates(); }
double FluxOperator::bytes() const { return kernel_->bytes(); }

}  // namespace sgdflux::fv
