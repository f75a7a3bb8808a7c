#include "line_parts.hpp"

#include "sgdflux/theory/feller.hpp"

namespace sgdflux::study {
namespace {

using mesh::Boundary;
using theory::NoiselessPoint;
using Kind = NoiselessPoint::Kind;

bool is_wall(Boundary boundary) { return boundary == Boundary::reflecting; }

/// The open interval that zeros of the noise must lie in: walls end the state space, and a ring is seen from just
/// before its cut, so that a zero there is inside.
model::Interval state_space(const model::Sde& sde, const mesh::AxisSpec& axis) {
  model::Interval space = sde.natural_domain(0);
  if (!axis.automatic()) {
    const double length = axis.arguments[1] - axis.arguments[0];
    space.lower = is_wall(axis.lower) ? axis.arguments[0] : space.lower;
    space.upper = is_wall(axis.upper) ? axis.arguments[1] : space.upper;
    if (axis.lower == Boundary::periodic) {
      space = {axis.arguments[0] - 1e-3 * length, axis.arguments[1] + 1e-3 * length};
    }
  }
  return space;
}

std::vector<NoiselessPoint> points_of(const model::Sde& sde, const mesh::AxisSpec& axis) {
  const model::Interval space = state_space(sde, axis);
  std::vector<NoiselessPoint> points = theory::noiseless_points(sde, space.lower, space.upper);
  if (!axis.automatic() && points.size() > theory::most_noiseless_points) {
    points = theory::noiseless_points(sde, axis.arguments[0], axis.arguments[1]);
  }
  if (axis.lower == Boundary::periodic) {  // the cut counts once
    const double slack = 1e-9 * (axis.arguments[1] - axis.arguments[0]);
    std::erase_if(points, [&](const NoiselessPoint& p) {
      return p.at < axis.arguments[0] - slack || p.at > axis.arguments[1] - slack;
    });
  }
  return points;
}

Edge edge_at(Kind kind, bool upper) {
  return kind == Kind::invariant ? Edge::invariant : (kind == Kind::upward) == upper ? Edge::exit : Edge::entrance;
}

std::string density_words(const theory::End& end) {
  return "towards " + end.where + " the zero-current density behaves like " + end.decay;
}

}  // namespace

Line cut_line(const model::Sde& sde, const mesh::AxisSpec& axis) {
  Line line{points_of(sde, axis), {}, {}};
  const auto& points = line.points;
  const bool ring = !axis.automatic() && axis.lower == Boundary::periodic;
  const model::Interval space = state_space(sde, axis);
  if (ring) {
    line.ring = {axis.arguments[1], axis.arguments[1] - axis.arguments[0]};
  }
  for (std::size_t k = ring ? 1 : 0; k <= points.size() && !points.empty(); ++k) {
    Part part;
    part.interval = space;
    part.lower = is_wall(axis.lower) ? Edge::wall : Edge::natural;
    part.upper = is_wall(axis.upper) ? Edge::wall : Edge::natural;
    if (k > 0) {
      part.interval.lower = points[k - 1].at;
      part.lower = edge_at(points[k - 1].kind, false);
    }
    if (k < points.size() || ring) {
      const NoiselessPoint& next = k < points.size() ? points[k] : points[0];
      part.interval.upper = next.at + (k < points.size() ? 0 : line.ring.length);
      part.upper = edge_at(next.kind, true);
    }
    part.sde = restricted(sde, 0, part.interval, line.ring);
    line.parts.push_back(std::move(part));
  }
  return line;
}

void classify_part(Part& part) {
  const theory::Classification ends = theory::classify(*part.sde);
  const auto judge = [&part](const theory::End& end, Edge edge, bool& tends) {
    const bool held = edge == Edge::wall || edge == Edge::entrance;
    tends = edge == Edge::exit || (!held && !end.unreachable);
    const bool open = edge == Edge::exit || (edge != Edge::wall && !end.integrable) || tends;
    if (open && part.why.empty()) {
      part.why = edge == Edge::exit
                     ? "paths leave through " + end.where + ", where the noise vanishes and the drift does not"
                 : end.integrable ? end.where + " is reached in finite time"
                                  : density_words(end) + ", which is not integrable: mass ends up there";
    }
    return !open;
  };
  const bool below = judge(ends.lower, part.lower, part.to_lower);
  const bool above = judge(ends.upper, part.upper, part.to_upper);
  part.recurrent = below && above;
}

}  // namespace sgdflux::study
