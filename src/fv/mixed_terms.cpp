#include <algorithm>
#include <cmath>

#include "fv/flux_terms.hpp"

namespace sgdflux::fv {
namespace {

using mesh::Box;
using mesh::Cell;

StencilTable sum(const mesh::Axis& axis, const StencilTable& a, double factor, const StencilTable& b) {
  return {axis.cells(), axis.periodic(), [&](Index c) { return Stencil(a[c]).add(factor, b[c]); }};
}

StencilTable scaled(const mesh::Axis& axis, double factor, const StencilTable& a) {
  return {axis.cells(), axis.periodic(), [&](Index c) { return Stencil{}.add(factor, a[c]); }};
}

/// V + D, which is 0 but for rounding where the order is that of V and both faces have fluxes.
Stencil at_wall(const Stencil& value, const Stencil& derivative) {
  const Stencil sum = Stencil(value).add(1, derivative);
  double largest = 0;
  double size = 0;
  for (int k = -max_half_width; k <= max_half_width; ++k) {
    largest = std::max(largest, std::abs(sum[k]));
    size = std::max(size, std::abs(value[k]));
  }
  return largest > 1e-12 * size ? sum : Stencil{};
}

StencilTable walls(const mesh::Axis& axis, const StencilTable& value, const StencilTable& derivative) {
  return {axis.cells(), axis.periodic(), [&](Index c) { return at_wall(value[c], derivative[c]); }};
}

/// Ranges of cells along an axis whose stencil is not 0, inside a tile.
std::vector<Box> parts(const Box& tile, int axis, const StencilTable& table) {
  std::vector<Box> result;
  Box part = tile;
  const auto d = static_cast<std::size_t>(axis);
  for (Index c = tile.lower[d]; c < tile.upper[d]; ++c) {
    if (table.zero(c)) {
      continue;
    }
    if (!result.empty() && result.back().upper[d] == c) {
      ++result.back().upper[d];
      continue;
    }
    part.lower[d] = c;
    part.upper[d] = c + 1;
    result.push_back(part);
  }
  return result;
}

}  // namespace

MixedTerms::MixedTerms(const Discretisation& problem, int p, int q, CellFunction diffusion)
    : p_(p), q_(q), last_(problem.grid.dimension() - 1), diffusion_(std::move(diffusion)) {
  const mesh::Axis& first = problem.grid.axis(p);
  const mesh::Axis& second = problem.grid.axis(q);
  const AxisStencils at_p(first, problem.scheme);
  const AxisStencils at_q(second, problem.scheme);
  forward_ = {Product{sum(second, at_q.value, -1, at_q.derivative), scaled(first, -0.5, at_p.derivative)},
              Product{at_q.derivative, scaled(first, -0.5, walls(first, at_p.value, at_p.derivative))}};
  for (std::size_t k = 0; k < forward_.size(); ++k) {
    backward_[k] = {transposed(forward_[k].first, second.cells(), second.periodic()),
                    transposed(forward_[k].second, first.cells(), first.periodic())};
  }
}

template <class First, class Second>
void MixedTerms::add_product(const Box& tile, const Product& product, double* scratch, const First& first,
                             const Second& second) const {
  CellFunction::Axes along{};
  along[static_cast<std::size_t>(p_)] = true;
  for (const Box& part : parts(tile, p_, product.second)) {
    const Box wide = widened(part, along, product.second.reach());
    std::fill_n(scratch, wide.cells(), 0.);
    for_each_row(wide, last_, [&](const Cell& cell) {
      first(product.first, Row{cell, part.extent(last_), scratch + wide.position(cell)});
    });
    const Index stride = strides_of(wide)[static_cast<std::size_t>(p_)];
    for_each_row(part, last_, [&](const Cell& cell) {
      second(product.second, cell, part.extent(last_), Source{scratch + wide.position(cell), stride});
    });
  }
}

void MixedTerms::add(const Box& tile, const Field& density, double* result, const Box& owned, double* scratch) const {
  const auto first = [&](const StencilTable& table, const Row& row) {
    if (q_ == last_) {
      add_function_along(diffusion_, table, last_, one_row(row, density.at(row.cell)));
      return;
    }
    RowSums sums(table.reach());
    gather_function(diffusion_, table, q_, row.cell, sums);
    sums.add_to({row.result, row.n}, {density.at(row.cell), density.strides[static_cast<std::size_t>(q_)]});
  };
  const auto second = [&](const StencilTable& table, const Cell& cell, Index n, const Source& source) {
    add_sums(nullptr, table.reach(), table[cell[static_cast<std::size_t>(p_)]].middle(), source,
             {result + owned.position(cell), n});
  };
  for (const Product& product : forward_) {
    add_product(tile, product, scratch, first, second);
  }
}

void MixedTerms::add_transposed(const Box& tile, const Field& u, double* result, const Box& owned,
                                double* scratch) const {
  const auto first = [&](const StencilTable& table, const Row& row) {
    if (q_ == last_) {
      add_along(1, table, last_, one_row(row, u.at(row.cell)));
      return;
    }
    const Source source{u.at(row.cell), u.strides[static_cast<std::size_t>(q_)]};
    add_sums(nullptr, table.reach(), table[row.cell[static_cast<std::size_t>(q_)]].middle(), source,
             {row.result, row.n});
  };
  const auto second = [&](const StencilTable& table, const Cell& cell, Index n, const Source& source) {
    RowSums sums(table.reach());
    gather_own_function(diffusion_, table, p_, cell, sums);
    sums.add_to({result + owned.position(cell), n}, source);
  };
  for (const Product& product : backward_) {
    add_product(tile, product, scratch, first, second);
  }
}

double MixedTerms::bytes() const {
  double total = diffusion_.bytes();
  for (std::size_t k = 0; k < forward_.size(); ++k) {
    total += forward_[k].bytes() + backward_[k].bytes();
  }
  return total;
}

}  // namespace sgdflux::fv
