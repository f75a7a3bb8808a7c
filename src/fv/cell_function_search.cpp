/// Which of the coefficients are constants, sums of functions of one variable, or depend on few variables.
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "fv/cell_function.hpp"

namespace sgdflux::fv {
namespace {

using mesh::Box;
using mesh::Cell;
using Axes = CellFunction::Axes;

/// Rounding of an evaluation at one cell, relative to the summands.
constexpr double rounding = 16 * std::numeric_limits<double>::epsilon();
/// Cells whose coefficients are evaluated at once: they and what is made on the way fit into the cache.
constexpr Index piece_cells = 1 << 12;
/// Lines through so many cells besides the reference are looked at for variables that matter.
constexpr int probes = 3;

/// Coefficients that are wanted, as columns: drifts, then the pairs of the diffusion.
struct Column {
  int i;
  int j;  ///< −1: drift
};

class Model {
 public:
  /// @param box of cells that are evaluated: inside the lattice.
  Model(const Discretisation& problem, const Box& box) : problem_(problem), box_(box) {
    for (int i = 0; i < dimension(); ++i) {
      columns_.push_back({i, -1});
    }
    for (int i = 0; i < dimension(); ++i) {
      for (int j = i; j < dimension(); ++j) {
        if (i == j || problem.coupling[i][j]) {
          columns_.push_back({i, j});
        }
      }
    }
  }

  [[nodiscard]] const std::vector<Column>& columns() const { return columns_; }
  [[nodiscard]] const Box& box() const { return box_; }
  [[nodiscard]] int dimension() const { return problem_.grid.dimension(); }

  [[nodiscard]] Coefficients at(const Box& cells) const {
    return cell_coefficients(problem_.sde, problem_.grid, cells);
  }
  [[nodiscard]] auto values(const Coefficients& all, const Column& column) const {
    return column.j < 0 ? all.drift.col(column.i)
                        : all.diffusion.col(model::pair_index(column.i, column.j, dimension()));
  }
  [[nodiscard]] Eigen::ArrayXd values(const Box& cells, const Column& column) const {
    return values(at(cells), column);
  }
  /// Values along the line of cells through a cell.
  [[nodiscard]] Eigen::ArrayXd line(const Cell& through, int axis, const Column& column) const {
    return values(along(through, axis), column);
  }

 private:
  [[nodiscard]] Box along(const Cell& through, int axis) const {
    Box cells{through, through};
    for (int d = 0; d < core::max_dimension; ++d) {
      cells.upper[d] += 1;
    }
    cells.lower[axis] = box_.lower[axis];
    cells.upper[axis] = box_.upper[axis];
    return cells;
  }

  const Discretisation& problem_;
  Box box_;
  std::vector<Column> columns_;
};

/// A cell whose coordinates are shares of the box.
Cell cell_at(const Box& box, const std::array<double, core::max_dimension>& shares) {
  Cell cell{};
  for (std::size_t d = 0; d < cell.size(); ++d) {
    cell[d] = box.lower[d] + static_cast<Index>(shares[d] * static_cast<double>(box.upper[d] - box.lower[d]));
  }
  return cell;
}

/// A cell near the middle where the coefficient is small, as summands are then no larger than they must be.
Cell reference(const Model& model, const Column& column) {
  Cell cell = cell_at(model.box(), {.5, .5, .5, .5});
  for (int d = 0; d < 2 * model.dimension(); ++d) {
    const int axis = d % model.dimension();
    const Eigen::ArrayXd size = model.line(cell, axis, column).abs();
    Eigen::Index least = 0;
    if (size.minCoeff(&least) < size(cell[axis] - model.box().lower[axis])) {
      cell[axis] = model.box().lower[axis] + least;
    }
  }
  return cell;
}

bool varies(const Eigen::ArrayXd& line) { return (line - line(0)).abs().maxCoeff() > rounding * line.abs().maxCoeff(); }

/// What rounding is relative to: a summand, or a quarter of what it would be at the far end if it went on as from one
/// cell to the next. (Near a zero of x − y, say, the model's own rounding is that of x and y.)
Eigen::ArrayXd summand_size(const Eigen::ArrayXd& line) {
  const Index n = line.size();
  Eigen::ArrayXd change = Eigen::ArrayXd::Zero(n);
  if (n > 1) {
    const Eigen::ArrayXd steps = (line.tail(n - 1) - line.head(n - 1)).abs();
    change.head(n - 1) = steps;
    change.tail(n - 1) = change.tail(n - 1).max(steps);
  }
  return line.abs() + 0.25 * static_cast<double>(n) * change;
}

int count(const Axes& axes) { return static_cast<int>(std::count(axes.begin(), axes.end(), true)); }

/// Extents of pieces of about piece_cells, whole rows along the last axes first.
Cell piece_extents(const Box& box) {
  Cell extents{1, 1, 1, 1};
  Index room = piece_cells;
  for (std::size_t d = extents.size(); d-- > 0;) {
    extents[d] = std::clamp<Index>(box.upper[d] - box.lower[d], 1, std::max<Index>(1, room));
    room /= extents[d];
  }
  return extents;
}

/// One coefficient while its values come in: forms that have fitted so far, or else all values.
class Search {
 public:
  Search(const Model& model, const Column& column, const Box& owned, const Box& box, Index width)
      : dimension_(model.dimension()), box_(box), known_(model.box()) {
    Axes read{};
    read[static_cast<std::size_t>(column.i)] = true;
    read[static_cast<std::size_t>(std::max(column.i, column.j))] = true;
    needed_ = widened(owned, read, width);
    propose(model, column);
  }

