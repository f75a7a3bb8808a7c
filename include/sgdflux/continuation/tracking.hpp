#pragma once
/// Eigenvalues that keep their identity along a branch.
#include <mpi.h>

#include <vector>

#include "sgdflux/study/spectrum.hpp"

namespace sgdflux::continuation {

/// For each eigenvalue of `before` (by its position there, members of a pair one by one) the position in `after` of the
/// one that continues it, or −1, and their overlap in [0, 1]: √(|⟨u, v'⟩⟨u', v⟩|) of left and right vectors, cell by
/// cell in ξ, so that a moving domain does not matter. Next to an exceptional point, where u ⊥ v, it is taken relative
/// to all overlaps of the two modes (see squared_overlaps), and pairs count as spaces of two dimensions.
///
/// A pair goes on as a pair, Im > 0 as Im > 0, or as two reals; two reals may go on as a pair: the slower real belongs
/// to Im > 0 in both directions. Which eigenvalues of a space that goes on as a whole, but with fewer or more pairs,
/// belong to each other is settled by the least sum of distances, as are overlaps that are nearly equal (where several
/// modes merge at once the eigenfunctions of either side are mixtures of all of the other side's); the overlap is then
/// that of the space.
///
/// By values alone, with overlap 0: everything where the numbers of cells differ, and modes without a left vector.
/// Eigenvalues that are equal at one of the answers to working precision have mixed eigenfunctions there, and no
/// identity. Collective.
struct Match {
  std::vector<int> to;
  std::vector<double> overlap;
};
[[nodiscard]] Match match(MPI_Comm comm, const study::SpectrumAnswer& before, const study::SpectrumAnswer& after);

/// One eigenvalue of a point with the branch it belongs to.
struct Tracked {
  int branch = 0;
  study::Eigenvalue eigenvalue;
  double overlap = 1;  ///< with the point before; 1 at the first, and where a branch begins
};

/// Labels of branches along a run: 0 is the zero, then by decreasing real part at the first point, Im > 0 first; what
/// appears later gets the next free number, and what is lost does not come back. Where two real eigenvalues merge into
/// a pair, the slower one takes Im > 0, and is the slower one again where the pair splits: through a merging point and
/// back no label is exchanged.
class Tracker {
 public:
  explicit Tracker(MPI_Comm comm) : comm_(comm) {}
  /// Labels the eigenvalues of the next point, `most` of them besides the zero (a pair is not cut), and returns them by
  /// label: those followed so far as long as `answer` has them, then the slowest others. Points without eigenvalues are
  /// passed over. Collective.
  [[nodiscard]] std::vector<Tracked> follow(const study::SpectrumAnswer& answer, int most);
  /// The labels of the last point, for a run that goes on from a file.
  /// @param next one more than the largest label of the run so far; what is less than that of `labels` is ignored
  void resume(const study::SpectrumAnswer& last, const std::vector<Tracked>& labels, int next = 0);

 private:
  [[nodiscard]] std::vector<Tracked> continued(const study::SpectrumAnswer& answer, std::vector<int>& labels) const;

  MPI_Comm comm_;
  study::SpectrumAnswer last_;
  std::vector<int> labels_;  ///< of the eigenvalues of last_; −1: not followed
  int next_ = 0;
};

}  // namespace sgdflux::continuation
