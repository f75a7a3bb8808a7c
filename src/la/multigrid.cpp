#include "sgdflux/la/multigrid.hpp"

#include <algorithm>
#include <optional>

#include "la/multigrid_coarsest.hpp"
#include "la/multigrid_level.hpp"
#include "sgdflux/la/session.hpp"

namespace sgdflux::la {
namespace {

using core::Index;
using mesh::Box;

/// Lattices of so few cells are worked on by every rank alone.
constexpr Index gathered_cells = 4096;

}  // namespace

class Multigrid::Hierarchy {
 public:
  Hierarchy(MPI_Comm comm, const Decomposition& cells, std::vector<FaceRates> faces, Index direct)
      : comm_(comm), most_gathered_(std::max(gathered_cells, direct)) {
    multigrid::Lattice lattice = multigrid::finest(cells);
    MPI_Comm current = comm;
    if (size(comm) > 1 && lattice.size() <= direct) {
      gather(lattice, faces);
      current = MPI_COMM_SELF;
    }
    while (lattice.size() > direct) {
      add_level(current, lattice, faces);
    }
    coarsest_.emplace(lattice, faces);
    push(current, std::move(lattice), faces);
  }

  void set_shift(double sigma) {
    if (sigma == shift_) {
      return;
    }
    shift_ = sigma;
    for (const auto& level : levels_) {
      level->set_shift(sigma);
    }
    coarsest_->set_shift(sigma);
  }

  void apply(const double* r, double* z, bool transposed) {
    for (const auto& level : levels_) {
      level->set_transposed(transposed);
    }
    set_right(r);
    cycle(0, transposed);
    get_solution(z);
    if (shift_ == 0 && !transposed) {
      remove_mass(z);
    }
  }

  [[nodiscard]] const Eigen::ArrayXd& null_vector() {
    if (null_vector_.size() == 0) {
      find_null_vector();
    }
    return null_vector_;
  }
  [[nodiscard]] int levels() const { return static_cast<int>(levels_.size()); }
  [[nodiscard]] double bytes() const {
    double sum = coarsest_->bytes() + static_cast<double>(null_vector_.size()) * sizeof(double);
    for (const auto& level : levels_) {
      sum += level->bytes();
    }
    return sum;
  }
  [[nodiscard]] Traffic traffic() const {
    Traffic sum = gathered_traffic_;
    for (const auto& level : levels_) {
      sum.exchanges += level->traffic().exchanges;
      sum.messages += level->traffic().messages;
      sum.bytes += level->traffic().bytes;
    }
    return sum;
  }

 private:
  /// The rest of the hierarchy is every rank's own.
  void gather(multigrid::Lattice& lattice, std::vector<FaceRates>& faces) {
    gathering_.emplace(comm_, lattice.cells);
    gathered_ = levels_.size();
    lattice = multigrid::united(std::move(lattice));
    faces = gathering_->gather(faces, lattice);
  }

  void push(MPI_Comm comm, multigrid::Lattice lattice, const std::vector<FaceRates>& faces) {
    levels_.push_back(std::make_unique<multigrid::Level>(comm, std::move(lattice), faces));
    if (levels_.size() > 1) {
      levels_.back()->own_right();
    }
  }

  /// A level of `lattice`, which becomes the next coarser one, as the rates do.
  void add_level(MPI_Comm& comm, multigrid::Lattice& lattice, std::vector<FaceRates>& faces) {
    const multigrid::Coarsening halved = multigrid::choose_axes(comm, lattice, faces);
    multigrid::Lattice coarse = multigrid::coarse(lattice, halved);
    std::vector<FaceRates> rates = multigrid::coarse_rates(comm, lattice, faces, halved, coarse);
    halved_.push_back(halved);
    coarse_cells_.push_back(coarse.cells.boxes[static_cast<std::size_t>(rank(comm))]);
    straddling_.push_back(multigrid::straddles(lattice, halved));
    push(comm, std::move(lattice), faces);
    lattice = std::move(coarse);
    faces = std::move(rates);
    if (size(comm) > 1 && (lattice.size() <= most_gathered_ || lattice.any_empty())) {
      gather(lattice, faces);
      comm = MPI_COMM_SELF;
    }
  }

  [[nodiscard]] bool gathered_before(std::size_t level) const { return gathering_ && gathered_ == level; }

  void set_right(const double* r) {
    if (gathered_before(0)) {
      gathering_->gather(r, levels_[0]->own_right());
      count_gathering(gathering_->owned().cells());
    } else {
      levels_[0]->set_right(r);
    }
  }
  void get_solution(double* z) const {
    if (gathered_before(0)) {
      Eigen::ArrayXd all(levels_[0]->owned().cells());
      levels_[0]->extract(all.data());
      gathering_->extract(all.data(), z);
    } else {
      levels_[0]->extract(z);
    }
  }

  /// u ≈ (σ − L)⁻¹ r on a level.
  void cycle(std::size_t k, bool transposed) {
    multigrid::Level& level = *levels_[k];
    if (k + 1 == levels_.size()) {
      solve_coarsest(level, transposed);
      return;
    }
    smooth_from_zero(level);
    restrict_residual(k);
    cycle(k + 1, transposed);
    correct(k);
    if (k > 0) {
      level.exchange_corners();
    }
  }

  void solve_coarsest(multigrid::Level& level, bool transposed) {
    Eigen::ArrayXd solution(level.owned().cells());
    coarsest_->solve(level.right(), solution.data(), transposed);
    level.insert(solution.data());
    level.exchange_corners();
  }

