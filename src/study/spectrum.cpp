#include "sgdflux/study/spectrum.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "judgement.hpp"
#include "memory.hpp"
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

constexpr double spectral_reach = 9.5;  ///< standard deviations: eigenfunctions grow like polynomials
constexpr double smaller_share = 0.05;  ///< of the cells at each truncated end, for the second box
constexpr double zero_share = 1e-9;     ///< of the largest |λ|: below it an eigenvalue counts as zero
constexpr int spare = 4;                ///< modes beyond the count, in case some are not believed
constexpr int most_spare = 36;          ///< the same when too few were believed
constexpr double robust_quality = 5;    ///< what counts as |ω₁/μ₁| ≫ 1 (docs/theory.md)

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
  found.next_real_part =
      answer.eigenvalues.size() > 3 ? answer.eigenvalues[3].value.real() : -std::numeric_limits<double>::infinity();
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
  answer.fields.push_back({path,
                           meaning,
                           assembly.grid.shape(),
                           assembly.grid.dimension(),
                           assembly.owned,
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
    const Eigen::ArrayXd phase =
        mode.left_real.binaryExpr(mode.left_imaginary, [](double re, double im) { return std::atan2(-im, re); });
    add_field(assembly, "phase", "stochastic asymptotic phase: argument of the slowest backward eigenfunction, radians",
              phase, answer);
  }
}

