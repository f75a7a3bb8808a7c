#include "continuation/line_tracer.hpp"

#include <algorithm>
#include <cmath>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/core/lagrange.hpp"

namespace sgdflux::continuation {
namespace {

constexpr double widest = 0.2;      ///< half of a bracket, of the predicted value
constexpr double narrowest = 1e-7;  ///< likewise
constexpr double caution = 4;       ///< times the doubt about a prediction
constexpr double growth = 4;        ///< of a bracket that holds nothing

bool same_kind(const std::string& a, const std::string& b) {
  const auto of_modes = [](const std::string& kind) { return kind == "mode-appears" || kind == "mode-vanishes"; };
  return a == b || (of_modes(a) && of_modes(b));
}

std::unique_ptr<EventFunction> function_of(const std::string& kind, const LineOptions& options, const Member& example) {
  const auto formula = options.formulas.find(kind);
  if (formula != options.formulas.end()) {
    return formula_event(kind, formula->second, example);
  }
  const std::vector<std::string> modes{"mode-appears", "mode-vanishes"};
  return std::move(make_events(same_kind(kind, modes[0]) ? modes : std::vector{kind})[0]);
}

/// The mesh that one of two neighbours has found, without estimates, for the probes between them. Without a density
/// there is none, and nothing needs it.
Inquiry on_mesh_of(Probe& a, Probe& b) {
  Inquiry inquiry = a.inquiry();
  Probe& known = a.has_density() ? a : b;
  if (known.has_density()) {
    inquiry.mesh = known.stationary().mesh;
    inquiry.spectral_mesh = inquiry.eigenvalues > 0 ? known.spectrum().mesh : inquiry.spectral_mesh;
    inquiry.stationary.estimate = false;
    inquiry.stationary.tolerance.reset();
  }
  return inquiry;
}

/// Lagrange's polynomial through points[first …].
double polynomial(const std::vector<LinePoint>& points, std::size_t first, double at) {
  std::vector<double> nodes;
  for (std::size_t i = first; i < points.size(); ++i) {
    nodes.push_back(points[i].second);
  }
  const std::vector<double> weights = core::lagrange_weights(nodes, at);
  double sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    sum += weights[i] * points[first + i].value;
  }
  return sum;
}

}  // namespace

Prediction predict(const std::vector<LinePoint>& points, double second) {
  const std::size_t n = std::min<std::size_t>(3, points.size());
  const double value = polynomial(points, points.size() - n, second);
  const double less = n > 1 ? polynomial(points, points.size() - n + 1, second) : value;
  return {value, std::abs(value - less) + points.back().error};
}

LineTracer::LineTracer(MPI_Comm comm, const TwoFamily& families, const Event& event, const LineOptions& options)
    : comm_(comm), families_(&families), options_(&options), kind_(event.kind), subject_(event.subject) {}

std::optional<Event> LineTracer::between(Probe& a, Probe& b, const Family& family, double centre) const {
  std::optional<Event> nearest;
  for (const Crossing& crossing : function_of(kind_, *options_, a.member())->between(a, b)) {
    if (!same_kind(crossing.kind, kind_) || crossing.subject != subject_) {
      continue;
    }
    // Verdicts need the search for a domain and its checks; numbers are smoother on one mesh.
    const MakeProbe make = crossing.sides ? probes(family, options_->inquiry) : probes(family, on_mesh_of(a, b));
    Event event = locate(crossing, a, b, make, options_->tolerance);
    if (crossing.confirm && !crossing.confirm(event)) {
      continue;
    }
    if (!nearest || std::abs(event.value - centre) < std::abs(nearest->value - centre)) {
      nearest = event;
    }
  }
  return nearest;
}

MakeProbe LineTracer::probes(const Family& family, Inquiry inquiry) const {
  return [this, &family, inquiry](double parameter, double cells) {
    Inquiry own = inquiry;
    own.cells *= cells;
    return std::make_unique<Probe>(comm_, family, parameter, own);
  };
}

std::optional<LinePoint> LineTracer::at(double second, const Prediction& near) const {
  const Family family = families_->at(second);
  const MakeProbe make = probes(family, options_->inquiry);
  const double size = std::max(std::abs(near.value), std::abs(near.doubt));
  const double reach = widest * size;
  double half = std::min(reach, std::max({narrowest * size, 10 * options_->tolerance, caution * near.doubt}));
  while (true) {
    try {
      const auto a = make(near.value - half, 1);
      const auto b = make(near.value + half, 1);
      if (const auto event = between(*a, *b, family, near.value)) {
        return LinePoint{second, event->value, event->error};
      }
    } catch (const core::SettingsError&) {  // a wider bracket would leave what the model accepts, too
      return std::nullopt;
    }
    if (half >= reach) {
      return std::nullopt;
    }
    half = std::min(reach, growth * half);
  }
}

}  // namespace sgdflux::continuation
