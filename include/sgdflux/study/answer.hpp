#pragma once
/// What studies answer: every number with its error, and the fields behind them.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/core/estimate.hpp"
#include "sgdflux/mesh/partition.hpp"
#include "sgdflux/study/solve_record.hpp"

namespace sgdflux::study {

enum class Verdict { converged, not_converged, no_stationary_density, several_ergodic_components, disagreement };
[[nodiscard]] std::string to_string(Verdict verdict);
[[nodiscard]] core::ExitCode exit_code(Verdict verdict);

/// Accounts of conservation and sign of the computed density; cell mass = P·(ξ-volume of a cell).
struct Audit {
  double mass_error = 0;     ///< largest share of mass that a jump of the discrete process loses (column sums), and |Σ
                             ///< mass − 1|, whichever is larger
  double negative_mass = 0;  ///< Σ of negative cell masses, as a positive number
  double min_density = 0;    ///< smallest density in the model's variables
  double residual = 0;       ///< Σ|L P| over cells, per unit time
  double outside_mass = 0;   ///< estimated probability outside the mesh
};

struct CurrentSummary {
  double max = 0;                                    ///< largest |J_d| over axes and faces (physical coordinates)
  double divergence = 0;                             ///< largest |∇·J| in units of max|J| / domain length
  std::map<std::string, core::Estimate> quantities;  ///< net.x, circulation.a.b, entropy_production
};

struct ReferenceComparison {
  std::string source;
  std::optional<double> l1;  ///< Σ|cell mass − exact cell mass| + exact mass outside
  std::optional<double>
      current_l2;  ///< ‖J − J_exact‖₂ / ‖J_exact‖₂ over faces, when the exact current is known and nonzero
  std::map<std::string, double> observables;
};

/// How the errors of an automatic mesh compare with its target.
struct Accuracy {
  double tolerance = 0;
  bool demanded = false;  ///< by the user: missing it is a verdict, not a remark
  bool reached = false;
  std::string largest;     ///< quantity with the largest relative error
  double relative = 0;     ///< that error over the quantity's scale
  int rounds = 0;          ///< how often cells were added
  std::string stopped_by;  ///< max_cells, memory, effort, domain, rounding or stagnation; empty when reached
};

/// Decay of the density of a variable towards a truncated end of the natural domain.
struct TailDecay {
  std::string axis;
  bool upper = false;
  std::string kind;  ///< algebraic: p ~ |x|^exponent (distance^exponent at a finite end); exponential: p ~
                     ///< e^{exponent x}; light: faster than any power, no exponent
  double exponent = 0;
  double error = 0;    ///< absolute; of exact exponents that of their limit
  bool exact = false;  ///< from the coefficients (one variable), not fitted
};

/// Field of one rank's box, see io::FieldData.
struct Field {
  std::string path, meaning;
  mesh::Cell shape{1, 1, 1, 1};
  int dimension = 1;
  mesh::Box box;
  std::vector<double> values;
};
/// Array known to every rank (marginals; 1-D densities of derived quantities), see io::ArrayData.
struct Array {
  std::string path, meaning;
  std::vector<core::Index> shape;
  std::vector<double> values;
};

/// Numbers along `times` (or frequencies), each with its absolute error; what does not exist is NaN with a reason.
struct Series {
  std::vector<double> values;
  std::vector<double> errors;
  std::string reason;
};

/// What all studies answer.
struct Answer {
  Verdict verdict = Verdict::converged;
  std::string reason;                ///< in words; empty when converged without remarks
  std::vector<mesh::AxisSpec> mesh;  ///< resolved axes
  std::string flux, why;             ///< flux used, and why
  double damping = 0;
  /// Of a monotone flux: added_diffusion (mean over the density of the trace that the scheme adds to the noise,
  /// relative to its trace in units of cells), offset_radius and noise_floor (see fv::LatticeNoise); of a limited one:
  /// limited_cells and limited_mass (the share of the mass in them).
  std::map<std::string, double> scheme_numbers;
  std::string solver;               ///< what the solvers did, in words
  std::vector<SolveRecord> solves;  ///< linear solves of the first grid and of those that it started from, in order
  Audit audit;
  std::map<std::string, core::Estimate> observables;  ///< empty unless converged or not_converged
  std::vector<Field> fields;
  std::vector<Array> arrays;
  std::map<std::string, double> seconds;  ///< assemble, solve, estimate, observe
  std::vector<std::string> remarks;
};

/// A part of the state space that no path leaves and that has a stationary density of its own.
struct Component {
  std::string where;                                  ///< "x > 0", or the place of its peak
  core::Estimate weight;                              ///< share of the start density that it receives in the end
  std::vector<mesh::AxisSpec> mesh;                   ///< axes it was solved on
  std::map<std::string, core::Estimate> observables;  ///< of its own density
  std::string reason;                                 ///< why its numbers are in doubt; empty if they are not
  std::vector<Array> profiles;                        ///< one variable: values of it and the density there
};

/// A point that paths do not leave.
struct Atom {
  std::string where;
  core::Estimate weight;
  std::optional<bool> attracts;  ///< whether mass ends there; empty where it was not decided
};

struct StationaryAnswer : Answer {
  CurrentSummary current;
  std::optional<double>
      density_error;  ///< estimate of ∫|p − p_exact|, over the natural domain; empty without a density
  std::optional<ReferenceComparison> reference;
  std::vector<Component> components;  ///< empty where there is nothing to tell apart
  std::vector<Atom> points;
  std::vector<TailDecay> tails;      ///< of truncated ends; the marginal densities' in several variables
  std::optional<Accuracy> accuracy;  ///< of automatic meshes with error estimates
  /// By parameter: d⟨f⟩/dp of means, covariances and formulas under their names (see Variation).
  std::map<std::string, std::map<std::string, core::Estimate>> sensitivities;
};

}  // namespace sgdflux::study
