#include "la/multigrid_lattice.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>

#include "sgdflux/la/session.hpp"

namespace sgdflux::la::multigrid {
namespace {

/// An axis is left alone when its coupling is weaker than this share of the strongest one's.
constexpr double weak_coupling = 1. / 8;
/// Couplings are looked at in about so many places along each axis.
constexpr Index samples = 16;

Index half(Index i) { return (i + 1) / 2; }

double diffusive(const FaceRates& rates, Index face) { return 0.5 * (rates.up(face) + rates.down(face)); }

/// The first multiple of `step` that is at least `from`.
Index multiple_from(Index from, Index step) { return (from + step - 1) / step * step; }

/// Calls visit(cell) for the cells of `box` all of whose coordinates are multiples of `step`.
template <class Visit>
void for_each_sample(const Box& box, const Cell& step, const Visit& visit) {
  Box count;
  for (std::size_t d = 0; d < axis_count; ++d) {
    count.lower[d] = multiple_from(box.lower[d], step[d]) / step[d];
    count.upper[d] = std::max(count.lower[d], multiple_from(box.upper[d], step[d]) / step[d]);
  }
  for (Index i = 0; i < count.cells(); ++i) {
    Cell cell = count.cell(i);
    for (std::size_t d = 0; d < axis_count; ++d) {
      cell[d] *= step[d];
    }
    visit(cell);
  }
}

/// Geometric means of diffusive rates along each axis; 0 where there are none.
std::array<double, axis_count> couplings(MPI_Comm comm, const Lattice& lattice, const std::vector<FaceRates>& faces) {
  const Box& owned = lattice.cells.boxes[static_cast<std::size_t>(rank(comm))];
  Cell step{1, 1, 1, 1};
  for (std::size_t d = 0; d < faces.size(); ++d) {
    step[d] = std::max<Index>(1, lattice.cells.shape[d] / samples);
  }
  std::array<double, 2 * axis_count> sums{};
  for (std::size_t d = 0; d < faces.size(); ++d) {
    const Box box = faces_along(owned, d);
    for_each_sample(owned, step, [&](const Cell& cell) {
      const double rate = diffusive(faces[d], box.position(cell));
      sums[d] += rate > 0 ? std::log(rate) : 0;
      sums[axis_count + d] += rate > 0 ? 1 : 0;
    });
  }
  MPI_Allreduce(MPI_IN_PLACE, sums.data(), static_cast<int>(sums.size()), MPI_DOUBLE, MPI_SUM, comm);
  std::array<double, axis_count> means{};
  for (std::size_t d = 0; d < faces.size(); ++d) {
    const double count = sums[axis_count + d];
    means[d] = count > 0 ? std::exp(sums[d] / count) : 0;
  }
  return means;
}

/// The rates through lower faces of the owned cells and of some around them, as far as coarse faces need them.
class LowerFaces {
 public:
  LowerFaces(MPI_Comm comm, const Lattice& fine, const Box& owned, bool beyond)
      : box_(owned), ghosts_(beyond ? std::make_unique<Ghosts>(comm, fine.cells, 2, true) : nullptr) {}

  /// Where along `axis` at() may be asked for depends on `beyond`: the faces of the box, or up to two cells further.
  void load(const Eigen::ArrayXd& faces, std::size_t axis) {
    view_ = faces_along(box_, axis);
    data_ = faces.data();
    if (!ghosts_) {
      return;
    }
    field_ = ghosts_->field();
    const Box inside = view_;
    Eigen::ArrayXd lower(box_.cells());
    for (Index i = 0; i < box_.cells(); ++i) {
      lower(i) = faces(inside.position(box_.cell(i)));
    }
    ghosts_->insert(lower.data(), field_.data());
    ghosts_->exchange(field_.data());
    view_ = ghosts_->box();
    data_ = field_.data();
  }
  [[nodiscard]] const double* data() const { return data_; }
  [[nodiscard]] const Box& view() const { return view_; }