  template <class Values>
  void take(const Box& piece, const Values& values) {
    if (!all_ && some_fit(piece, values)) {
      return;
    }
    const Box part = common_part(piece, needed_);
    for (Index i = 0; i < part.cells(); ++i) {
      const Cell cell = part.cell(i);
      all_->set(cell, values(piece.position(cell)));
    }
  }
  [[nodiscard]] CellFunction result() { return all_ ? std::move(*all_) : std::move(forms_.front().function); }

 private:
  struct Form {
    CellFunction function;
    CellFunction size;  ///< sum of the summands' absolute values
  };

  /// Drops the forms that do not fit a piece. After the last one a table of all cells begins with what it said.
  template <class Values>
  [[nodiscard]] bool some_fit(const Box& piece, const Values& values) {
    Form last = std::move(forms_.back());
    forms_.pop_back();
    std::erase_if(forms_, [&](const Form& form) { return !fits(form, piece, values); });
    if (fits(last, piece, values)) {
      forms_.push_back(std::move(last));
      return true;
    }
    if (forms_.empty()) {
      Axes every{};
      std::fill_n(every.begin(), dimension_, true);
      all_ = CellFunction::table(needed_, dimension_, every);
      copy(last.function);
    }
    return !forms_.empty();
  }

  void propose(const Model& model, const Column& column) {
    const Cell centre = reference(model, column);
    CellFunction::Lines lines;
    Axes matter{};
    for (int d = 0; d < dimension_; ++d) {
      const auto at = static_cast<std::size_t>(d);
      const Eigen::ArrayXd line = model.line(centre, d, column);
      lines[at] = varies(line) ? line : Eigen::ArrayXd();
      matter[at] = varies(line);
    }
    propose_sum(model.values(single(centre), column)(0), std::move(lines));
    for (int k = 0; k < probes; ++k) {
      const Cell probe = cell_at(known_, {.21 + .13 * k, .77 - .21 * k, .38 + .19 * k, .62 - .11 * k});
      for (int d = 0; d < dimension_; ++d) {
        matter[static_cast<std::size_t>(d)] |= varies(model.line(probe, d, column));
      }
    }
    if (count(matter) > 1 && count(matter) < dimension_) {
      propose_table(model, column, centre, matter);
    }
  }
  static Box single(const Cell& cell) {
    Box box{cell, cell};
    for (Index& upper : box.upper) {
      ++upper;
    }
    return box;
  }
  /// A function of one variable is its own line; otherwise lines are differences from the reference.
  void propose_sum(double reference, CellFunction::Lines lines) {
    const auto several = std::count_if(lines.begin(), lines.end(), [](const auto& line) { return line.size() > 0; });
    const double constant = several == 1 ? 0 : reference;
    CellFunction::Lines sizes;
    for (std::size_t d = 0; d < lines.size(); ++d) {
      if (lines[d].size() > 0) {
        const Eigen::ArrayXd line = lines[d] - (several > 1 ? reference : 0);
        lines[d] = padded(line, static_cast<int>(d));
        sizes[d] = padded(summand_size(line), static_cast<int>(d));
      }
    }
    forms_.push_back({CellFunction::sum(box_, dimension_, constant, std::move(lines)),
                      CellFunction::sum(box_, dimension_, std::abs(constant), std::move(sizes))});
  }
  void propose_table(const Model& model, const Column& column, const Cell& centre, const Axes& axes) {
    Form form{CellFunction::table(box_, dimension_, axes), CellFunction::table(box_, dimension_, axes)};
    Box cells = known_;
    for (std::size_t d = 0; d < axes.size(); ++d) {
      cells.lower[d] = axes[d] ? cells.lower[d] : centre[d];
      cells.upper[d] = axes[d] ? cells.upper[d] : centre[d] + 1;
    }
    for (const Box& piece : tiles(cells, piece_extents(cells))) {
      const Eigen::ArrayXd values = model.values(piece, column);
      for (Index i = 0; i < values.size(); ++i) {
        form.function.set(piece.cell(i), values(i));
        form.size.set(piece.cell(i), std::abs(values(i)));
      }
    }
    forms_.push_back(std::move(form));
  }
  /// A line of the evaluated cells as one of box_: zeros beyond the lattice.
  [[nodiscard]] Eigen::ArrayXd padded(const Eigen::ArrayXd& line, int axis) const {
    Eigen::ArrayXd result = Eigen::ArrayXd::Zero(box_.extent(axis));
    result.segment(known_.lower[axis] - box_.lower[axis], line.size()) = line;
    return result;
  }

