#pragma once
/// The parts into which zeros of the noise cut a line or a ring.
#include <memory>
#include <string>
#include <vector>

#include "restricted.hpp"
#include "sgdflux/theory/noiseless.hpp"

namespace sgdflux::study {

/// What lies at one end of a part of the line.
enum class Edge { natural, wall, invariant, entrance, exit };

struct Part {
  model::Interval interval;
  Edge lower = Edge::natural;
  Edge upper = Edge::natural;
  std::unique_ptr<model::Sde> sde;
  bool recurrent = false;  ///< has a stationary density
  bool to_lower = false;   ///< mass tends to that end with positive probability
  bool to_upper = false;
  std::string why;  ///< why there is no density
  double weight = 0;
};

struct Line {
  std::vector<theory::NoiselessPoint> points;
  std::vector<Part> parts;
  Ring ring;
};

/// All parts of a model's line; none if the noise has no zero. With more zeros than theory::most_noiseless_points the
/// list of points is too long, and the parts mean nothing. The model must outlive them. Not collective.
[[nodiscard]] Line cut_line(const model::Sde& sde, const mesh::AxisSpec& axis);

/// Recurrence of a part by Feller's test at both of its ends. Not collective. @throws SettingsError for NaN
/// coefficients.
void classify_part(Part& part);

}  // namespace sgdflux::study
