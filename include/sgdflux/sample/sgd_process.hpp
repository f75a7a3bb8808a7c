#pragma once
/// Stochastic gradient descent itself, on data: diagonal linear networks with all their weights, linear regression.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sgdflux/sample/process.hpp"

namespace sgdflux::sample {

/// How minibatches come from the data. Without replacement a workspace holds an order of the rows for every path of its
/// block, 4N bytes each; keep a workspace for every block, or the orders are made anew with every call of advance().
enum class Replacement {
  on,     ///< every member drawn anew from all rows
  off,    ///< reshuffled epochs: a random order of the rows, cut into floor(N/S) batches, a new order every epoch
  stream  ///< one pass: every row once, in an order of its own per path; generated data are an endless stream
};

/// Rows of a data set, or the law y = slope·x + label_noise·ε with x, ε ~ N(0, 1) when `x` has no rows.
struct TrainingData {
  Eigen::MatrixXd x{};  ///< N × inputs
  Eigen::VectorXd y{};  ///< N
  double slope = 1;
  double label_noise = 1;
  [[nodiscard]] bool generated() const { return x.rows() == 0; }
};

/// v ← βv − g_B(θ) − λθ, θ ← θ + ηv: g_B is the mean of the gradients over the minibatch.
struct SgdOptions {
  double eta = 0.01;
  Index batch = 1;
  double momentum = 0;      ///< β in [0, 1)
  double weight_decay = 0;  ///< λ ≥ 0; a loss with γ|θ|² has λ = 2γ
  Replacement replacement = Replacement::on;
  std::uint64_t seed = 1;
  /// Learning rate and batch size of a step; empty: constant. Batch sizes are rounded to integers ≥ 1. Without
  /// replacement positions in the epoch advance by the batch sizes; a batch that does not fit into what is left of the
  /// rows starts the next epoch (a stream ends there). advance() throws SettingsError at a step where one leaves its
  /// range, the same on every rank.
  std::function<double(std::int64_t)> eta_schedule{}, batch_schedule{};
  /// @throws SettingsError naming key (sample.eta, sample.batch, …), value and range; also for batches larger than the
  /// data without replacement, for schedules out of range at step 0, for data that are not finite and for generated
  /// data that are to be reshuffled. Batches have at most 2²⁰ members, tables 2²⁸ rows, runs 2⁴⁰ steps.
  void validate(const TrainingData& data) const;
};

/// Diagonal linear network f(x) = (Σ_i Π_k w_k,i) x, loss (f − y)² averaged over the batch (no ½), one input.
struct NetworkShape {
  int depth = 1;  ///< hidden layers D; D + 1 weights per channel
  int width = 1;  ///< channels d
};
/// Weights at the start, (D+1)·d numbers, layer by layer: w_0,1 … w_0,d, w_1,1, …. State: weights, then velocities when
/// momentum > 0. Quantities of depth ≥ 1: s = ln|v|, then v, of depth 1 and width 1 also phi = ½ln|w_0/w_1| in second
/// place when `pair`, and u, w, imbalance = u² − w² after v, as the model balance-pair names them; of depth 0: v. Then
/// channel1 … channeld (Π_k w_k,i) when d > 1 and all weights as w<layer>_<channel>.
[[nodiscard]] std::unique_ptr<Process> make_network_sgd(const NetworkShape& shape, const Eigen::VectorXd& start,
                                                        bool pair, const TrainingData& data, const SgdOptions& options);

/// Linear regression in all its weights, loss ½(x·θ − y)² averaged over the batch; starts at the minimum μ =
/// (H+λ)⁺XᵀY/N (H = XᵀX/N) plus `start` (coordinates along the eigenvectors observed, may be empty). Observed along
/// eigenvectors number modes[i] (0 = largest eigenvalue) of H: one mode: theta, v; several: theta1, v1, theta2, v2, …,
/// with theta_i = q_i·(θ − μ) and v_i = q_i·v, signs fixed by the largest component of q_i being positive. State: θ −
/// μ, v. Where H + λ is singular μ is the minimum nearest 0, and theta of a mode with eigenvalue 0 keeps its start for
/// ever. Generated data have one weight and H = 1.
[[nodiscard]] std::unique_ptr<Process> make_regression_sgd(const std::vector<int>& modes, const Eigen::VectorXd& start,
                                                           const TrainingData& data, const SgdOptions& options);

}  // namespace sgdflux::sample
