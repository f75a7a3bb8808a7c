#include "sgdflux/la/line_gauss_seidel.hpp"

#include <algorithm>
#include <utility>

#include "la/line_overlap.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/la/handle.hpp"
#include "sgdflux/la/session.hpp"

namespace sgdflux::la {
namespace {

using core::Index;
using mesh::Box;

/// Of a sweep, after each of which ranks agree on what they have around cuts. With fewer (32, say) messages are fewer,
/// too, and high orders take half as many iterations more: what ranks disagree about is rough across the lines then.
constexpr Index stretches = 256;
/// Lines beyond periodic ends that sweeps begin with.
constexpr Index images = 32;
/// Relative to the loss of a cell: a line that nothing leaves is singular.
constexpr double least_pivot = 1e-6;

std::size_t index(Index i) { return static_cast<std::size_t>(i); }

}  // namespace

/// The lines of one box. Arrays hold the cells of a line one after the other, line after line in C order of the other
/// axes.
class LineGaussSeidel::Sweeps {
 public:
  Sweeps(const Box& box, const std::vector<FaceRates>& faces, int line_axis)
      : box_(box),
        line_axis_(line_axis),
        length_(box.extent(line_axis)),
        lines_(length_ > 0 ? box.cells() / length_ : 0),
        own_(index(box.cells()), 0.),
        values_(index(box.cells())),
        work_(index(length_)) {
    if (lines_ == 0) {
      return;
    }
    for (std::size_t axis = 0; axis < faces.size(); ++axis) {
      add(static_cast<int>(axis), faces[axis]);
    }
    along_ = std::move(across_[index(line_axis)]);
    across_.erase(across_.begin() + line_axis);
    factor(0);
  }

  /// D + σ = (1 − lower) pivots (1 − upper), from the first cell of each line.
  void factor(double sigma) {
    lower_.assign(own_.size(), 0);
    upper_.assign(own_.size(), 0);
    pivots_.assign(own_.size(), 0);
    for (Index line = 0; line < lines_; ++line) {
      double pivot = 0;
      for (Index k = 0; k < length_; ++k) {
        const auto i = index(line * length_ + k);
        const double from_before = k > 0 ? along_.below[i] : 0;
        lower_[i] = k > 0 && pivot > 0 ? from_before / pivot : 0;
        const double loss = own_[i] + sigma;
        pivot = std::max(loss - (k > 0 ? from_before * upper_[i - 1] : 0), least_pivot * loss);
        const double from_after = k + 1 < length_ ? along_.above[i] : 0;
        upper_[i] = pivot > 0 ? from_after / pivot : 0;
        pivots_[i] = pivot > 0 ? 1 / pivot : 0;
      }
    }
  }

  /// From r to z on the box, in its C order. Calls agree(values, lines, length) for consecutive lines that are done.
  template <class Agree>
  const double* sweep(const double* r, bool transposed, const Agree& agree) {
    to_lines(r);
    for (Index part = 0; part < stretches; ++part) {
      const auto [first, end] = stretch(part);
      for (Index line = first; line < end; ++line) {
        double* z = values_.data() + line * length_;
        add_neighbours(line, -1, transposed, z);
        solve(line, transposed, z);
      }
      agree(values_.data() + first * length_, end - first, length_);
    }
    for (Index part = stretches; part-- > 0;) {
      const auto [first, end] = stretch(part);
      for (Index line = end; line-- > first;) {
        correct(line, transposed);
      }
      agree(values_.data() + first * length_, end - first, length_);
    }
    return from_lines();
  }

  [[nodiscard]] double bytes() const {
    const std::size_t numbers = 4 + 2 * (across_.size() + 1) + 2;
    return static_cast<double>(own_.size() * numbers * sizeof(double));
  }

 private:
  [[nodiscard]] std::pair<Index, Index> stretch(Index part) const {
    return {lines_ * part / stretches, lines_ * (part + 1) / stretches};
  }

  /// z += (D + σ)⁻¹ of what comes from the lines after.
  void correct(Index line, bool transposed) {
    std::fill(work_.begin(), work_.end(), 0.);
    add_neighbours(line, 1, transposed, work_.data());
    solve(line, transposed, work_.data());
    double* z = values_.data() + line * length_;
    for (Index k = 0; k < length_; ++k) {
      z[k] += work_[index(k)];
    }
  }

  /// What enters a cell from its neighbours along an axis, 1/time; `step` lines away.
  struct Couplings {
    Index step = 0;
    std::vector<double> below;
    std::vector<double> above;
  };

  [[nodiscard]] mesh::Layers order() const { return mesh::layers(box_, line_axis_); }

  /// Calls visit(position in C order, position in order of lines).
  template <class Visit>
  void for_each_cell(const Visit& visit) const {
    const auto [outer, count, inner] = order();
    for (Index o = 0; o < outer; ++o) {
      for (Index i = 0; i < count; ++i) {
        for (Index k = 0; k < inner; ++k) {
          visit((o * count + i) * inner + k, (o * inner + k) * count + i);
        }
      }
    }
  }

  void add(int axis, const FaceRates& faces) {
    const auto [outer, count, inner] = mesh::layers(box_, axis);
    if (faces.up.size() != outer * (count + 1) * inner || faces.down.size() != faces.up.size()) {
      throw core::InternalError("line Gauss-Seidel: rates of another box");
    }
    Couplings couplings{step(axis), std::vector<double>(own_.size()), std::vector<double>(own_.size())};
    for_each_cell([&, count = count, inner = inner](Index cell, Index at) {
      const Index below = cell + cell / (count * inner) * inner;
      const Index above = below + inner;
      const Index layer = cell / inner % count;
      own_[index(at)] += faces.down(below) + faces.up(above);
      couplings.below[index(at)] = layer > 0 ? faces.up(below) : 0;
      couplings.above[index(at)] = layer + 1 < count ? faces.down(above) : 0;
    });
    across_.push_back(std::move(couplings));
  }

