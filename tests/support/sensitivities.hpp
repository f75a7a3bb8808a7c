#pragma once
/// Families of models over one parameter, their sensitivities, and differences of what they should agree with.
#include <array>

#include "studying.hpp"

namespace sgdflux::test {

/// Central difference of sixth order.
inline double central(const std::function<double(double)>& f, double at, double step) {
  const std::array<double, 3> weights = {3. / 4, -3. / 20, 1. / 60};
  double sum = 0;
  for (std::size_t k = 0; k < weights.size(); ++k) {
    const double far = static_cast<double>(k + 1) * step;
    sum += weights[k] * (f(at + far) - f(at - far));
  }
  return sum / step;
}

/// A model whose numeric settings and formulas hold at a value of one of its parameters.
struct Family {
  Lines lines;
  std::string parameter;
  double value;
  double step;
  Lines formulas = {};  ///< name and expression

  [[nodiscard]] std::shared_ptr<study::Neighbour> at(double p) const {
    Lines all = lines;
    all.emplace_back(parameter, number(p));
    auto result = std::make_shared<study::Neighbour>();
    result->sde = make_model(all);
    for (const auto& [name, expression] : formulas) {
      result->observables.emplace_back(*result->sde, name, expression);
    }
    return result;
  }

  /// The study at `p`, with sensitivities by the parameter if `vary`.
  [[nodiscard]] study::StationaryAnswer study(const std::vector<mesh::AxisSpec>& mesh, double p, bool vary,
                                              const StudySetup& setup = {}, MPI_Comm comm = MPI_COMM_SELF) const {
    const auto here = at(p);
    study::StationaryOptions options;
    options.mesh = mesh;
    options.flux = setup.flux;
    options.estimate = setup.estimate;
    if (vary) {
      options.variations = {{parameter, p, step, [this](double q) { return at(q); }}};
    }
    return study::stationary(comm, *here->sde, options, here->observables);
  }

  [[nodiscard]] study::StationaryAnswer study(const std::vector<std::string>& axes, const StudySetup& setup = {},
                                              MPI_Comm comm = MPI_COMM_SELF) const {
    return study(make_mesh(*at(value)->sde, axes), value, true, setup, comm);
  }
};

/// The sensitivity of an average, which must have a value.
inline core::Estimate sensitivity(const study::StationaryAnswer& answer, const std::string& parameter,
                                  const std::string& name) {
  const auto found = answer.sensitivities.find(parameter);
  if (found == answer.sensitivities.end() || found->second.count(name) == 0 || !found->second.at(name).value) {
    ADD_FAILURE() << "no derivative of " << name << " by " << parameter << ": " << answer.reason
                  << (found != answer.sensitivities.end() && found->second.count(name) > 0
                          ? found->second.at(name).reason
                          : "");
    return {0., 0., {}};
  }
  return found->second.at(name);
}

/// Against a truth: relative to `scale` and within the own error, which is no larger than `claim`·scale.
inline void expect_sensitivity(const study::StationaryAnswer& answer, const std::string& parameter,
                               const std::string& name, double truth, double tolerance, double claim) {
  const core::Estimate found = sensitivity(answer, parameter, name);
  const double scale = std::max(std::abs(truth), 1e-9);
  EXPECT_NEAR(*found.value, truth, tolerance * scale) << "d " << name << " / d " << parameter;
  EXPECT_LE(std::abs(*found.value - truth), *found.error)
      << "d " << name << " / d " << parameter << " = " << number(*found.value) << ", truth " << number(truth);
  EXPECT_LE(*found.error, claim * scale) << "d " << name << " / d " << parameter;
}

}  // namespace sgdflux::test
