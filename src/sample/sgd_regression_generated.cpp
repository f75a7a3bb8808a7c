#include "sample/sgd_regression.hpp"
#include "sample/slope_gradient.hpp"

namespace sgdflux::sample {
namespace {

double minimum_of(const TrainingData& data, double weight_decay) { return data.slope / (1 + weight_decay); }

/// In δ = θ − μ the labels are those of the law with slope k − μ.
TrainingData centred(TrainingData data, double weight_decay) {
  data.slope -= minimum_of(data, weight_decay);
  return data;
}

class GeneratedRegressionSgd final : public Process {
 public:
  GeneratedRegressionSgd(double start, const TrainingData& data, const SgdOptions& options)
      : Process(regression_quantities(1), 2),
        start_(start),
        momentum_(options.momentum),
        decay_(options.weight_decay),
        pull_(options.weight_decay * minimum_of(data, options.weight_decay)),
        schedule_(options, data),
        gradient_(centred(data, options.weight_decay), options) {}

  std::string words() const override { return "minibatch SGD on the single weight of a regression, no step error"; }
  int state_size() const override { return 2; }
  double time(std::int64_t steps) const override { return schedule_.time(steps); }
  Batch start(Index, Index count) const override {
    Batch state = Batch::Zero(count, 2);
    state.col(0) = start_;
    return state;
  }
  std::unique_ptr<Workspace> workspace(Index count) const override {
    auto cache = std::make_unique<Cache>();
    cache->data = gradient_.cache(count);
    cache->gradient.resize(count);
    return cache;
  }
  void advance(Batch& state, Index first, std::int64_t from, std::int64_t steps, Workspace* workspace) const override;
  Batch observe(const Batch& state) const override { return state; }

 private:
  struct Cache final : Workspace {
    SlopeGradient::Cache data;
    Eigen::ArrayXd gradient;
  };
  void update(Batch& state, double eta, const double* gradient) const;

  double start_;
  double momentum_;
  double decay_;
  double pull_;  ///< λμ
  SgdSchedule schedule_;
  SlopeGradient gradient_;
};

void GeneratedRegressionSgd::advance(Batch& state, Index first, std::int64_t from, std::int64_t steps,
                                     Workspace* workspace) const {
  schedule_.check(from, steps);
  const std::unique_ptr<Workspace> own = workspace == nullptr ? this->workspace(state.rows()) : nullptr;
  auto& cache = static_cast<Cache&>(workspace == nullptr ? *own : *workspace);
  SgdPosition position{from, 0, 0};
  for (std::int64_t count = 0; count < steps; ++count) {
    const SgdStep step = schedule_.next(position);
    gradient_({first, state.rows()}, step, state.col(0).data(), cache.gradient.data(), cache.data);
    update(state, step.eta, cache.gradient.data());
  }
}

void GeneratedRegressionSgd::update(Batch& state, double eta, const double* gradient) const {
  const Index lanes = state.rows();
  double* const theta = state.col(0).data();
  double* const v = state.col(1).data();
  for (Index lane = 0; lane < lanes; ++lane) {
    v[lane] = momentum_ * v[lane] - (gradient[lane] + decay_ * theta[lane] + pull_);
    theta[lane] += eta * v[lane];
  }
}

}  // namespace

std::unique_ptr<Process> make_generated_regression(double start, const TrainingData& data, const SgdOptions& options) {
  return std::make_unique<GeneratedRegressionSgd>(start, data, options);
}

}  // namespace sgdflux::sample