  static void smooth_from_zero(multigrid::Level& level) {
    using multigrid::Colour;
    level.run({[&](const Box& cells) { level.start(cells, Colour::even); },
               [&](const Box& cells) { level.relax(cells, Colour::odd); },
               [&](const Box& cells) { level.relax(cells, Colour::even); },
               [&](const Box& cells) { level.relax(cells, Colour::odd); },
               [&](const Box& cells) { level.find_residual(cells); }});
  }

  void restrict_residual(std::size_t k) {
    multigrid::Level& level = *levels_[k];
    multigrid::Level& below = *levels_[k + 1];
    if (straddling_[k]) {
      level.exchange_residual();
    }
    if (gathered_before(k + 1)) {
      Eigen::ArrayXd own(coarse_cells_[k].cells());
      level.restrict_to(coarse_cells_[k], halved_[k], own.data());
      gathering_->gather(own.data(), below.own_right());
      count_gathering(own.size());
    } else {
      level.restrict_to(coarse_cells_[k], halved_[k], below.own_right());
    }
  }

  void count_gathering(Index cells) {
    const int others = size(comm_) - 1;
    ++gathered_traffic_.exchanges;
    gathered_traffic_.messages += others;
    gathered_traffic_.bytes += static_cast<double>(others * cells) * sizeof(double);
  }

  /// u += interpolated correction, and two smoothings.
  void correct(std::size_t k) {
    using multigrid::Colour;
    multigrid::Level& level = *levels_[k];
    const multigrid::View coarse = levels_[k + 1]->view();
    const bool all = level.residual_apart();
    level.run({[&](const Box& cells) { level.prolong(cells, coarse, halved_[k], all); },
               [&](const Box& cells) { level.relax(cells, Colour::even); },
               [&](const Box& cells) { level.relax(cells, Colour::odd); },
               [&](const Box& cells) { level.relax(cells, Colour::even); },
               [&](const Box& cells) { level.relax(cells, Colour::odd); }});
  }

  /// Nested iteration: the null vector of each level is interpolated from the next coarser one and corrected once.
  void find_null_vector() {
    const double shift = shift_;
    set_shift(0);
    Eigen::ArrayXd density = coarsest_->null_vector();
    levels_.back()->insert(density.data());
    levels_.back()->exchange_corners();
    for (std::size_t k = levels_.size() - 1; k-- > 0;) {
      density = refined_null_vector(k);
    }
    set_shift(shift);
    if (gathered_before(0)) {
      Eigen::ArrayXd own(gathering_->owned().cells());
      gathering_->extract(density.data(), own.data());
      density = own;
    }
    null_vector_ = density / sum(density);
  }

  /// From that of the next coarser level.
  Eigen::ArrayXd refined_null_vector(std::size_t k) {
    multigrid::Level& level = *levels_[k];
    Eigen::ArrayXd density = Eigen::ArrayXd::Zero(level.owned().cells());
    level.insert(density.data());
    level.prolong(level.owned(), levels_[k + 1]->view(), halved_[k], true);
    level.exchange();
    level.extract(density.data());
    Eigen::ArrayXd residual(density.size());
    level.set_transposed(false);
    level.apply(residual.data());
    level.set_right(residual.data());
    cycle(k, false);
    level.extract(residual.data());
    density += residual;
    level.insert(density.data());
    level.exchange_corners();
    return density;
  }

  [[nodiscard]] double sum(const Eigen::ArrayXd& values) const {
    double total = values.sum();
    MPI_Allreduce(MPI_IN_PLACE, &total, 1, MPI_DOUBLE, MPI_SUM, comm_);
    return total;
  }

  void remove_mass(double* z) {
    const Eigen::ArrayXd& density = null_vector();
    Eigen::Map<Eigen::ArrayXd> values(z, density.size());
    values -= sum(values) * density;
  }

  MPI_Comm comm_;
  Index most_gathered_;
  std::vector<std::unique_ptr<multigrid::Level>> levels_;
  std::vector<multigrid::Coarsening> halved_;
  std::vector<Box> coarse_cells_;  ///< what a level restricts to
  std::vector<bool> straddling_;
  std::optional<multigrid::Gathering> gathering_;
  std::size_t gathered_ = 0;
  std::optional<multigrid::Coarsest> coarsest_;
  Eigen::ArrayXd null_vector_;
  Traffic gathered_traffic_;
  double shift_ = 0;
};

Multigrid::Multigrid(MPI_Comm comm, const Decomposition& cells, std::vector<FaceRates> faces, Index direct)
    : hierarchy_(std::make_unique<Hierarchy>(comm, cells, std::move(faces), direct)) {}
Multigrid::~Multigrid() = default;

void Multigrid::set_shift(double sigma) { hierarchy_->set_shift(sigma); }
void Multigrid::apply(const double* r, double* z) { hierarchy_->apply(r, z, false); }
void Multigrid::apply_transpose(const double* r, double* z) { hierarchy_->apply(r, z, true); }
std::string Multigrid::name() const {
  return "geometric multigrid (" + std::to_string(levels()) + (levels() == 1 ? " level)" : " levels)");
}
double Multigrid::bytes() const { return hierarchy_->bytes(); }
int Multigrid::levels() const { return hierarchy_->levels(); }
Traffic Multigrid::traffic() const { return hierarchy_->traffic(); }
const Eigen::ArrayXd& Multigrid::null_vector() { return hierarchy_->null_vector(); }

}  // namespace sgdflux::la