  /// Lines between neighbours along an axis.
  [[nodiscard]] Index step(int axis) const {
    const Index inner = mesh::layers(box_, axis).inner;
    return axis < line_axis_ ? inner / length_ : inner;
  }

  /// to += what comes from the lines before (side −1) or after (side 1).
  void add_neighbours(Index line, int side, bool transposed, double* __restrict to) const {
    for (const Couplings& across : across_) {
      const Index other = line + side * across.step;
      if (other < 0 || other >= lines_) {
        continue;
      }
      const auto& rates = (side < 0) != transposed ? across.below : across.above;
      const double* __restrict rate = rates.data() + (transposed ? other : line) * length_;
      const double* __restrict from = values_.data() + other * length_;
      for (Index k = 0; k < length_; ++k) {
        to[k] += rate[k] * from[k];
      }
    }
  }

  /// z becomes (D + σ)⁻¹z, or that of the transpose.
  void solve(Index line, bool transposed, double* __restrict z) const {
    const Index first = line * length_;
    const double* __restrict pivot = pivots_.data() + first;
    const double* lower = lower_.data() + first;
    const double* upper = upper_.data() + first;
    if (transposed) {
      eliminate(upper, lower + 1, pivot, z);
    } else {
      eliminate(lower + 1, upper, pivot, z);
    }
  }

  /// before[k − 1] leads from cell k − 1 to k, after[k] from k + 1 to k.
  void eliminate(const double* __restrict before, const double* __restrict after, const double* __restrict pivot,
                 double* __restrict z) const {
    for (Index k = 1; k < length_; ++k) {
      z[k] += before[k - 1] * z[k - 1];
    }
    for (Index k = 0; k < length_; ++k) {
      z[k] *= pivot[k];
    }
    for (Index k = length_ - 1; k-- > 0;) {
      z[k] += after[k] * z[k + 1];
    }
  }

  [[nodiscard]] bool contiguous() const { return order().inner == 1; }

  void to_lines(const double* r) {
    if (contiguous()) {
      std::copy_n(r, values_.size(), values_.data());
    } else {
      for_each_cell([&](Index cell, Index at) { values_[index(at)] = r[cell]; });
    }
  }
  const double* from_lines() {
    if (contiguous()) {
      return values_.data();
    }
    result_.resize(values_.size());
    for_each_cell([&](Index cell, Index at) { result_[index(cell)] = values_[index(at)]; });
    return result_.data();
  }

  Box box_;
  int line_axis_;
  Index length_;
  Index lines_;
  std::vector<double> own_;  ///< loss of a cell, 1/time
  Couplings along_;
  std::vector<Couplings> across_;
  std::vector<double> lower_;
  std::vector<double> upper_;
  std::vector<double> pivots_;  ///< inverted
  std::vector<double> values_;
  std::vector<double> work_;
  std::vector<double> result_;
};

LineGaussSeidel::LineGaussSeidel(MPI_Comm comm, const mesh::Partition& partition, const std::vector<FaceRates>& faces,
                                 int line_axis)
    : LineGaussSeidel(comm, partition, mesh::Partition(partition, line_axis), faces, line_axis) {}

LineGaussSeidel::LineGaussSeidel(MPI_Comm comm, const mesh::Partition& partition, const mesh::Partition& slabs,
                                 const std::vector<FaceRates>& faces, int line_axis)
    : owned_cells_(partition.owned(rank(comm)).cells()),
      slab_(slabs.owned(rank(comm))),
      gather_(comm, partition, box(partition, line_axis, rank(comm))),
      scatter_(comm, slabs, partition.owned(rank(comm))),
      overlap_(std::make_unique<LineOverlap>(comm, slabs, line_axis)) {
  guard(comm, [&] { sweeps_ = std::make_unique<Sweeps>(gather_.box(), faces, line_axis); });
}
LineGaussSeidel::~LineGaussSeidel() = default;

Box LineGaussSeidel::box(const mesh::Partition& partition, int line_axis, int rank) {
  const mesh::Partition slabs(partition, line_axis);
  const Box slab = slabs.owned(rank);
  if (slab.cells() == 0) {
    return slab;
  }
  Box box = mesh::widened(slab, partition.periodic(), images);
  const Box along = slabs.with_halo(rank, LineOverlap::width(slabs, line_axis));
  box.lower[index(line_axis)] = along.lower[index(line_axis)];
  box.upper[index(line_axis)] = along.upper[index(line_axis)];
  return box;
}

void LineGaussSeidel::set_shift(double sigma) { sweeps_->factor(sigma); }
void LineGaussSeidel::apply(const double* r, double* z) { sweep(r, z, false); }
void LineGaussSeidel::apply_transpose(const double* r, double* z) { sweep(r, z, true); }

void LineGaussSeidel::sweep(const double* r, double* z, bool transposed) {
  const Eigen::ArrayXd around = gather_(Eigen::Map<const Eigen::ArrayXd>(r, owned_cells_));
  const double* found = sweeps_->sweep(around.data(), transposed, [&](double* lines, Index count, Index length) {
    overlap_->blend(lines, count, length);
  });
  Eigen::ArrayXd slab(slab_.cells());
  mesh::for_each_row(gather_.box(), slab_, [&](const mesh::Cell& cell, Index at, Index length) {
    std::copy_n(found + at, length, slab.data() + slab_.position(cell));
  });
  Eigen::Map<Eigen::ArrayXd>(z, owned_cells_) = scatter_(slab);
}

double LineGaussSeidel::bytes() const { return sweeps_->bytes(); }

}  // namespace sgdflux::la
