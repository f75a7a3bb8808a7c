#include "sgdflux/theory/reference.hpp"

#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "sgdflux/theory/kunin_2021.hpp"
#include "sgdflux/theory/ornstein_uhlenbeck.hpp"
#include "sgdflux/theory/ziyin_2023.hpp"

namespace sgdflux::theory {
namespace {

using Table = std::map<std::string, double>;

void add(Table& table, const std::string& name, const std::optional<double>& value) {
  if (value && std::isfinite(*value)) {
    table[name] = *value;
  }
}

// ---- diagonal network -----------------------------------------------------------------------------------------------

DiagonalNetwork network_of(const core::Parameters& p) {
  DiagonalNetwork network;
  network.moments = {p.real("beta1"), p.real("beta2"), p.real("alpha1"), p.real("alpha2"), p.real("alpha3")};
  network.depth = p.integer("depth");
  network.width = p.real("width");
  network.temperature = p.real("T");
  network.gamma = p.real("gamma");
  network.sign = p.integer("sign");
  return network;
}

Table network_observables(const DiagonalNetwork& network, const DiagonalNetworkLaw& law) {
  Table table;
  add(table, "mean.v", law.mean_v());
  add(table, "cov.v.v", law.variance_v());
  add(table, "mode.v", law.mode_v());
  add(table, "tail_exponent", tail_exponent(network));
  if (network.depth > 0) {
    add(table, "mean.s", law.mean_s());
    add(table, "cov.s.s", law.variance_s());
    add(table, "cov.s.v", law.covariance_s_v());
    add(table, "mode.s", law.mode_s());
  }
  if (network.depth == 1) {
    const DataMoments branch = network.sign > 0 ? network.moments : network.moments.mirrored();
    add(table, "T_c", critical_temperature(branch, network.gamma));
    add(table, "T_origin", origin_temperature(branch, network.gamma));
    add(table, "T_star", mode_vanishing_temperature(branch, network.gamma));
  }
  return table;
}

std::shared_ptr<const Reference> diagonal_network(const model::Sde& sde) {
  const DiagonalNetwork network = network_of(sde.parameters());
  if (sde.parameters().integer("second_order") != 0 || !DiagonalNetworkLaw::exists(network)) {
    return nullptr;
  }
  const auto law = std::make_shared<const DiagonalNetworkLaw>(network);
  auto result = std::make_shared<Reference>();
  result->source = "Ziyin, Li & Ueda, arXiv 2308.06671, stationary density at depth " + std::to_string(network.depth) +
                   ", docs/theory.md Eq. " +
                   (network.depth == 0   ? "2.4"
                    : network.depth == 1 ? "2.5"
                                         : "2.6");
  result->log_density = [law](core::BatchView x) -> Eigen::ArrayXd {
    return x.col(0).unaryExpr([&law](double value) { return law->log_density(value); });
  };
  result->observables = network_observables(network, *law);
  result->outside_mass = [law](const Eigen::VectorXd& lower, const Eigen::VectorXd& upper) {
    return law->outside_mass(lower[0], upper[0]);
  };
  return result;
}

// ---- Gaussian laws --------------------------------------------------------------------------------------------------

Table gaussian_observables(const std::vector<std::string>& names, const GaussianLaw& law) {
  Table table;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto row = static_cast<Eigen::Index>(i);
    table["mean." + names[i]] = law.mean()[row];
    table["mode." + names[i]] = law.mean()[row];
    for (std::size_t j = i; j < names.size(); ++j) {
      table["cov." + names[i] + "." + names[j]] = law.covariance()(row, static_cast<Eigen::Index>(j));
      if (j > i) {
        table["circulation." + names[i] + "." + names[j]] = law.circulation(static_cast<int>(i), static_cast<int>(j));
      }
    }
  }
  add(table, "entropy_production", law.entropy_production());
  return table;
}

/// Means and covariances of derived quantities that are affine functions of the variables.
void add_affine_quantities(const model::Sde& sde, const GaussianLaw& law, Table& table) {
  const auto n = static_cast<Eigen::Index>(sde.dimension());
  const auto count = static_cast<Eigen::Index>(sde.derived().size());
  std::vector<std::string> names = sde.variables();
  Eigen::MatrixXd slope = Eigen::MatrixXd::Identity(n + count, n);
  Eigen::VectorXd offset = Eigen::VectorXd::Zero(n + count);
  for (Eigen::Index k = 0; k < count; ++k) {
    names.push_back(sde.derived()[static_cast<std::size_t>(k)].name);
    offset[n + k] = sde.derive(static_cast<int>(k), core::Batch::Zero(1, n))[0];
    slope.row(n + k) =
        (sde.derive(static_cast<int>(k), Eigen::MatrixXd::Identity(n, n).array()) - offset[n + k]).matrix();
  }
  const Eigen::VectorXd mean = offset + slope * law.mean();
  const Eigen::MatrixXd covariance = slope * law.covariance() * slope.transpose();
  for (Eigen::Index j = n; j < n + count; ++j) {
    const std::string& name = names[static_cast<std::size_t>(j)];
    table["mean." + name] = mean[j];
    table["mode." + name] = mean[j];
    for (Eigen::Index i = 0; i <= j; ++i) {
      table["cov." + names[static_cast<std::size_t>(i)] + "." + name] = covariance(i, j);
    }
  }
}

std::shared_ptr<const Reference> gaussian(const model::Sde& sde, GaussianLaw gaussian_law, std::string source) {
  const auto law = std::make_shared<const GaussianLaw>(std::move(gaussian_law));
  auto result = std::make_shared<Reference>();
  result->source = std::move(source);
  result->log_density = [law](core::BatchView x) { return law->log_density(x); };
  if (!law->velocity().isZero(0)) {
    result->current = [law](core::BatchView x) { return law->current(x); };
  }
  result->observables = gaussian_observables(sde.variables(), *law);
  add_affine_quantities(sde, *law, result->observables);
  result->outside_mass = [law](const Eigen::VectorXd& lower, const Eigen::VectorXd& upper) {
    return law->outside_mass(lower, upper);
  };
  return result;
}

const char* const lyapunov_source =
    "Gaussian law from the Lyapunov equation A C + C A^T = s s^T (docs/theory.md Eq. 3.5)";

/// The law of a linear model whose drift vanishes at its typical point, from its own coefficients.
std::shared_ptr<const Reference> lyapunov(const model::Sde& sde) {
  const auto n = static_cast<Eigen::Index>(sde.dimension());
  const Eigen::VectorXd center = sde.typical_point();
  const core::Batch steps = (Eigen::MatrixXd::Identity(n, n).rowwise() + center.transpose()).array();
  const Eigen::MatrixXd drift = -sde.drift(steps).matrix().transpose();
  const core::Batch factor = sde.noise_factor(center.transpose().array());
  const Eigen::MatrixXd noise = factor.matrix().reshaped(sde.noises(), n).transpose();
  if (!GaussianLaw::exists(drift, noise)) {
    return nullptr;
  }
  return gaussian(sde, GaussianLaw::stationary(drift, noise, center), lyapunov_source);
}

std::shared_ptr<const Reference> ornstein_uhlenbeck(const model::Sde& sde) {
  const core::Parameters& p = sde.parameters();
  if (p.text("coordinates") == "modes") {
    return lyapunov(sde);
  }
  const Eigen::MatrixXd& drift = p.matrix("drift_matrix");
  const Eigen::MatrixXd& noise = p.matrix("noise_matrix");
  if (!GaussianLaw::exists(drift, noise)) {
    return nullptr;
  }
  return gaussian(sde, GaussianLaw::stationary(drift, noise, p.matrix("center").reshaped()), lyapunov_source);
}

std::shared_ptr<const Reference> momentum_regression(const model::Sde& sde) {
  const core::Parameters& p = sde.parameters();
  if (p.real("noise_correlation") != 0) {
    return lyapunov(sde);
  }
  const MomentumRegression problem{p.real("eta"), p.real("beta"), p.real("batch"), p.real("weight_decay"),
                                   p.real("sigma2")};
  return gaussian(sde, problem.stationary(p.matrix("rho").reshaped()),
                  "Kunin et al., arXiv 2107.09133, stationary law of SGD with momentum, docs/theory.md Eq. 3.3");
}

struct Row {
  const char* model;
  std::shared_ptr<const Reference> (*make)(const model::Sde&);
};

/// Every model with an exact stationary law; a new one is one line here and one file for its source.
constexpr Row table[] = {
    {"diagonal-network", diagonal_network},
    {"momentum-regression", momentum_regression},
    {"ornstein-uhlenbeck", ornstein_uhlenbeck},
};

}  // namespace

std::shared_ptr<const Reference> reference(const model::Sde& sde) {
  for (const Row& row : table) {
    if (sde.name() == row.model) {
      return row.make(sde);
    }
  }
  return nullptr;
}

}  // namespace sgdflux::theory