/// The zero mode is the stationary density.
void fill_density(const Assembly& assembly, const solve::Mode& zero, SpectrumAnswer& answer) {
  const observe::State state = observe::make_state(assembly.comm, assembly.grid, assembly.partition, zero.right_real);
  const Eigen::ArrayXd density = state.density / fv::jacobian(assembly.grid, assembly.owned);
  const double mass = la::sum(assembly.comm, state.mass.sum());
  answer.audit.mass_error = std::abs(mass - 1);
  answer.audit.negative_mass = std::abs(la::sum(assembly.comm, (-state.mass).max(0.).sum()));
  answer.audit.min_density =
      la::minimum(assembly.comm, density.size() > 0 ? density.minCoeff() : std::numeric_limits<double>::max());
  answer.audit.residual = zero.right_residual;
  answer.audit.outside_mass = outside_mass(state);
  add_field(assembly, "density",
            "slowest right eigenfunction: the stationary (with absorbing walls quasi-stationary) density", density,
            answer);
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

/// Without an absorbing wall there is one zero: none means that it was missed, two that components do not mix.
void judge_zero(const std::vector<mesh::AxisSpec>& mesh, SpectrumAnswer& answer) {
  double largest = 0;
  for (const Eigenvalue& one : answer.eigenvalues) {
    largest = std::max(largest, std::abs(one.value));
  }
  int zeros = 0;
  for (const Eigenvalue& one : answer.eigenvalues) {
    zeros += std::abs(one.value) <= std::max(zero_share * largest, one.error) ? 1 : 0;
  }
  if (loses(mesh) || answer.eigenvalues.empty()) {
    return;
  }
  if (zeros > 1) {
    answer.verdict = Verdict::several_ergodic_components;
    answer.reason = std::to_string(zeros) +
                    " eigenvalues are zero to working precision: several components, or one with "
                    "an exponentially slow exchange";
  } else if (zeros == 0) {
    doubt(answer, "no eigenvalue is zero, though nothing absorbs: the stationary mode was not found");
  }
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
    return;
  }
  const auto undetermined = std::count_if(answer.rejected.begin(), answer.rejected.end(), [](const RejectedMode& mode) {
    return mode.reason == no_left_eigenfunction;
  });
  if (undetermined > 0) {
    doubt(answer,
          "among these there are " + std::to_string(undetermined) +
              " modes of the grid without a left eigenfunction (see rejected), whose values are not determined: "
              "a continuous spectrum, or several eigenvalues that merge");
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

/// How many modes may be asked of a grid: half of its cells.
int room_in(const std::vector<mesh::AxisSpec>& mesh) {
  double cells = 0.5;
  for (const auto& axis : mesh) {
    cells *= static_cast<double>(axis.cells);
  }
  return static_cast<int>(std::min<double>(cells, std::numeric_limits<int>::max()));
}

/// The modes of the grid, of two coarser ones and of these on a smaller box.
struct Survey {
  MPI_Comm comm;
  const model::Sde& sde;
  const SpectrumOptions& options;
  const fv::Scheme& scheme;
  SpectrumAnswer& answer;
  std::unique_ptr<Modes> fine{};
  std::unique_ptr<Modes> coarse{};
  std::unique_ptr<Modes> boxed{};
  std::unique_ptr<Modes> coarser{};
  std::unique_ptr<Modes> coarser_boxed{};

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
    report_progress(comm, options, "other grids", 0.5);
    const auto few = rescaled(answer.mesh, estimate_factor);
    coarse = other_grid(search, few);
    const auto fewer = rescaled(few, estimate_factor);
    coarser = other_grid(search, fewer);
    report_progress(comm, options, "other boxes", 0.7);
    boxed = other_grid(search, smaller_box(few, smaller_share));
    coarser_boxed = other_grid(search, smaller_box(fewer, smaller_share));
  }

  /// Null for no mesh, or one that cannot hold so many modes.
  [[nodiscard]] std::unique_ptr<Modes> other_grid(solve::SpectrumOptions search,
                                                  const std::vector<mesh::AxisSpec>& mesh) const {
    search.count = mesh.empty() ? 0 : std::min(search.count, room_in(mesh));
    return search.count < 1 ? nullptr : find_modes(comm, sde, mesh, scheme, search);
  }

  [[nodiscard]] std::vector<Judged> choose() const {
    answer.eigenvalues.clear();
    answer.rejected.clear();
    std::vector<Judged> judged = judge(*fine, {coarse.get(), coarser.get(), boxed.get(), coarser_boxed.get()});
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
  const int most = static_cast<int>(std::min(0.5 * cells, 1e9)) - spare;
  if (most < 2) {
    throw core::SettingsError("spectrum.count = " + std::to_string(count) + ": a mesh of " +
                              std::to_string(static_cast<int>(cells)) + " cells is too small, at least " +
                              std::to_string(2 * (2 + spare)) + " cells are needed");
  }
  if (count < 2 || count > most) {
    throw core::SettingsError("spectrum.count = " + std::to_string(count) + " is out of range: 2 ≤ count ≤ " +
                              std::to_string(most) + ", half the cells of the mesh");
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
  require_memory(comm, sde, answer.mesh, scheme, options.memory_limit, {Systems::shifted, 5 * (options.count + spare)});
  Stopwatch watch(answer);
  Survey survey{comm, sde, options, scheme, answer};
  std::vector<Judged> kept;
  const int room = room_in(answer.mesh);
  for (int extra = spare; extra <= most_spare && (extra == spare || options.count + extra <= room); extra *= 3) {
    survey.look(options.count + extra);
    kept = survey.choose();
    if (static_cast<int>(answer.eigenvalues.size()) >= options.count) {
      break;
    }
  }
  const auto& fine = survey.fine;
  watch.lap("solve");
  if (!options.estimate) {
    answer.remarks.emplace_back(
        "scheme.estimate = off: errors hold the solver's only, and no mode was tested on other "
        "grids and boxes");
  }
  answer.solver = "Krylov-Schur with " + fine->solver + ", shift " + std::to_string(fine->result.shift) + ", " +
                  std::to_string(fine->result.iterations) + " iterations";
  judge_search(*fine, options.count, answer);
  if (!options.nearest) {
    judge_zero(answer.mesh, answer);
    find_oscillation(answer);
    compare(sde, answer);
  }
  fill_fields(fine->assembly, kept, answer);
  if (!kept.empty() && !options.nearest && answer.verdict != Verdict::several_ergodic_components) {
    fill_density(fine->assembly, *kept[0].mode, answer);
  }
  watch.lap("observe");
  report_progress(comm, options, "done", 1);
  return answer;
}

}  // namespace sgdflux::study