  /// Calls visit(first cell, position of it in `piece`) for every row of cells of a piece.
  template <class Visit>
  void for_each_row(const Box& piece, const Visit& visit) const {
    Box rows = piece;
    rows.upper[dimension_ - 1] = rows.lower[dimension_ - 1] + 1;
    for (Index i = 0; i < rows.cells(); ++i) {
      visit(rows.cell(i), i * piece.extent(dimension_ - 1));
    }
  }
  template <class Values>
  [[nodiscard]] bool fits(const Form& form, const Box& piece, const Values& values) const {
    bool all = true;
    const Index n = piece.extent(dimension_ - 1);
    for_each_row(piece, [&](const Cell& cell, Index position) {
      all = all && row_fits(form, cell, values.data() + position, n);
    });
    return all;
  }
  static bool row_fits(const Form& form, const Cell& cell, const double* values, Index n) {
    const double base = form.function.base(cell);
    const double size = form.size.base(cell);
    const double* along = form.function.along(cell);
    const double* sizes = form.size.along(cell);
    Index wrong = 0;
    for (Index x = 0; x < n; ++x) {
      const double value = along != nullptr ? base + along[x] : base;
      const double summands = along != nullptr ? size + sizes[x] : size;
      wrong += std::abs(values[x] - value) > rounding * summands ? 1 : 0;
    }
    return wrong == 0;
  }
  /// What a form says at all cells, of which those to come are written over.
  void copy(const CellFunction& form) {
    const Box part = common_part(known_, needed_);
    for (Index i = 0; i < part.cells(); ++i) {
      all_->set(part.cell(i), form.at(part.cell(i)));
    }
  }

  int dimension_;
  Box box_;
  Box known_;
  Box needed_;
  std::vector<Form> forms_;
  std::optional<CellFunction> all_;
};

/// The cells around `owned` that are inside the lattice, images beyond periodic ends among them.
Box inside(const mesh::Grid& grid, Box box) {
  for (int d = 0; d < grid.dimension(); ++d) {
    if (!grid.axis(d).periodic()) {
      box.lower[d] = std::max<Index>(0, box.lower[d]);
      box.upper[d] = std::min(grid.axis(d).cells(), box.upper[d]);
    }
  }
  return box;
}

}  // namespace

CellFunctions cell_functions(const Discretisation& problem, const Box& owned, Index width) {
  const int dim = problem.grid.dimension();
  CellFunctions result{std::vector<CellFunction>(static_cast<std::size_t>(dim)),
                       std::vector<CellFunction>(static_cast<std::size_t>(dim * (dim + 1) / 2))};
  if (owned.cells() == 0) {
    return result;
  }
  Axes axes{};
  std::fill_n(axes.begin(), dim, true);
  const Box box = widened(owned, axes, width);
  const Model model(problem, inside(problem.grid, box));
  std::vector<Search> searches;
  for (const Column& column : model.columns()) {
    searches.emplace_back(model, column, owned, box, width);
  }
  for (const Box& piece : tiles(model.box(), piece_extents(model.box()))) {
    const Coefficients values = model.at(piece);
    for (std::size_t k = 0; k < searches.size(); ++k) {
      searches[k].take(piece, model.values(values, model.columns()[k]));
    }
  }
  for (std::size_t k = 0; k < searches.size(); ++k) {
    const auto [i, j] = model.columns()[k];
    CellFunction& place = j < 0 ? result.drift[static_cast<std::size_t>(i)]
                                : result.diffusion[static_cast<std::size_t>(model::pair_index(i, j, dim))];
    place = searches[k].result();
  }
  return result;
}

}  // namespace sgdflux::fv
