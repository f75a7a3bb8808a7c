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
        owned_(owned),
        box_(owned.cells() > 0 ? widened(owned, all_axes(last_ + 1), width_) : owned),
        inner_(inner_part(problem.grid, owned, width_)) {
    Index stride = 1;
    for (std::size_t d = strides_.size(); d-- > 0;) {
      strides_[d] = stride;
      stride *= box_.upper[d] - box_.lower[d];
    }
    CellFunctions functions = cell_functions(problem, owned, width_);
    add_terms(problem, functions);
    set_tiles();
  }

  void apply(const double* density, double* result, const Box& cells) const {
    const auto row_terms = [&](const AxisTerms& terms, const Row& row, const Source& source) {
      terms.add(row, source);
    };
    const auto tile_terms = [&](const MixedTerms& terms, const Box& tile) {
      terms.add(tile, {density, box_, strides_}, result, owned_, scratch_.data());
    };
    for_each_tile(density, result, cells, row_terms, tile_terms);
  }
  void apply_transpose(const double* u, double* result, const Box& cells) const {
    const auto row_terms = [&](const AxisTerms& terms, const Row& row, const Source& source) {
      terms.add_transposed(row, source);
    };
    const auto tile_terms = [&](const MixedTerms& terms, const Box& tile) {
      terms.add_transposed(tile, {u, box_, strides_}, result, owned_, scratch_.data());
    };
    for_each_tile(u, result, cells, row_terms, tile_terms);
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
  template <class RowTerms, class TileTerms>
  void for_each_tile(const double* source, double* result, const Box& cells, const RowTerms& row_terms,
                     const TileTerms& tile_terms) const {
    for (const Box& tile : tiles(cells, tile_)) {
      for_each_row(tile, last_, [&](const Cell& cell) {
        const Row row{cell, tile.extent(last_), result + owned_.position(cell)};
        const double* at = source + box_.position(cell);
        std::fill_n(row.result, row.n, 0.);
        for (const AxisTerms& terms : axes_) {
          row_terms(terms, row, Source{at, strides_[static_cast<std::size_t>(terms.axis())]});
        }
      });
      for (const MixedTerms& terms : pairs_) {
        tile_terms(terms, tile);
      }
    }
  }

  Index width_;
  int last_;
  Box owned_;
  Box box_;
  Box inner_;
  Cell strides_{};
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
