#include <algorithm>
#include <cmath>

#include "components.hpp"
#include "sgdflux/la/handle.hpp"
#include "sgdflux/theory/lie_rank.hpp"
#include "sgdflux/theory/noiseless.hpp"

namespace sgdflux::study {
namespace {

constexpr double widths_of_mesh = 10;  ///< a given mesh spans about so many scales of the coefficients

/// Where a model is looked at: a given mesh, or around the typical point.
struct Place {
  Eigen::VectorXd centre;
  Eigen::VectorXd scale;
};

Place place_of(const model::Sde& sde, const std::vector<mesh::AxisSpec>& mesh) {
  Place place{sde.typical_point(), Eigen::VectorXd::Ones(sde.dimension())};
  for (int d = 0; d < sde.dimension(); ++d) {
    const auto& axis = mesh[static_cast<std::size_t>(d)];
    if (!axis.automatic()) {
      place.centre(d) = (axis.arguments[0] + axis.arguments[1]) / 2;
      place.scale(d) = (axis.arguments[1] - axis.arguments[0]) / widths_of_mesh;
    }
  }
  return place;
}

bool is_noiseless(const model::Sde& sde, const Place& place) {
  const Eigen::VectorXd typical = sde.typical_point();
  for (const double reach : {1e-3, 1., 5., 1e3}) {
    if (!theory::is_noiseless(sde, theory::probe_points(sde, place.centre, reach * place.scale)) ||
        !theory::is_noiseless(sde, theory::probe_points(sde, typical, reach * place.scale))) {
      return false;
    }
  }
  return true;
}

/// Whether a covector is a single periodic variable, which a flow without rest points fills evenly.
bool turns_round(const Question& question, const Eigen::VectorXd& covector, const Place& place) {
  Eigen::Index axis = 0;
  covector.cwiseAbs().maxCoeff(&axis);
  const bool single = (covector.array().abs() > 1e-5).count() == 1;
  if (!single || question.options.mesh[static_cast<std::size_t>(axis)].lower != mesh::Boundary::periodic) {
    return false;
  }
  const Eigen::ArrayXd speed =
      question.sde.drift(theory::probe_points(question.sde, place.centre, 2 * place.scale)).col(axis);
  return (speed > 0).all() || (speed < 0).all();
}

std::string ranks(int rank, const model::Sde& sde, int points) {
  return "rank " + std::to_string(rank) + " instead of " + std::to_string(sde.dimension()) + " at all " +
         std::to_string(points) + " points probed";
}

void judge(const Question& question, const Place& place, StationaryAnswer& answer) {
  const model::Sde& sde = question.sde;
  const theory::LieRank rank = theory::lie_rank(sde, place.centre, place.scale);
  if (rank.points == 0 || rank.noise == sde.dimension()) {
    return;
  }
  if (rank.all < sde.dimension()) {
    answer.verdict = Verdict::several_ergodic_components;
    answer.reason = "a conserved quantity is suspected: " +
                    (rank.still ? theory::combination(sde.variables(), *rank.still) + " does not change along any path"
                                : "paths stay on surfaces of fewer dimensions") +
                    " (the Lie algebra of drift and noise has " + ranks(rank.all, sde, rank.points) +
                    "), so that each of its values has stationary laws of its own";
  } else if (rank.noiseless && !turns_round(question, *rank.noiseless, place)) {
    answer.verdict = Verdict::no_stationary_density;
    answer.reason = theory::combination(sde.variables(), *rank.noiseless) +
                    " moves without noise (brackets of noise and drift have " + ranks(rank.noise, sde, rank.points) +
                    "): a deterministic flow on a line ends at its rest points, and the stationary law has no density";
  }
}

}  // namespace

std::optional<StationaryAnswer> refuse_degenerate(const Question& question) {
  const auto& mesh = question.options.mesh;
  if (std::any_of(mesh.begin(), mesh.end(), [](const mesh::AxisSpec& axis) {
        return axis.lower == mesh::Boundary::absorbing || axis.upper == mesh::Boundary::absorbing;
      })) {
    return std::nullopt;
  }
  StationaryAnswer answer;
  la::guard(question.comm, [&] {
    const Place place = place_of(question.sde, mesh);
    if (is_noiseless(question.sde, place)) {
      answer.verdict = Verdict::no_stationary_density;
      answer.reason = "the noise is identically zero: a deterministic flow has no stationary density";
    } else if (question.sde.dimension() > 1) {
      judge(question, place, answer);
    }
  });
  answer.mesh = mesh;
  return answer.verdict == Verdict::converged ? std::nullopt : std::optional(answer);
}

}  // namespace sgdflux::study
