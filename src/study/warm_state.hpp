#pragma once
/// What a WarmStart holds for each grid.
#include <mpi.h>

#include <map>
#include <tuple>
#include <vector>

#include "sgdflux/fv/scheme.hpp"
#include "sgdflux/mesh/grid.hpp"
#include "sgdflux/solve/stationary.hpp"
#include "sgdflux/study/warm_start.hpp"

namespace sgdflux::study {

/// Factors and the last densities (owned cells, per unit ξ-volume) on grids of one shape. Cell by cell in
/// ξ a density that moves and widens together with its domain hardly changes: that is the frame it is extrapolated in.
struct WarmGrid {
  struct Kept {
    double parameter;
    Eigen::ArrayXd density;
  };
  std::shared_ptr<solve::Factors> factors;  ///< null before the first solve
  bool worn = false;                        ///< the next problem had better have its own
  std::vector<Kept> densities;              ///< the last ones, the newest at the end

  int degree = 1;  ///< of the polynomial that would have predicted the last density best

  /// Polynomial through the densities nearest to `parameter`, of that degree as far as there are enough; empty without
  /// any.
  [[nodiscard]] Eigen::ArrayXd predict(double parameter, int of_degree) const;
  /// Looks which degree would have been best, and keeps the density. Collective over `comm`.
  void keep(MPI_Comm comm, double parameter, const Eigen::ArrayXd& density);
};

struct WarmStart::State {
  double parameter = 0;
  Count count;

  [[nodiscard]] WarmGrid& grid(const mesh::Grid& grid, const fv::Scheme& scheme);

 private:
  std::map<std::tuple<mesh::Cell, fv::Flux, double>, WarmGrid> grids_;
};

}  // namespace sgdflux::study
