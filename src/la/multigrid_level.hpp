#pragma once
/// One level of a multigrid hierarchy: its cells, smoothing and residuals on them. Not collective unless said.
#include <functional>
#include <memory>
#include <optional>

#include "la/multigrid_coefficients.hpp"

namespace sgdflux::la::multigrid {

/// Cells whose coordinates (of the whole lattice) have an even or an odd sum.
enum class Colour { even = 0, odd = 1 };

/// A density that prolongation reads, of all cells of `box`; beyond `shape` along axes that are not periodic it is
/// continued by its last value.
struct View {
  const double* data;
  const Box& box;
  const Cell& shape;
  const std::array<bool, axis_count>& periodic;
};

/// Part of the cells of a level, wanted at one time.
using Stage = std::function<void(const Box&)>;

class Level {
 public:
  /// Collective.
  Level(MPI_Comm comm, Lattice lattice, const std::vector<FaceRates>& faces);

  [[nodiscard]] const Lattice& lattice() const { return lattice_; }
  [[nodiscard]] const Box& owned() const { return owned_; }
  [[nodiscard]] View view() const;
  [[nodiscard]] double* values() { return values_.data(); }
  [[nodiscard]] double bytes() const;
  [[nodiscard]] Traffic traffic() const;

  void set_shift(double shift) { shift_ = shift; }
  /// Works on σ − Lᵀ instead of σ − L from now on. Collective.
  void set_transposed(bool transposed);
  /// The right-hand side, owned cells in C order; it must stay where it is.
  void set_right(const double* right) { right_ = right; }
  [[nodiscard]] const double* right() const { return right_; }
  /// Memory for a right-hand side, which is used from now on.
  double* own_right();

  /// u = r/d in cells of one colour, 0 in the others (d is the diagonal).
  void start(const Box& region, Colour colour);
  /// u = (r + what comes from neighbours)/d in cells of one colour.
  void relax(const Box& region, Colour colour);
  /// The residual, where it is not zero by construction: in place of the even values, unless residual_apart().
  void find_residual(const Box& region);
  /// L u (or Lᵀ u) of all owned cells, into `result`. The border must be up to date.
  void apply(double* result);
  /// Whether cells of one colour are neighbours (across an odd periodic axis): then even values are kept.
  [[nodiscard]] bool residual_apart() const { return residual_.size() > 0; }

  /// coarse += sums of residuals over the fine cells of each of `cells`, which are coarse.
  void restrict_to(const Box& cells, const Coarsening& halved, double* coarse);
  /// u += the linear interpolation of a coarse density: in all cells, or the odd ones where even ones are not kept.
  void prolong(const Box& region, const View& coarse, const Coarsening& halved, bool all);

  /// Runs stages one after another over the owned cells, each of which reads neighbours that the one before wrote: in
  /// one sweep through memory as far as that goes without what other ranks know. Collective.
  void run(const std::vector<Stage>& stages);
  /// Fills the border of u beside owned cells, or also around corners. Collective.
  void exchange();
  void exchange_corners();
  /// Fills the border of the residual. Collective.
  void exchange_residual();
  void extract(double* to) const { beside_->extract(values_.data(), to); }
  void insert(const double* from) { beside_->insert(from, values_.data()); }

 private:
  /// Where a row of cells begins.
  struct Place {
    Index owned;    ///< position among owned cells
    Index field;    ///< and in fields with a border
    Index sum;      ///< of the coordinates of its first owned cell
    double volume;  ///< of its cells, but for their widths along the row
  };
  [[nodiscard]] Place place_of(const Cell& cell) const;
  template <class Cells, class Work>
  void for_each_row(const Box& region, Colour colour, const Work& work);
  template <bool shifted, class Work>
  void for_dimension(const Box& region, Colour colour, const Work& work);
  template <class Work>
  void dispatch(const Box& region, Colour colour, const Work& work);
  void sweep(const std::vector<Stage>& stages);

  Lattice lattice_;
  std::unique_ptr<Ghosts> beside_;
  std::unique_ptr<Ghosts> around_;
  Box owned_;
  int dimension_;
  std::array<Index, axis_count> step_{};
  std::vector<Box> regions_;              ///< what stage k can do without borders
  std::vector<std::vector<Box>> shells_;  ///< the rest of the owned cells
  Coefficients forward_;
  std::optional<Coefficients> backward_;  ///< of the transposed operator, once it is wanted
  Eigen::ArrayXd values_;
  Eigen::ArrayXd residual_;
  Eigen::ArrayXd own_right_;
  std::vector<double> line_;
  const double* right_ = nullptr;
  double shift_ = 0;
  bool transposed_ = false;
};

}  // namespace sgdflux::la::multigrid
