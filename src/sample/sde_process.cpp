#include "sgdflux/sample/sde_process.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "sample/equation_shape.hpp"
#include "sample/step_noise.hpp"
#include "sample/stepper.hpp"
#include "sgdflux/core/errors.hpp"

namespace sgdflux::sample {
namespace {

/// Lanes of a block, and normal numbers made at a time: what a step needs stays in the first-level cache.
constexpr Index block_lanes = 256;
constexpr std::int64_t numbers_at_a_time = 8;

Index padded(Index lanes) { return (lanes + lane_multiple - 1) / lane_multiple * lane_multiple; }

std::string number(double value) {
  std::ostringstream text;
  text << value;
  return text.str();
}

Integrator chosen(const model::Sde& sde, Integrator wanted) {
  if (wanted != Integrator::automatic) {
    return wanted;
  }
  if (linear_equation(sde)) {
    return Integrator::exact;
  }
  if (kinetic_equation(sde)) {
    return Integrator::baoab;
  }
  return sde.noises() == 1 ? Integrator::platen : Integrator::euler;
}

std::unique_ptr<Stepper> make_stepper(const model::Sde& sde, Integrator integrator, double dt) {
  switch (integrator) {
    case Integrator::milstein:
      return make_milstein(sde, dt);
    case Integrator::platen:
      return make_platen(sde, dt);
    case Integrator::baoab:
      return make_baoab(sde, dt);
    case Integrator::exact:
      return make_exact(sde, dt);
    default:
      return make_euler(sde, dt);
  }
}

struct Description {
  const char* name;
  const char* words;
  int order;
};

Description description(Integrator integrator) {
  switch (integrator) {
    case Integrator::milstein:
      return {"milstein", "Milstein scheme, weak order 1, strong order 1", 1};
    case Integrator::platen:
      return {"platen", "explicit scheme of Platen, weak order 2", 2};
    case Integrator::baoab:
      return {"baoab", "BAOAB splitting, weak order 2", 2};
    case Integrator::exact:
      return {"exact", "exact steps of a linear equation", 0};
    default:
      return {"euler", "Euler-Maruyama scheme, weak order 1", 1};
  }
}

std::vector<std::string> quantities_of(const model::Sde& sde) {
  std::vector<std::string> names = sde.variables();
  for (const model::Derived& derived : sde.derived()) {
    names.push_back(derived.name);
  }
  return names;
}

struct SdeWorkspace final : Process::Workspace {
  Lanes lanes;
  StepNoise::Buffer noise;
};

/// State: the variables, and the number of divided steps where steps may have to be divided.
class SdeProcess final : public Process {
 public:
  SdeProcess(const model::Sde& sde, const SdeOptions& options)
      : Process(quantities_of(sde), sde.dimension()),
        sde_(sde),
        integrator_(chosen(sde, options.integrator)),
        dt_(options.level == 0 ? options.dt : options.dt / 2),
        stepper_(make_stepper(sde, integrator_, dt_)),
        seed_(options.seed),
        level_(options.level),
        noise_(options.seed, stepper_->normals(), options.level),
        start_(options.start.size() == 0 ? sde.typical_point() : options.start) {}

  std::string words() const override { return std::string(description(integrator_).words) + ", dt = " + number(dt_); }
  int state_size() const override { return variables() + (stepper_->counts_events() ? 1 : 0); }
  double time(std::int64_t steps) const override { return static_cast<double>(steps) * dt_; }
  Batch start(Index first, Index count) const override;
  std::unique_ptr<Workspace> workspace(Index count) const override;
  void advance(Batch& state, Index first, std::int64_t from, std::int64_t steps, Workspace* workspace) const override;
  Batch observe(const Batch& state) const override;
  Eigen::ArrayXd events(const Batch& state) const override;

 private:
  std::int64_t steps_at_a_time() const {
    return std::max<std::int64_t>(numbers_at_a_time / std::max(noise_.per_step(), 1), 2);
  }
  /// Rows row … row + count − 1 of the state, which are paths from `first` on.
  void load(const Batch& state, Index row, Index count, Lanes& lanes) const;
  void store(const Lanes& lanes, Index row, Index count, Batch& state) const;
  void run(SdeWorkspace& work, Index first, std::int64_t from, std::int64_t steps) const;

