#include "sgdflux/study/spectrum.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "memory.hpp"
#include "modes.hpp"
#include "posing.hpp"
#include "quantities.hpp"
#include "refinement.hpp"
#include "refusal.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/fv/coefficients.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/theory/dynamics.hpp"

namespace sgdflux::study {
namespace {

using Complex = std::complex<double>;

constexpr double spectral_reach = 9.5;   ///< standard deviations: eigenfunctions grow like polynomials
constexpr double smaller_share = 0.05;   ///< of the cells at each truncated end, for the second box
constexpr int spare = 4;                 ///< modes beyond the count, in case some are not believed
constexpr int most_spare = 36;           ///< the same when too few were believed
constexpr double sawtooth_share = 0.1;   ///< of |λ| that the damping may contribute to a believed mode
constexpr double tolerated_change = 0.1; ///< of |λ|, between grids or boxes, for a believed mode
constexpr double robust_quality = 5;     ///< what counts as |ω₁/μ₁| ≫ 1 (docs/theory.md)
constexpr double rounding = 1e-14;

/// A mode of the fine grid with what the other grids say.
struct Judged {
  const solve::Mode* mode;
  bool has_left;  ///< its left vector was found
  Eigenvalue eigenvalue;
  std::string doubt;
};

/// Distance of each of `modes` to its counterpart on another grid; infinite when it has none.
std::vector<double> changes(const std::vector<solve::Mode>& modes, const std::vector<solve::Mode>& others,
                            const std::vector<int>& partners) {
  std::vector<double> distances;
  for (std::size_t k = 0; k < modes.size(); ++k) {
    const int partner = partners[k];
    distances.push_back(partner < 0
                            ? std::numeric_limits<double>::infinity()
                            : std::abs(modes[k].value - others[static_cast<std::size_t>(partner)].value));
  }
  return distances;
}

/// What other grids say of the modes of the fine one.
struct Witnesses {
  std::vector<double> grid;  ///< change on the coarser grid
  std::vector<double> box;   ///< change of the counterpart on the coarser grid when its box becomes smaller
};

Witnesses hear(const Modes& fine, const Modes* coarse, const Modes* boxed) {
  const auto& modes = fine.result.modes;
  Witnesses said{std::vector<double>(modes.size(), 0), std::vector<double>(modes.size(), 0)};
  if (coarse == nullptr) {
    return said;
  }
  const auto& others = coarse->result.modes;
  const std::vector<int> partners = counterparts(modes, others);
  said.grid = changes(modes, others, partners);
  if (boxed == nullptr) {
    return said;
  }
  const std::vector<double> moved =
      changes(others, boxed->result.modes, counterparts(others, boxed->result.modes));
  for (std::size_t k = 0; k < modes.size(); ++k) {
    said.box[k] = partners[k] < 0 ? std::numeric_limits<double>::infinity() : moved[static_cast<std::size_t>(partners[k])];
  }
  return said;
}

/// Size that changes of an eigenvalue are judged against: its own, or that of the slowest decay for the zero.
double scale_of(const Modes& fine, const Complex& value) {
  const auto& modes = fine.result.modes;
  return std::max(std::abs(value), modes.size() > 1 ? std::abs(modes[1].value) : 0);
}

/// Distance to the nearest other mode.
double isolation(const std::vector<solve::Mode>& modes, std::size_t k) {
  double nearest = modes[k].value.imag() != 0 ? 2 * modes[k].value.imag() : std::numeric_limits<double>::infinity();
  for (std::size_t j = 0; j < modes.size(); ++j) {
    nearest = j == k ? nearest : std::min(nearest, std::abs(modes[j].value - modes[k].value));
  }
  return nearest;
}

std::string doubt_of(const Eigenvalue& eigenvalue, double grid_change, double scale) {
  if (eigenvalue.dissipation > sawtooth_share * scale) {
    return "a sawtooth of the grid: it lives on the scheme's damping";
  }
  if (grid_change > tolerated_change * scale) {
    return "no counterpart on a grid with 0.7 times the cells: not resolved";
  }
  if (eigenvalue.box_dependence > tolerated_change * scale) {
    return "depends on the box: not an eigenvalue of the natural domain, or the box is too small for it";
  }
  return {};
}

std::vector<Judged> judge(const Modes& fine, const Modes* coarse, const Modes* boxed) {
  const std::vector<solve::Mode>& modes = fine.result.modes;
  const double factor =
      coarse != nullptr ? error_factor(fine.assembly.grid, coarse->assembly.grid, expected_order(fine.assembly)) : 0;
  const Witnesses said = hear(fine, coarse, boxed);
  std::vector<Judged> list;
  for (std::size_t k = 0; k < modes.size(); ++k) {
    const solve::Mode& mode = modes[k];
    const double scale = scale_of(fine, mode.value);
    const double grid_change = said.grid[k];
    Eigenvalue eigenvalue;
    eigenvalue.value = mode.value;
    eigenvalue.residual = std::max(mode.right_residual, mode.left_residual);
    eigenvalue.condition = mode.condition;
    eigenvalue.dissipation = fine.dissipation.empty() ? 0 : fine.dissipation[k];
    eigenvalue.box_dependence = said.box[k];
    // First-order bounds hold for errors below the distance to other eigenvalues; beyond, copies of a (nearly) defective
    // one scatter about as far as they are from each other.
    const bool has_left = std::isfinite(mode.uncertainty);
    eigenvalue.error = factor * grid_change + eigenvalue.box_dependence + rounding * scale +
                       std::min(mode.uncertainty, 2 * isolation(modes, k));
    list.push_back({&mode, has_left, eigenvalue, doubt_of(eigenvalue, grid_change, scale)});
  }
  return list;
}

/// Modes nearest to the target first.
void order_by_distance(std::vector<Judged>& judged, double target) {
  std::stable_sort(judged.begin(), judged.end(), [&](const Judged& a, const Judged& b) {
    return std::abs(a.mode->value - target) < std::abs(b.mode->value - target);
  });
}

/// Modes chosen by their distance are shown by decreasing real part all the same.
void order_by_decay(std::vector<Judged>& kept, std::vector<Eigenvalue>& eigenvalues) {
  const auto slower = [](const Complex& a, const Complex& b) { return a.real() > b.real(); };
  std::stable_sort(eigenvalues.begin(), eigenvalues.end(),
                   [&](const Eigenvalue& a, const Eigenvalue& b) { return slower(a.value, b.value); });
  std::stable_sort(kept.begin(), kept.end(),
                   [&](const Judged& a, const Judged& b) { return slower(a.mode->value, b.mode->value); });
}

bool is_pair(const solve::Mode& mode) { return mode.value.imag() != 0; }

/// Believed modes until `count` eigenvalues are there, a pair never cut; what was passed over is listed.
std::vector<Judged> select(const std::vector<Judged>& judged, int count, SpectrumAnswer& answer) {
  std::vector<Judged> kept;
  for (const Judged& one : judged) {
    if (static_cast<int>(answer.eigenvalues.size()) >= count) {
      break;
    }
    if (!one.doubt.empty()) {
      answer.rejected.push_back({one.eigenvalue.value, one.doubt});
      continue;
    }
    answer.eigenvalues.push_back(one.eigenvalue);
    if (is_pair(*one.mode)) {
      answer.eigenvalues.push_back(one.eigenvalue);
      answer.eigenvalues.back().value = std::conj(one.eigenvalue.value);
    }
    kept.push_back(one);
  }
  return kept;
}

/// The slowest nonzero eigenvalue's pair and whether it stands out.
void find_oscillation(SpectrumAnswer& answer) {
  if (answer.eigenvalues.size() < 3 || answer.eigenvalues[1].value.imag() == 0) {
    return;
  }
  Oscillation found;
  found.value = answer.eigenvalues[1].value;
  found.quality = answer.eigenvalues[1].quality();
  found.next_real_part = answer.eigenvalues.size() > 3 ? answer.eigenvalues[3].value.real()
                                                       : -std::numeric_limits<double>::infinity();
  const double bound = 2 * found.value.real();
  const bool alone = found.next_real_part <= bound + 1e-6 * std::abs(bound);
  found.robust = alone && found.quality >= robust_quality;
  found.why = found.robust ? "the quality factor is at least 5 and every other real part at most twice this one"
              : alone      ? "the quality factor is below 5"
                           : "another real part is closer to zero than twice this one";
  answer.oscillation.push_back(found);
}

void add_field(const Assembly& assembly, const std::string& path, const std::string& meaning,
               const Eigen::ArrayXd& values, Answer& answer) {
  answer.fields.push_back({path, meaning, assembly.grid.shape(), assembly.grid.dimension(), assembly.owned,
                           {values.begin(), values.end()}});
}

/// Right vectors as densities in the variables, left ones as the functions Q with L*Q = λQ: Q is the conjugate of u.
void fill_fields(const Assembly& assembly, const std::vector<Judged>& kept, SpectrumAnswer& answer) {
  const Eigen::ArrayXd jacobian = fv::jacobian(assembly.grid, assembly.owned);
  for (std::size_t k = 0; k < kept.size(); ++k) {
    const solve::Mode& mode = *kept[k].mode;
    const std::string path = "eigenfunction/" + std::to_string(k) + "/";
    add_field(assembly, path + "right_real", "real part of the right eigenfunction, a density in the variables",
              mode.right_real / jacobian, answer);
    if (is_pair(mode)) {
      add_field(assembly, path + "right_imaginary", "its imaginary part", mode.right_imaginary / jacobian, answer);
    }
    if (!kept[k].has_left) {
      continue;
    }
    add_field(assembly, path + "left_real", "real part of the eigenfunction Q of the backward operator, L*Q = lambda Q",
              mode.left_real, answer);
    if (is_pair(mode)) {
      add_field(assembly, path + "left_imaginary", "its imaginary part", -mode.left_imaginary, answer);
    }
  }
  if (!answer.oscillation.empty() && kept[1].has_left) {
    const solve::Mode& mode = *kept[1].mode;
    const Eigen::ArrayXd phase = mode.left_real.binaryExpr(
        mode.left_imaginary, [](double re, double im) { return std::atan2(-im, re); });
    add_field(assembly, "phase", "stochastic asymptotic phase: argument of the slowest backward eigenfunction, radians",
              phase, answer);
  }
}

/// The zero mode is the stationary density.
void fill_density(const Assembly& assembly, const solve::Mode& zero, SpectrumAnswer& answer) {
  const observe::State state =
      observe::make_state(assembly.comm, assembly.grid, assembly.partition, zero.right_real);
  const Eigen::ArrayXd density = state.density / fv::jacobian(assembly.grid, assembly.owned);
  const double mass = la::sum(assembly.comm, state.mass.sum());
  answer.audit.mass_error = std::abs(mass - 1);
  answer.audit.negative_mass = std::abs(la::sum(assembly.comm, (-state.mass).max(0.).sum()));
  answer.audit.min_density = la::minimum(
      assembly.comm, density.size() > 0 ? density.minCoeff() : std::numeric_limits<double>::max());
  answer.audit.residual = zero.right_residual;
  answer.audit.outside_mass = outside_mass(state);
  add_field(assembly, "density", "stationary probability density in the model's variables", density, answer);
}

void compare(const model::Sde& sde, SpectrumAnswer& answer) {
  if (const auto exact = theory::linear_dynamics(sde); exact && exact->stable()) {
    answer.reference = exact->eigenvalues(static_cast<int>(answer.eigenvalues.size()));
    answer.reference.resize(std::min(answer.reference.size(), answer.eigenvalues.size()));
    answer.reference_source = exact->source();
  }
}

bool loses(const std::vector<mesh::AxisSpec>& mesh) {
  return std::any_of(mesh.begin(), mesh.end(), [](const auto& axis) {
    return axis.lower == mesh::Boundary::absorbing || axis.upper == mesh::Boundary::absorbing;
  });
}

void judge_search(const Modes& fine, int count, SpectrumAnswer& answer) {
  const solve::SpectrumResult& result = fine.result;
  if (!result.converged) {
    doubt(answer, "the eigenvalue solver did not converge: " + result.reason);
  }
  if (static_cast<int>(answer.eigenvalues.size()) < count) {
    doubt(answer, "only " + std::to_string(answer.eigenvalues.size()) + " of " + std::to_string(count) +
                      " eigenvalues were found and believed; " + std::to_string(answer.rejected.size()) +
                      " were rejected (see rejected): use more cells, a larger box, or a smaller spectrum.count");
  } else if (!answer.rejected.empty()) {
    answer.remarks.push_back(std::to_string(answer.rejected.size()) +
                             " modes among these were found and not believed (see rejected)");
  }
}

bool settle(MPI_Comm comm, const model::Sde& sde, const SpectrumOptions& options, SpectrumAnswer& answer) {
  std::string refusal;
  la::guard(comm, [&] { refusal = loses(options.mesh) ? "" : refuse_question(sde, options.mesh); });
  if (!refusal.empty()) {
    answer.verdict = Verdict::no_stationary_density;
    answer.reason = refusal;
    answer.mesh = options.mesh;
    return false;
  }
  return settle_mesh(comm, sde, options, {spectral_reach, false}, answer);
}

/// The modes of the grid, of a coarser one and of the coarser one on a smaller box.
struct Survey {
  MPI_Comm comm;
  const model::Sde& sde;
  const SpectrumOptions& options;
  const fv::Scheme& scheme;
  SpectrumAnswer& answer;
  std::unique_ptr<Modes> fine{};
  std::unique_ptr<Modes> coarse{};
  std::unique_ptr<Modes> boxed{};

