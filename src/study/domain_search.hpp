#pragma once
/// The search of a box in several variables: coarse solves that show where the mass is.
#include <mpi.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "domain.hpp"
#include "domain_profile.hpp"
#include "domain_wells.hpp"
#include "solution.hpp"

namespace sgdflux::study {

/// Map of an automatic axis while its ends are searched: linear, or centre + scale·sinh ξ.
struct Bend {
  bool curved = false;
  double centre = 0;
  double scale = 1;
  std::array<bool, 2> heavy{false, false};      ///< lower, upper end: the tail is followed
  std::array<bool, 2> algebraic{false, false};  ///< and was seen to be a power
};

/// A box in the model's variables, with the maps of its axes.
struct Extent {
  Eigen::VectorXd lower;
  Eigen::VectorXd upper;
  std::vector<Bend> bends;
};

/// A coarse density and whether it can be trusted: solved, and hardly negative.
struct Look {
  std::unique_ptr<Solution> solution;
  bool sharp = false;
};

/// One search. All methods but the accessors are collective.
class BoxSearch {
 public:
  BoxSearch(MPI_Comm comm, const model::Sde& sde, const std::vector<mesh::AxisSpec>& mesh,
            const std::vector<Well>& wells);

  /// Moves ends that carry density out and gives up empty parts until nothing moves. @return why no box holds the mass.
  [[nodiscard]] std::string settle();
  /// Sets the ends to where the marginals have fallen by `depth`.
  void sharpen(double depth);
  /// Follows heavy tails to where what is beyond them hardly counts, on axes bent by a sinh map, and bends axes whose
  /// density has a narrow core in a wide box.
  void bend(double depth);
  /// Rounds ends outwards, and maps, to three digits: what rounding errors of the coarse solves leave, which depend on
  /// the number of ranks, must not move the mesh. Not collective.
  void round_off();
  /// The given mesh with the automatic axes that were found.
  [[nodiscard]] std::vector<mesh::AxisSpec> resolved() const { return axes(extent_, 0, false); }
  [[nodiscard]] const std::vector<std::string>& remarks() const { return remarks_; }

 private:
  [[nodiscard]] std::vector<mesh::AxisSpec> axes(const Extent& extent, core::Index cells, bool straight) const;
  [[nodiscard]] Look solve(core::Index cells, fv::Flux flux);
  [[nodiscard]] Look look();
  [[nodiscard]] Look sharp_look();
  bool adjust(const Look& look);
  [[nodiscard]] std::string size_refusal() const;
  void clip();
  void retreat(const std::string& why);
  [[nodiscard]] bool automatic(int d) const { return mesh_[static_cast<std::size_t>(d)].automatic(); }
  [[nodiscard]] bool wall(int d, bool upper) const;
  [[nodiscard]] bool is_heavy(const Profile& profile, int d, bool upper, double depth) const;
  bool reach_out(const Profile& profile, int d, double depth);
  bool begin_bends(const Look& look, double depth);
  bool follow_bends(const Look& look, double depth);
  bool follow_tail(const Look& look, int d, bool upper, double depth);

  MPI_Comm comm_;
  const model::Sde& sde_;
  const std::vector<mesh::AxisSpec>& mesh_;
  Extent extent_;
  Extent first_;   ///< sizes are judged against it, whatever the units
  Extent usable_;  ///< the last one on which the coefficients were finite
  bool have_usable_ = false;
  int retreats_ = 0;
  std::vector<std::string> remarks_;
};

}  // namespace sgdflux::study
