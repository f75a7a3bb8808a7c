#include "posing.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/core/names.hpp"
#include "sgdflux/la/handle.hpp"
#include "sgdflux/la/session.hpp"

namespace sgdflux::study {
namespace {

constexpr core::Index fewest_cells = 4;
/// Sums over a few thousand cells and the solver leave 1e−13 to 1e−12 of a quantity's scale.
constexpr double least_tolerance = 1e-12;

/// The mesh must lie in the domain that the model declares, with enough cells for a second grid.
void require_inside(const model::Sde& sde, int d, const mesh::AxisSpec& axis) {
  const model::Interval domain = sde.natural_domain(d);
  if (axis.cells < fewest_cells) {
    throw core::SettingsError("mesh." + axis.name + " has " + std::to_string(axis.cells) + " cells, at least " +
                              std::to_string(fewest_cells) + " are needed");
  }
  if (!axis.automatic() && (axis.arguments[0] < domain.lower || axis.arguments[1] > domain.upper)) {
    std::ostringstream text;
    text << "mesh." << axis.name << " = " << axis.to_string() << " leaves the model's domain of " << axis.name
         << ", from " << domain.lower << " to " << domain.upper;
    throw core::SettingsError(text.str());
  }
}

}  // namespace

void Options::validate(const model::Sde& sde) const {
  if (mesh.size() != sde.variables().size()) {
    throw core::SettingsError("mesh: " + std::to_string(mesh.size()) + " axes for " +
                              std::to_string(sde.variables().size()) + " variables");
  }
  core::Index least_cells = 1;
  bool any_automatic = false;
  for (std::size_t d = 0; d < mesh.size(); ++d) {
    require_inside(sde, static_cast<int>(d), mesh[d]);
    if (mesh[d].name != sde.variables()[d]) {
      throw core::SettingsError(core::unknown_name("mesh axis", mesh[d].name, sde.variables()));
    }
    any_automatic = any_automatic || mesh[d].automatic();
    least_cells *= mesh[d].automatic() ? fewest_cells : std::min<core::Index>(mesh[d].cells, core::Index{1} << 31);
    least_cells = std::min<core::Index>(least_cells, core::Index{1} << 40);
  }
  if (flux != "auto") {
    static_cast<void>(fv::parse_flux(flux));
  }
  if (damping > 1) {
    throw core::SettingsError("scheme.damping = " + std::to_string(damping) +
                              " is out of range: auto, or 0 ≤ damping ≤ 1");
  }
  if (tolerance && !(*tolerance >= least_tolerance && *tolerance < 1)) {
    std::ostringstream text;
    text << "scheme.tolerance = " << *tolerance
         << " is out of range: auto, or 1e-12 <= tolerance < 1; double precision gives no more digits";
    throw core::SettingsError(text.str());
  }
  if (any_automatic && least_cells > max_cells) {
    throw core::SettingsError("scheme.max_cells = " + std::to_string(max_cells) + " is too small: this mesh needs " +
                              std::to_string(least_cells) + " cells at least");
  }
}

namespace {

/// The mesh to begin with: automatic axes give up cells until max_cells allows them.
std::vector<mesh::AxisSpec> within_limit(const Options& options, Answer& answer) {
  std::vector<mesh::AxisSpec> mesh = options.mesh;
  double cells = 1;
  int automatic = 0;
  for (const auto& axis : mesh) {
    cells *= static_cast<double>(axis.cells);
    automatic += axis.automatic() ? 1 : 0;
  }
  if (automatic == 0 || cells <= static_cast<double>(options.max_cells)) {
    return mesh;
  }
  const double factor = std::pow(static_cast<double>(options.max_cells) / cells, 1. / automatic);
  for (auto& axis : mesh) {
    if (axis.automatic()) {
      axis.cells =
          std::max<core::Index>(fewest_cells, static_cast<core::Index>(factor * static_cast<double>(axis.cells)));
    }
  }
  answer.remarks.push_back("scheme.max_cells = " + std::to_string(options.max_cells) +
                           ": automatic axes begin with fewer cells than the mesh asks for");
  return mesh;
}

}  // namespace

void report_progress(MPI_Comm comm, const Options& options, const std::string& phase, double done) {
  if (options.progress && la::rank(comm) == 0) {
    options.progress(phase, done);
  }
}

fv::Scheme choose_scheme(const model::Sde& sde, const Options& options, bool smooth, Answer& answer) {
  fv::Scheme scheme;
  scheme.damping = options.damping < 0 ? 1 : options.damping;
  if (options.flux != "auto") {
    scheme.flux = fv::parse_flux(options.flux);
    answer.why = smooth && scheme.flux == fv::Flux::limited
                     ? "asked for: stationary densities and evolutions are limited, all else is of order 8"
                     : "asked for";
  } else if (sde.dimension() == 1 && !smooth) {
    scheme.flux = fv::Flux::exact;
    answer.why = "one variable: the two-point flux is exact at the nodes";
  } else {
    scheme.flux = fv::Flux::order8;
    answer.why = sde.dimension() == 1 ? "smooth unknowns: highest order"
                                      : "several variables: highest order; directions without noise are upwind-biased";
  }
  if (sde.dimension() > 1 && scheme.flux == fv::Flux::exact) {
    throw core::SettingsError("scheme.flux = exact is for one variable; this model has " +
                              std::to_string(sde.dimension()) + ": use monotone, limited or an order");
  }
  answer.flux = fv::to_string(scheme.flux);
  answer.damping = fv::two_point(scheme.flux) ? 0 : scheme.damping;
  return scheme;
}

bool settle_mesh(MPI_Comm comm, const model::Sde& sde, const Options& options, const Reach& reach, Answer& answer) {
  answer.mesh = within_limit(options, answer);
  if (std::none_of(options.mesh.begin(), options.mesh.end(), [](const auto& axis) { return axis.automatic(); })) {
    return true;
  }
  report_progress(comm, options, "domain", 0);
  Domain domain;
  if (sde.dimension() == 1) {
    la::guard(comm, [&] { domain = choose_line(sde, answer.mesh[0], reach); });
  } else {
    domain = choose_box(comm, sde, answer.mesh, reach);
  }
  answer.remarks.insert(answer.remarks.end(), domain.remarks.begin(), domain.remarks.end());
  if (!domain.refusal.empty()) {
    answer.verdict = Verdict::no_stationary_density;
    answer.reason = domain.refusal;
    return false;
  }
  answer.mesh = domain.mesh;
  return true;
}

void doubt(Answer& answer, const std::string& reason) {
  if (!reason.empty() && answer.verdict == Verdict::converged) {
    answer.verdict = Verdict::not_converged;
    answer.reason = reason;
  }
}

Stopwatch::Stopwatch(Answer& answer) : answer_(answer), last_(MPI_Wtime()) {}

void Stopwatch::lap(const std::string& phase) {
  const double now = MPI_Wtime();
  answer_.seconds[phase] += now - last_;
  last_ = now;
}

}  // namespace sgdflux::study
