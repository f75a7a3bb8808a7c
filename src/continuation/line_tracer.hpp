#pragma once
/// One event line: finding its points.
#include <memory>
#include <optional>

#include "sgdflux/continuation/lines.hpp"

namespace sgdflux::continuation {

/// Polynomial through the last points of a line (three at most) at a value of the second parameter, and how far the
/// polynomial of one degree less is from it (the last step's change where there is only one point).
struct Prediction {
  double value = 0;
  double doubt = 0;
};
[[nodiscard]] Prediction predict(const std::vector<LinePoint>& points, double second);

/// Finds one event again at other values of the second parameter.
class LineTracer {
 public:
  LineTracer(MPI_Comm comm, const TwoFamily& families, const Event& event, const LineOptions& options);
  /// The event at `second`, near the prediction; empty where it is not found. Collective.
  [[nodiscard]] std::optional<LinePoint> at(double second, const Prediction& near) const;

 private:
  [[nodiscard]] std::optional<Event> between(Probe& a, Probe& b, const Family& family, double centre) const;
  [[nodiscard]] MakeProbe probes(const Family& family, Inquiry inquiry) const;
  MPI_Comm comm_;
  const TwoFamily* families_;
  const LineOptions* options_;
  std::string kind_;
  std::string subject_;
};

}  // namespace sgdflux::continuation