  const model::Sde& sde_;
  Integrator integrator_;
  double dt_;
  std::unique_ptr<Stepper> stepper_;
  std::uint64_t seed_;
  int level_;
  StepNoise noise_;
  Eigen::VectorXd start_;
};

Batch SdeProcess::start(Index, Index count) const {
  Batch state = Batch::Zero(count, state_size());
  state.leftCols(variables()) = start_.transpose().replicate(count, 1).array();
  return state;
}

std::unique_ptr<Process::Workspace> SdeProcess::workspace(Index count) const {
  auto made = std::make_unique<SdeWorkspace>();
  const Index lanes = std::clamp(padded(count), lane_multiple, block_lanes);
  made->lanes.x.resize(lanes, variables());
  made->lanes.events.resize(lanes);
  made->noise = noise_.buffer(lanes, steps_at_a_time());
  return made;
}

void SdeProcess::load(const Batch& state, Index row, Index count, Lanes& lanes) const {
  lanes.fresh = true;
  lanes.events.setZero();
  for (Index d = 0; d < variables(); ++d) {
    lanes.x.col(d).head(count) = state.col(d).segment(row, count);
    lanes.x.col(d).tail(lanes.rows() - count).setConstant(state(row, d));  // idle lanes do something harmless
  }
  if (stepper_->counts_events()) {
    lanes.events.head(count) = state.col(variables()).segment(row, count);
  }
}

void SdeProcess::store(const Lanes& lanes, Index row, Index count, Batch& state) const {
  for (Index d = 0; d < variables(); ++d) {
    state.col(d).segment(row, count) = lanes.x.col(d).head(count);
  }
  if (stepper_->counts_events()) {
    state.col(variables()).segment(row, count) = lanes.events.head(count);
  }
}

void SdeProcess::run(SdeWorkspace& work, Index first, std::int64_t from, std::int64_t steps) const {
  const std::int64_t end = from + steps;
  while (from < end) {
    const std::int64_t now = std::min(steps_at_a_time(), end - from);
    noise_.fill(work.noise, first, from, now);
    for (std::int64_t step = from; step < from + now; ++step) {
      work.lanes.place = {seed_, level_, first, step};
      work.lanes.normals = noise_.column(work.noise, step, 0);
      stepper_->step(work.lanes);
      work.lanes.fresh = false;
    }
    from += now;
  }
  stepper_->check(work.lanes);
}

void SdeProcess::advance(Batch& state, Index first, std::int64_t from, std::int64_t steps, Workspace* workspace) const {
  std::unique_ptr<Workspace> own;
  if (workspace == nullptr) {
    own = this->workspace(state.rows());
    workspace = own.get();
  }
  auto& work = static_cast<SdeWorkspace&>(*workspace);
  for (Index row = 0; row < state.rows() && steps > 0; row += work.lanes.rows()) {
    const Index count = std::min(work.lanes.rows(), state.rows() - row);
    load(state, row, count, work.lanes);
    run(work, first + row, from, steps);
    store(work.lanes, row, count, state);
  }
}

// Rows are filled up so that each one takes the same instructions of a vectorised function.
Batch SdeProcess::observe(const Batch& state) const {
  const Index rows = state.rows();
  Batch x(padded(rows), variables());
  x.topRows(rows) = state.leftCols(variables());
  x.bottomRows(x.rows() - rows).setZero();
  Batch values(rows, static_cast<Index>(quantities().size()));
  values.leftCols(variables()) = x.topRows(rows);
  for (Index q = variables(); q < values.cols(); ++q) {
    values.col(q) = sde_.derive(static_cast<int>(q) - variables(), x).head(rows);
  }
  return values;
}

Eigen::ArrayXd SdeProcess::events(const Batch& state) const {
  return stepper_->counts_events() ? Eigen::ArrayXd(state.col(variables())) : Process::events(state);
}

}  // namespace

void SdeOptions::validate(const model::Sde& sde) const {
  if (!(dt > 0) || !std::isfinite(dt)) {
    throw core::SettingsError("sample.dt = " + number(dt) + ": out of range; allowed is dt > 0");
  }
  if (level != 0 && level != 1) {
    throw core::SettingsError("sample.level = " + std::to_string(level) + ": out of range; allowed are 0 and 1");
  }
  if (start.size() != 0 && start.size() != sde.dimension()) {
    throw core::SettingsError("sample.start = " + std::to_string(start.size()) + " numbers: out of range; allowed is " +
                              std::to_string(sde.dimension()) + ", one per variable");
  }
  for (int d = 0; d < start.size(); ++d) {
    const model::Interval domain = sde.natural_domain(d);
    if (!(start[d] > domain.lower && start[d] < domain.upper)) {
      throw core::SettingsError("sample.start = " + number(start[d]) + " for " +
                                sde.variables()[static_cast<std::size_t>(d)] + ": out of range; allowed is between " +
                                number(domain.lower) + " and " + number(domain.upper));
    }
  }
}

std::unique_ptr<Process> make_sde_process(const model::Sde& sde, const SdeOptions& options) {
  options.validate(sde);
  return std::make_unique<SdeProcess>(sde, options);
}

int weak_order(const model::Sde& sde, const SdeOptions& options) {
  return description(chosen(sde, options.integrator)).order;
}

std::string integrator_name(const model::Sde& sde, const SdeOptions& options) {
  return description(chosen(sde, options.integrator)).name;
}

}  // namespace sgdflux::sample
