/// Minibatch SGD on the diagonal linear network of Ziyin, Li & Ueda, arXiv 2308.06671, with all its weights.
#include <cmath>
#include <utility>

#include "sample/slope_gradient.hpp"
#include "sgdflux/core/elementary.hpp"
#include "sgdflux/core/errors.hpp"

namespace sgdflux::sample {
namespace {

using Eigen::ArrayXd;

std::string plural(int count, const std::string& noun) {
  return std::to_string(count) + ' ' + noun + (count == 1 ? "" : "s");
}

void add_channels(const NetworkShape& shape, std::vector<std::string>& names) {
  for (int channel = 1; channel <= shape.width && shape.width > 1; ++channel) {
    names.push_back("channel" + std::to_string(channel));
  }
}

void add_weights(const NetworkShape& shape, std::vector<std::string>& names) {
  for (int layer = 0; layer <= shape.depth; ++layer) {
    for (int channel = 1; channel <= shape.width; ++channel) {
      names.push_back('w' + std::to_string(layer) + '_' + std::to_string(channel));
    }
  }
}

std::vector<std::string> quantities_of(const NetworkShape& shape, bool pair) {
  std::vector<std::string> names{"s", "v"};
  if (shape.depth == 0) {
    names = {"v"};
  } else if (pair) {
    names = {"s", "phi", "v", "u", "w", "imbalance"};
  }
  add_channels(shape, names);
  add_weights(shape, names);
  return names;
}

/// Eigen's own logarithm has other digits in the remainder of a block than in its packets.
ArrayXd log_abs(ArrayXd x) {
  double* const value = x.data();
  const Index count = x.size();
  for (Index k = 0; k < count; ++k) {
    value[k] = core::elementary::log(std::abs(value[k]));
  }
  return x;
}

class NetworkSgd final : public Process {
 public:
  NetworkSgd(const NetworkShape& shape, Eigen::VectorXd start, bool pair, const TrainingData& data,
             const SgdOptions& options)
      : Process(quantities_of(shape, pair), pair ? 2 : 1),
        layers_(shape.depth + 1),
        width_(shape.width),
        pair_(pair),
        start_(std::move(start)),
        momentum_(options.momentum),
        decay_(options.weight_decay),
        schedule_(options, data),
        gradient_(data, options) {}

  std::string words() const override;
  int state_size() const override { return weights() * (momentum_ > 0 ? 2 : 1); }
  double time(std::int64_t steps) const override { return schedule_.time(steps); }
  std::int64_t last_step() const override { return schedule_.last_step(); }
  Batch start(Index first, Index count) const override;
  std::unique_ptr<Workspace> workspace(Index count) const override;
  void advance(Batch& state, Index first, std::int64_t from, std::int64_t steps, Workspace* workspace) const override;
  Batch observe(const Batch& state) const override;

 private:
  struct Cache final : Workspace {
    SgdPosition position;
    SlopeGradient::Cache data;
    ArrayXd slope, gradient, prefix;
    Batch suffix;  ///< column k: Π_{l > k} w_l of one channel
  };

  int weights() const { return layers_ * width_; }
  int weight(int layer, int channel) const { return layer * width_ + channel; }
  void multiply(const Batch& state, int channel, ArrayXd& product) const;
  void forward(const Batch& state, ArrayXd& slope, ArrayXd& product) const;
  void backward(Batch& state, int channel, double eta, Cache& cache) const;
  void update(Batch& state, int weight, double eta, ArrayXd& prefix, const double* suffix) const;