  void look(int count) {
    solve::SpectrumOptions search;
    search.count = count;
    search.target = options.target;
    search.nearest = options.nearest;
    report_progress(comm, options, "spectrum", 0.1);
    fine = find_modes(comm, sde, answer.mesh, scheme, search);
    if (!options.estimate) {
      return;
    }
    search.left = false;
    search.shift = fine->result.shift;
    search.frequency = fine->result.frequency;
    report_progress(comm, options, "second grid", 0.5);
    const auto few = rescaled(answer.mesh, estimate_factor);
    coarse = find_modes(comm, sde, few, scheme, search);
    report_progress(comm, options, "second box", 0.7);
    const auto box = smaller_box(few, smaller_share);
    boxed = box.empty() ? nullptr : find_modes(comm, sde, box, scheme, search);
  }

  [[nodiscard]] std::vector<Judged> choose() const {
    answer.eigenvalues.clear();
    answer.rejected.clear();
    std::vector<Judged> judged = judge(*fine, coarse.get(), boxed.get());
    if (options.nearest) {
      order_by_distance(judged, options.target);
    }
    std::vector<Judged> kept = select(judged, options.count, answer);
    if (options.nearest) {
      order_by_decay(kept, answer.eigenvalues);
    }
    return kept;
  }
};

}  // namespace

void SpectrumOptions::validate(const model::Sde& sde) const {
  Options::validate(sde);
  double cells = 1;
  for (const auto& axis : mesh) {
    cells *= static_cast<double>(axis.cells);
  }
  if (count < 2 || count + spare > 0.5 * cells) {
    throw core::SettingsError("spectrum.count = " + std::to_string(count) + " is out of range: 2 ≤ count ≤ " +
                              std::to_string(static_cast<long>(0.5 * cells) - spare) + ", half the cells of the mesh");
  }
  if (!std::isfinite(target)) {
    throw core::SettingsError("spectrum.target is not a finite number");
  }
}

SpectrumAnswer spectrum(MPI_Comm comm, const model::Sde& sde, const SpectrumOptions& options) {
  options.validate(sde);
  SpectrumAnswer answer;
  answer.remarks = sde.remarks();
  const fv::Scheme scheme = choose_scheme(sde, options, true, answer);
  if (!settle(comm, sde, options, answer)) {
    return answer;
  }
  require_memory(comm, sde, answer.mesh, scheme, options.memory_limit);
  Stopwatch watch(answer);
  Survey survey{comm, sde, options, scheme, answer};
  std::vector<Judged> kept;
  for (int extra = spare; extra <= most_spare; extra *= 3) {
    survey.look(options.count + extra);
    kept = survey.choose();
    if (static_cast<int>(answer.eigenvalues.size()) >= options.count) {
      break;
    }
  }
  const auto& fine = survey.fine;
  watch.lap("solve");
  if (!options.estimate) {
    answer.remarks.emplace_back("scheme.estimate = off: errors hold the solver's only, and no mode was tested on other "
                                "grids and boxes");
  }
  answer.solver = "Krylov-Schur with LU (MUMPS), shift " + std::to_string(fine->result.shift) + ", " +
                  std::to_string(fine->result.iterations) + " iterations";
  judge_search(*fine, options.count, answer);
  if (!options.nearest) {
    find_oscillation(answer);
    compare(sde, answer);
  }
  fill_fields(fine->assembly, kept, answer);
  if (!kept.empty() && !options.nearest) {
    fill_density(fine->assembly, *kept[0].mode, answer);
  }
  watch.lap("observe");
  report_progress(comm, options, "done", 1);
  return answer;
}

}  // namespace sgdflux::study
