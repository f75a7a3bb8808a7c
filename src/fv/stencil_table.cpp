#include "fv/stencil_table.hpp"

#include <algorithm>
#include <iterator>

namespace sgdflux::fv {
namespace {

constexpr Index margin = 2 * max_half_width;

}  // namespace

Stencil& Stencil::add(double factor, const Stencil& other) {
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    weights_[i] += factor * other.weights_[i];
  }
  return *this;
}

StencilTable::StencilTable(Index cells, bool periodic, const std::function<Stencil(Index)>& stencil)
    : low_(periodic ? 0 : std::min(margin, cells)), high_(periodic ? cells : std::max(low_, cells - margin)) {
  for (Index cell = 0; cell < cells; cell = cell == low_ && high_ > low_ ? high_ : cell + 1) {
    kept_.push_back(stencil(cell));
  }
  for (int k = -max_half_width; k <= max_half_width; ++k) {
    std::transform(kept_.begin(), kept_.end(), std::back_inserter(columns_),
                   [k](const Stencil& kept) { return kept[k]; });
  }
  const auto same = [&](Index a, Index b) { return (*this)[a] == (*this)[b]; };
  const Index middle = cells / 2;
  uniform_begin_ = high_ > low_ ? low_ : middle;
  uniform_end_ = high_ > low_ ? high_ : middle + 1;
  while (uniform_begin_ > 0 && same(uniform_begin_ - 1, middle)) {
    --uniform_begin_;
  }
  while (uniform_end_ < cells && same(uniform_end_, middle)) {
    ++uniform_end_;
  }
  for (const Stencil& kept : kept_) {
    for (int k = reach_ + 1; k <= max_half_width; ++k) {
      reach_ = kept[k] != 0 || kept[-k] != 0 ? k : reach_;
    }
  }
}

StencilTable transposed(const StencilTable& table, Index cells, bool periodic) {
  return {cells, periodic, [&](Index cell) {
            Stencil result;
            for (int k = -max_half_width; k <= max_half_width; ++k) {
              const bool inside = cell + k >= 0 && cell + k < cells;
              result[k] = table[inside ? cell + k : cells / 2][-k];
            }
            return result;
          }};
}

}  // namespace sgdflux::fv
