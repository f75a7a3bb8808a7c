#pragma once
/// Eigenvalues that keep their identity along a branch.
#include <mpi.h>

#include <vector>

#include "sgdflux/study/spectrum.hpp"

namespace sgdflux::continuation {

/// For each mode of `before` (pairs once, in the order of its fields eigenfunction/<k>) the mode of `after` that
/// continues it, or −1, and their overlap in [0, 1]: √(|⟨u, v'⟩⟨u', v⟩|) of left and right vectors, cell by cell in ξ,
/// so that a moving domain does not matter. Two real modes may go on as one pair, and back. Collective.
struct Match {
  std::vector<int> to;
  std::vector<double> overlap;
};
[[nodiscard]] Match match(MPI_Comm comm, const study::SpectrumAnswer& before, const study::SpectrumAnswer& after);

/// One eigenvalue of a point with the branch it belongs to.
struct Tracked {
  int branch = 0;
  study::Eigenvalue eigenvalue;
  double overlap = 1;  ///< with the point before; 1 at the first
};

/// Labels of branches along a run: 0 is the zero, then by decreasing real part at the first point; what appears later
/// gets the next free number. Where two real eigenvalues merge into a pair, the lower label takes Im > 0.
class Tracker {
 public:
  explicit Tracker(MPI_Comm comm) : comm_(comm) {}
  /// Labels the eigenvalues of the next point, `most` of them besides the zero. Collective.
  [[nodiscard]] std::vector<Tracked> follow(const study::SpectrumAnswer& answer, int most);
  /// The labels of the last point, for a run that goes on from a file.
  void resume(const study::SpectrumAnswer& last, const std::vector<Tracked>& labels);

 private:
  MPI_Comm comm_;
  study::SpectrumAnswer last_;
  std::vector<Tracked> labels_;
  int next_ = 0;
};

}  // namespace sgdflux::continuation
