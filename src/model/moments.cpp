#include "model/moments.hpp"

#include <cmath>
#include <limits>
#include <sstream>

#include "sgdflux/core/errors.hpp"

namespace sgdflux::model {

using core::ParameterInfo;
using core::ParameterKind;
using core::Range;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr Range positive{0, infinity, true};
constexpr Range not_negative{0};

ParameterInfo real(std::string name, std::string unit, std::string meaning, std::string standard, Range range = {}) {
  return {std::move(name), std::move(unit), std::move(meaning), std::move(standard), ParameterKind::real, range, false};
}

ParameterInfo optional_real(std::string name, std::string meaning) {
  return {std::move(name), "1", std::move(meaning), "", ParameterKind::real, positive, true};
}

}  // namespace

// Noiseless data have Δ = 0 exactly, but not in doubles.
double Moments::delta() const {
  const double value = alpha1 * alpha3 - alpha2 * alpha2;
  const double rounding = 16 * std::numeric_limits<double>::epsilon() * alpha1 * alpha3;
  return std::abs(value) <= rounding ? 0.0 : value;
}

SquareForm Moments::square_form() const {
  return alpha1 == 0 ? SquareForm{0, 0, alpha3} : SquareForm{alpha1, alpha2 / alpha1, delta() / alpha1};
}

Eigen::ArrayXd Moments::variance(const Eigen::ArrayXd& v) const {
  if (alpha1 == 0) {
    return Eigen::ArrayXd::Constant(v.size(), alpha3);
  }
  return alpha1 * (v - alpha2 / alpha1).square() + delta() / alpha1;
}

Moments Moments::mirrored() const {
  Moments mirror = *this;
  mirror.beta2 = -beta2;
  mirror.alpha2 = -alpha2;
  return mirror;
}

std::vector<ParameterInfo> moment_parameters() {
  return {real("T", "1", "temperature, learning rate over batch size; or give eta and batch", "0.1", positive),
          optional_real("eta", "learning rate; T = eta/batch"),
          optional_real("batch", "batch size; T = eta/batch"),
          real("gamma", "1", "weight decay: the loss gains gamma times the sum of squared weights", "0", not_negative),
          real("alpha1", "1", "Var[x^2]", "2", not_negative),
          real("alpha2", "1", "Cov[x^2, xy]", "2"),
          real("alpha3", "1", "Var[xy]; Delta = alpha1*alpha3 - alpha2^2 >= 0", "3", not_negative),
          real("beta1", "1", "E[x^2]", "1", positive),
          real("beta2", "1", "E[xy]", "1")};
}

void resolve_temperature(core::Parameters& parameters) {
  const bool eta = parameters.given("eta");
  const bool batch = parameters.given("batch");
  if (parameters.given("T") && (eta || batch)) {
    throw core::SettingsError(
        "model.T and model.eta, model.batch are both given: give either T or eta and batch (T = eta/batch)");
  }
  if (eta != batch) {
    throw core::SettingsError(std::string("model.") +
                              (eta ? "eta is given without model.batch" : "batch is given without model.eta") +
                              ": give both (T = eta/batch) or T alone");
  }
  if (eta) {
    parameters.set("T", parameters.real("eta") / parameters.real("batch"));
  }
}

Moments moments_of(const core::Parameters& parameters) {
  const auto value = [&](const char* name) { return parameters.real(name); };
  const Moments moments{value("beta1"),  value("beta2"), value("alpha1"), value("alpha2"),
                        value("alpha3"), value("T"),     value("gamma")};
  if (moments.delta() < 0) {
    std::ostringstream message;
    message << "model.alpha1, alpha2, alpha3 = " << moments.alpha1 << ", " << moments.alpha2 << ", " << moments.alpha3
            << ": Delta = alpha1*alpha3 - alpha2^2 = " << moments.delta() << " is out of range; allowed is Delta >= 0";
    throw core::SettingsError(message.str());
  }
  return moments;
}

}  // namespace sgdflux::model
