#pragma once
/// What an equation is found to be at points far and near: linear with constant noise, kinetic, of simple noise.
/// Points are no proof; integrators that rely on the form check it again where paths are.
#include <optional>
#include <vector>

#include "sgdflux/model/sde.hpp"

namespace sgdflux::sample {

using core::Batch;
using core::Index;

/// b(x) = slope·x + constant, s(x) = noise.
struct LinearEquation {
  Eigen::MatrixXd slope;
  Eigen::VectorXd constant;
  Eigen::MatrixXd noise;
};
[[nodiscard]] std::optional<LinearEquation> linear_equation(const model::Sde& sde);

/// Whether drift and noise factor are affine functions, so that explicit steps do not explode.
[[nodiscard]] bool is_affine(const model::Sde& sde);

/// dx_i = v_i dt, dv = (F(x) − friction·v) dt + noise dW.
struct KineticEquation {
  std::vector<Index> positions;   ///< variables x_i
  std::vector<Index> velocities;  ///< variables v_i in the same order
  Eigen::MatrixXd friction;
  Eigen::MatrixXd noise;  ///< velocities × noises
};
[[nodiscard]] std::optional<KineticEquation> kinetic_equation(const model::Sde& sde);

/// Whether there is one Wiener process, or each acts on a variable of its own with a factor that does not depend on
/// the other variables that have noise: then iterated integrals of different processes are not needed.
[[nodiscard]] bool has_commuting_noise(const model::Sde& sde);

/// Agreement of two numbers up to the rounding of terms of that size.
[[nodiscard]] bool agrees(double found, double expected, double terms);

}  // namespace sgdflux::sample