  int layers_;
  int width_;
  bool pair_;
  Eigen::VectorXd start_;
  double momentum_;
  double decay_;
  SgdSchedule schedule_;
  SlopeGradient gradient_;
};

std::string NetworkSgd::words() const {
  return "minibatch SGD on the " + plural(weights(), "weight") + " of a diagonal network with " +
         plural(layers_ - 1, "hidden layer") + " of " + plural(width_, "channel") + ", no step error";
}

Batch NetworkSgd::start(Index, Index count) const {
  Batch state = Batch::Zero(count, state_size());
  state.leftCols(weights()).rowwise() = start_.transpose().array();
  return state;
}

std::unique_ptr<Process::Workspace> NetworkSgd::workspace(Index count) const {
  auto cache = std::make_unique<Cache>();
  cache->data = gradient_.cache(count);
  cache->slope.resize(count);
  cache->gradient.resize(count);
  cache->prefix.resize(count);
  cache->suffix.resize(count, layers_);
  return cache;
}

void NetworkSgd::advance(Batch& state, Index first, std::int64_t from, std::int64_t steps, Workspace* workspace) const {
  schedule_.check(from, steps);
  const std::unique_ptr<Workspace> own = workspace == nullptr ? this->workspace(state.rows()) : nullptr;
  auto& cache = static_cast<Cache&>(workspace == nullptr ? *own : *workspace);
  schedule_.seek(cache.position, from);
  for (std::int64_t count = 0; count < steps; ++count) {
    const SgdStep step = schedule_.next(cache.position);
    forward(state, cache.slope, cache.prefix);
    gradient_({first, state.rows()}, step, cache.slope.data(), cache.gradient.data(), cache.data);
    for (int channel = 0; channel < width_; ++channel) {
      backward(state, channel, step.eta, cache);
    }
  }
}

/// Π_k w_k of one channel.
void NetworkSgd::multiply(const Batch& state, int channel, ArrayXd& product) const {
  product = state.col(weight(0, channel));
  for (int layer = 1; layer < layers_; ++layer) {
    product *= state.col(weight(layer, channel));
  }
}

/// P = Σ_i Π_k w_k,i.
void NetworkSgd::forward(const Batch& state, ArrayXd& slope, ArrayXd& product) const {
  slope.setZero();
  for (int channel = 0; channel < width_; ++channel) {
    multiply(state, channel, product);
    slope += product;
  }
}

/// ∂ℓ/∂w_k = 2G Π_{l ≠ k} w_l within the channel: products of the weights before k, not yet updated, and after k.
void NetworkSgd::backward(Batch& state, int channel, double eta, Cache& cache) const {
  cache.suffix.col(layers_ - 1) = 1.0;
  for (int layer = layers_ - 1; layer > 0; --layer) {
    cache.suffix.col(layer - 1) = cache.suffix.col(layer) * state.col(weight(layer, channel));
  }
  cache.prefix = 2 * cache.gradient;
  for (int layer = 0; layer < layers_; ++layer) {
    update(state, weight(layer, channel), eta, cache.prefix, cache.suffix.col(layer).data());
  }
}

/// v ← βv − g − λθ, θ ← θ + ηv of one weight; `prefix` takes the weight before the step as a factor.
void NetworkSgd::update(Batch& state, int weight, double eta, ArrayXd& prefix, const double* suffix) const {
  const Index lanes = state.rows();
  double* const theta = state.col(weight).data();
  double* const factor = prefix.data();
  double* const velocity = momentum_ > 0 ? state.col(weights() + weight).data() : nullptr;
  for (Index lane = 0; lane < lanes; ++lane) {
    const double old = theta[lane];
    double v = -(factor[lane] * suffix[lane]) - decay_ * old;
    if (velocity != nullptr) {
      v += momentum_ * velocity[lane];
      velocity[lane] = v;
    }
    theta[lane] = old + eta * v;
    factor[lane] *= old;
  }
}

Batch NetworkSgd::observe(const Batch& state) const {
  const Index lanes = state.rows();
  Batch values(lanes, static_cast<Index>(quantities().size()));
  ArrayXd slope(lanes);
  ArrayXd product(lanes);
  forward(state, slope, product);
  if (pair_) {
    const auto u = state.col(0);
    const auto w = state.col(1);
    values.leftCols(6) << log_abs(slope), log_abs(u / w) / 2, slope, u, w, u.square() - w.square();
  } else if (layers_ > 1) {
    values.leftCols(2) << log_abs(slope), slope;
  } else {
    values.col(0) = slope;
  }
  for (int channel = 0; channel < width_ && width_ > 1; ++channel) {
    multiply(state, channel, product);
    values.col(values.cols() - weights() - width_ + channel) = product;
  }
  values.rightCols(weights()) = state.leftCols(weights());
  return values;
}

void check_shape(const NetworkShape& shape, bool pair) {
  if (shape.depth < 0 || shape.width < 1) {
    throw core::SettingsError("model.depth = " + std::to_string(shape.depth) + ", model.width = " +
                              std::to_string(shape.width) + ": they must be at least 0 and at least 1");
  }
  if (pair && (shape.depth != 1 || shape.width != 1)) {
    throw core::SettingsError("model.name = balance-pair: it is the network with model.depth = 1 and model.width = 1");
  }
}

void check_start(const NetworkShape& shape, const Eigen::VectorXd& start) {
  const Index weights = Index{shape.depth + 1} * shape.width;
  if (start.size() != weights || !start.allFinite()) {
    throw core::SettingsError("sample.start: the network needs " + std::to_string(weights) +
                              " finite weights, layer by layer; " + std::to_string(start.size()) + " are given");
  }
}

void check_inputs(const TrainingData& data) {
  if (!data.generated() && data.x.cols() != 1) {
    throw core::SettingsError("inputs of the data = " + std::to_string(data.x.cols()) +
                              ": a diagonal network has exactly 1");
  }
}

}  // namespace

std::unique_ptr<Process> make_network_sgd(const NetworkShape& shape, const Eigen::VectorXd& start, bool pair,
                                          const TrainingData& data, const SgdOptions& options) {
  options.validate(data);
  check_shape(shape, pair);
  check_start(shape, start);
  check_inputs(data);
  return std::make_unique<NetworkSgd>(shape, start, pair, data, options);
}

}  // namespace sgdflux::sample