 private:
  Box box_;
  std::unique_ptr<Ghosts> ghosts_;
  Eigen::ArrayXd field_;
  const double* data_ = nullptr;
  Box view_;
};

/// Fine cells beside a coarse face, or below a coarse cell, in rows along the last axis.
Box children(const Cell& coarse, const Cell& shape, const Coarsening& halved, std::size_t axis, std::size_t last) {
  Box fine;
  for (std::size_t d = 0; d < last; ++d) {
    const Index first = halved[d] ? std::min(2 * coarse[d], shape[d]) : coarse[d];
    fine.lower[d] = first;
    fine.upper[d] = halved[d] && d != axis ? std::min(first + 2, shape[d]) : first + 1;
  }
  return fine;
}

/// to[J − lower] += fine values below the coarse faces J of a row: of one of them where faces follow each other along
/// the row (`single`), else of all children.
void add_row(const double* __restrict fine, Index cells, Index lower, Index upper, bool single, double* __restrict to) {
  for (Index j = lower; j < std::min(upper, (cells + 1) / 2); ++j) {
    to[j - lower] += fine[2 * j];
  }
  if (single && upper > (cells + 1) / 2) {
    to[(cells + 1) / 2 - lower] += fine[cells];
  }
  for (Index j = lower; !single && j < std::min(upper, cells / 2); ++j) {
    to[j - lower] += fine[2 * j + 1];
  }
}

/// Sums of the rates through lower faces over what becomes one coarse face.
Eigen::ArrayXd sums(const LowerFaces& lower, const Cell& shape, const Coarsening& halved, std::size_t axis,
                    const Box& faces, std::size_t last) {
  Eigen::ArrayXd result = Eigen::ArrayXd::Zero(faces.cells());
  const Index length = faces.upper[last] - faces.lower[last];
  double* to = result.data();
  for_each_line(faces, last, [&](const Cell& coarse) {
    for_each_line(children(coarse, shape, halved, axis, last), last, [&](const Cell& line) {
      Cell at = line;
      at[last] = lower.view().lower[last];
      const double* from = lower.data() + lower.view().position(at) - at[last];
      if (halved[last]) {
        add_row(from, shape[last], faces.lower[last], faces.upper[last], axis == last, to);
      } else {
        for (Index j = 0; j < length; ++j) {
          to[j] += from[faces.lower[last] + j];
        }
      }
    });
    to += length;
  });
  return result;
}

/// Distance between the centres beside the lower face of a cell, in cells of the finest level.
double distance(const std::vector<double>& width, Index face) {
  const auto cells = static_cast<Index>(width.size());
  const auto at = [&](Index i) { return width[static_cast<std::size_t>((i + cells) % cells)]; };
  return 0.5 * (at(face - 1) + at(face));
}

/// By what the diffusive halves of rates change: the ratio of distances between centres, for each coarse face.
std::vector<double> distance_ratios(std::size_t axis, const Lattice& fine, const Lattice& coarse) {
  const Index cells = fine.cells.shape[axis];
  std::vector<double> ratios(coarse.width[axis].size() + 1, 1);
  for (std::size_t face = 0; face < ratios.size() && cells != coarse.cells.shape[axis]; ++face) {
    const auto i = static_cast<Index>(face);
    ratios[face] = distance(fine.width[axis], std::min(2 * i, cells)) / distance(coarse.width[axis], i);
  }
  return ratios;
}

/// Coarse rates of summed ones.
void rediscretise(FaceRates& rates, const Box& faces, std::size_t axis, const Lattice& fine, const Lattice& coarse) {
  if (coarse.cells.shape[axis] == 1) {
    rates = {Eigen::ArrayXd::Zero(faces.cells()), Eigen::ArrayXd::Zero(faces.cells())};
    return;
  }
  const std::vector<double> ratios = distance_ratios(axis, fine, coarse);
  const auto stride = strides(faces);
  const Index length = faces.upper[axis] - faces.lower[axis];
  for (Index i = 0; i < faces.cells(); ++i) {
    const double ratio = ratios[static_cast<std::size_t>(faces.lower[axis] + i / stride[axis] % length)];
    const double advective = 0.5 * (rates.up(i) - rates.down(i));
    const double diffusive = std::max(std::abs(advective), 0.5 * ratio * (rates.up(i) + rates.down(i)));
    rates.up(i) = diffusive + advective;
    rates.down(i) = diffusive - advective;
  }
}

}  // namespace

Index Lattice::size() const {
  Index count = 1;
  for (const Index extent : cells.shape) {
    count *= extent;
  }
  return count;
}

bool Lattice::any_empty() const {
  return std::any_of(cells.boxes.begin(), cells.boxes.end(), [](const Box& box) { return box.cells() == 0; });
}

bool empty(const Box& box) { return !std::equal(box.lower.begin(), box.lower.end(), box.upper.begin(), std::less<>()); }

Box faces_along(Box box, std::size_t axis) {
  if (box.cells() > 0) {
    ++box.upper[axis];
  }
  return box;
}

std::array<Index, axis_count> strides(const Box& box) {
  std::array<Index, axis_count> result{};
  Index stride = 1;
  for (std::size_t d = axis_count; d-- > 0;) {
    result[d] = stride;
    stride *= box.upper[d] - box.lower[d];
  }
  return result;
}

Lattice finest(const Decomposition& cells) {
  Lattice lattice{cells, {}};
  for (std::size_t d = 0; d < axis_count; ++d) {
    lattice.width[d].assign(static_cast<std::size_t>(cells.shape[d]), 1);
  }
  return lattice;
}

Lattice coarse(const Lattice& fine, const Coarsening& halved) {
  Lattice result = fine;
  for (std::size_t d = 0; d < axis_count; ++d) {
    if (!halved[d]) {
      continue;
    }
    result.cells.shape[d] = half(fine.cells.shape[d]);
    for (Box& box : result.cells.boxes) {
      box.lower[d] = half(box.lower[d]);
      box.upper[d] = half(box.upper[d]);
    }
    auto& width = result.width[d];
    for (std::size_t i = 0; i < width.size(); i += 2) {
      width[i / 2] = width[i] + (i + 1 < width.size() ? width[i + 1] : 0);
    }
    width.resize(static_cast<std::size_t>(result.cells.shape[d]));
  }
  return result;
}

Lattice united(Lattice lattice) {
  Box all;
  all.upper = lattice.cells.shape;
  lattice.cells.boxes = {all};
  return lattice;
}

bool straddles(const Lattice& fine, const Coarsening& halved) {
  return std::any_of(fine.cells.boxes.begin(), fine.cells.boxes.end(), [&](const Box& box) {
    for (std::size_t d = 0; d < axis_count; ++d) {
      if (halved[d] && box.cells() > 0 && box.upper[d] % 2 == 1 && box.upper[d] < fine.cells.shape[d]) {
        return true;
      }
    }
    return false;
  });
}

Coarsening choose_axes(MPI_Comm comm, const Lattice& lattice, const std::vector<FaceRates>& faces) {
  const std::array<double, axis_count> coupling = couplings(comm, lattice, faces);
  double strongest = 0;
  for (std::size_t d = 0; d < axis_count; ++d) {
    strongest = lattice.cells.shape[d] > 1 ? std::max(strongest, coupling[d]) : strongest;
  }
  Coarsening halved{};
  for (std::size_t d = 0; d < axis_count; ++d) {
    halved[d] = lattice.cells.shape[d] > 1 && coupling[d] >= weak_coupling * strongest;
  }
  return halved;
}

std::vector<FaceRates> coarse_rates(MPI_Comm comm, const Lattice& fine, const std::vector<FaceRates>& faces,
                                    const Coarsening& halved, const Lattice& coarse) {
  const auto me = static_cast<std::size_t>(rank(comm));
  LowerFaces lower(comm, fine, fine.cells.boxes[me], straddles(fine, halved));
  std::vector<FaceRates> result;
  for (std::size_t axis = 0; axis < faces.size(); ++axis) {
    const Box box = faces_along(coarse.cells.boxes[me], axis);
    FaceRates rates;
    lower.load(faces[axis].up, axis);
    rates.up = sums(lower, fine.cells.shape, halved, axis, box, faces.size() - 1);
    lower.load(faces[axis].down, axis);
    rates.down = sums(lower, fine.cells.shape, halved, axis, box, faces.size() - 1);
    rediscretise(rates, box, axis, fine, coarse);
    result.push_back(std::move(rates));
  }
  return result;
}

Gathering::Gathering(MPI_Comm comm, const Decomposition& cells)
    : comm_(comm), boxes_(cells.boxes), owned_(cells.boxes[static_cast<std::size_t>(rank(comm))]) {
  whole_.upper = cells.shape;
  int offset = 0;
  for (const Box& box : boxes_) {
    counts_.push_back(static_cast<int>(box.cells()));
    offsets_.push_back(offset);
    offset += counts_.back();
  }
}

void Gathering::gather(const double* owned, double* all) const {
  std::vector<double> received(static_cast<std::size_t>(whole_.cells()));
  MPI_Allgatherv(owned, static_cast<int>(owned_.cells()), MPI_DOUBLE, received.data(), counts_.data(), offsets_.data(),
                 MPI_DOUBLE, comm_);
  std::size_t at = 0;
  for (const Box& box : boxes_) {
    for (Index i = 0; i < box.cells(); ++i) {
      all[whole_.position(box.cell(i))] = received[at++];
    }
  }
}

void Gathering::extract(const double* all, double* owned) const {
  for (Index i = 0; i < owned_.cells(); ++i) {
    owned[i] = all[whole_.position(owned_.cell(i))];
  }
}

std::vector<FaceRates> Gathering::gather(const std::vector<FaceRates>& faces, const Lattice& all) const {
  std::vector<FaceRates> result;
  Eigen::ArrayXd cells(whole_.cells());
  const auto unite = [&](const Eigen::ArrayXd& values, std::size_t axis) {
    const Box inside = faces_along(owned_, axis);
    const Box box = faces_along(whole_, axis);
    Eigen::ArrayXd lower(owned_.cells());
    for (Index i = 0; i < owned_.cells(); ++i) {
      lower(i) = values(inside.position(owned_.cell(i)));
    }
    gather(lower.data(), cells.data());
    Eigen::ArrayXd united = Eigen::ArrayXd::Zero(box.cells());
    for (Index i = 0; i < box.cells(); ++i) {
      Cell cell = box.cell(i);
      const bool end = cell[axis] == all.cells.shape[axis];
      cell[axis] = end ? 0 : cell[axis];  // periodic; at a wall both are 0
      united(i) = cells(whole_.position(cell));
    }
    return united;
  };
  for (std::size_t axis = 0; axis < faces.size(); ++axis) {
    result.push_back({unite(faces[axis].up, axis), unite(faces[axis].down, axis)});
  }
  return result;
}

}  // namespace sgdflux::la::multigrid
