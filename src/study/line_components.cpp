#include <algorithm>
#include <cmath>
#include <sstream>

#include "components.hpp"
#include "domain.hpp"
#include "line_parts.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/la/handle.hpp"
#include "sgdflux/theory/arrival.hpp"
#include "sgdflux/theory/feller.hpp"
#include "start_mass.hpp"

namespace sgdflux::study {
namespace {

using mesh::Boundary;
using theory::NoiselessPoint;
using Kind = NoiselessPoint::Kind;

std::string short_text(double value) {
  std::ostringstream text;
  text << value;
  return text.str();
}

/// Mass that arrives at a point, or enters a part through one of its ends, goes on.
struct Flow {
  const Question& question;
  Line& line;
  std::vector<double> on_point;
  double escaped = 0;
  double undecided = 0;

  /// Mass that has reached the lower or upper end of part k.
  void arrive(std::size_t k, bool upper, double mass) {
    const Part& part = line.parts[k];
    const Edge edge = upper ? part.upper : part.lower;
    if (edge == Edge::natural) {
      escaped += mass;
      return;
    }
    const bool ring = line.ring.length > 0;
    // Part k lies between points k − 1 and k on a line, k and k + 1 on a ring.
    const std::size_t point = (ring ? k + (upper ? 1 : 0) : upper ? k : k - 1) % line.points.size();
    if (edge == Edge::invariant) {
      on_point[point] += mass;
      return;
    }
    const std::size_t count = line.parts.size();
    enter((upper ? k + 1 : k + count - 1) % count, !upper, mass);
  }
  /// Mass that comes in through an end of part k, which repels it.
  void enter(std::size_t k, bool upper, double mass) {
    Part& part = line.parts[k];
    if (part.recurrent) {
      part.weight += mass;
    } else if (upper ? part.to_lower : part.to_upper) {
      arrive(k, !upper, mass);
    } else {
      undecided += mass;
    }
  }
  void start(std::size_t k, const Initial& initial, const model::Interval& range, double total) {
    Part& part = line.parts[k];
    const model::Interval interval{std::max(range.lower, part.interval.lower),
                                   std::min(range.upper, part.interval.upper)};
    const double mass = interval.lower < interval.upper ? start_mass(question.sde, initial, interval) / total : 0;
    if (!(mass > 0)) {
      return;
    }
    if (part.recurrent) {
      part.weight += mass;
    } else if (part.to_lower && part.to_upper) {
      spread(k, initial, range, total);
    } else if (part.to_lower || part.to_upper) {
      arrive(k, part.to_upper, mass);
    } else {
      undecided += mass;
    }
  }
  void spread(std::size_t k, const Initial& initial, const model::Interval& range, double total) {
    const Part& part = line.parts[k];
    const auto density = [&](const Eigen::ArrayXd& x) { return start_values(initial, range, x); };
    const theory::Arrivals in = theory::arrivals(*part.sde, density, start_stops(initial));
    const auto outside = [&](double lower, double upper) {
      lower = std::max({lower, range.lower, part.interval.lower});
      upper = std::min({upper, range.upper, part.interval.upper});
      return lower < upper ? start_mass(question.sde, initial, {lower, upper}) : 0;
    };
    constexpr double far = std::numeric_limits<double>::infinity();
    arrive(k, false, (in.lower + outside(-far, in.first)) / total);
    arrive(k, true, (in.upper + outside(in.last, far)) / total);
  }
};

constexpr double weight_error = 1e-8;  ///< of the quadratures, which settle to 1e−9 each

core::Estimate weight_of(double value, double undecided) { return {value, weight_error + undecided, {}}; }

/// Weights of all parts and points. False when there is no start.
bool weigh(const Question& question, Line& line, StationaryAnswer& answer) {
  for (const NoiselessPoint& point : line.points) {
    if (point.kind == Kind::invariant) {
      answer.points.push_back(
          {question.sde.variables()[0] + " = " + short_text(point.at), core::undefined(no_start), std::nullopt});
    }
  }
  if (!question.options.start) {
    return false;
  }
  const Initial& initial = *question.options.start;
  const model::Interval range = start_range(question.sde, question.options.mesh[0]);
  const double total = start_mass(question.sde, initial, range);
  if (!(total > 0)) {
    throw core::SettingsError("stationary.start = " + initial.what +
                              " is zero everywhere: there is no mass to start with");
  }
  Flow flow{question, line, std::vector<double>(line.points.size(), 0.), 0, 0};
  for (std::size_t k = 0; k < line.parts.size(); ++k) {
    flow.start(k, initial, range, total);
  }
  std::size_t listed = 0;
  for (std::size_t k = 0; k < line.points.size(); ++k) {
    if (line.points[k].kind == Kind::invariant) {
      answer.points[listed++].weight = weight_of(flow.on_point[k], flow.undecided);
    }
  }
  if (flow.escaped > weight_error) {
    answer.remarks.push_back("a share " + short_text(flow.escaped) + " of stationary.start escapes to infinity");
  }
  if (flow.undecided > weight_error) {
    answer.remarks.push_back("a share " + short_text(flow.undecided) +
                             " of stationary.start lies where mass spreads without end and settles nowhere");
  }
  return true;
}

void mark_attraction(const Line& line, StationaryAnswer& answer) {
  const bool ring = line.ring.length > 0;
  const std::size_t count = line.parts.size();
  std::size_t listed = 0;
  for (std::size_t k = 0; k < line.points.size(); ++k) {
    if (line.points[k].kind == Kind::invariant) {
      const Part& below = line.parts[ring ? (k + count - 1) % count : k];
      const Part& above = line.parts[ring ? k : k + 1];
      answer.points[listed++].attracts = below.to_upper || above.to_lower;
    }
  }
}

/// A given mesh that lies inside the part stays; else the program chooses, because a density may be singular at the
/// point that ends the part.
mesh::AxisSpec part_axis(const Question& question, const Part& part, const Line& line) {
  const mesh::AxisSpec& given = question.options.mesh[0];
  const bool inside = !given.automatic() && line.ring.length == 0 &&
                      (part.lower == Edge::wall || given.arguments[0] > part.interval.lower) &&
                      (part.upper == Edge::wall || given.arguments[1] < part.interval.upper);
  if (inside) {
    return given;
  }
  constexpr core::Index most_cells = 1 << 20;
  mesh::AxisSpec axis{given.name, "auto", {}, std::min(given.cells, most_cells)};
  axis.lower = part.lower == Edge::wall ? Boundary::reflecting : Boundary::truncated;
  axis.upper = part.upper == Edge::wall ? Boundary::reflecting : Boundary::truncated;
  return axis;
}

/// An end that lies on the point itself, as cells go, has nothing beyond: it becomes a wall that no path meets.
void close_end(double point, bool upper, mesh::AxisSpec& axis) {
  constexpr double hardly = 1e-3;
  const mesh::Axis cells(axis);
  const Eigen::ArrayXd faces = cells.faces();
  const Eigen::Index n = faces.size();
  const double width = upper ? faces[n - 1] - faces[n - 2] : faces[1] - faces[0];
  const double end = axis.arguments[upper ? 1 : 0];
  if (std::abs(end - point) <= hardly * width) {
    axis.arguments[upper ? 1 : 0] = point;
    (upper ? axis.upper : axis.lower) = Boundary::reflecting;
  }
}

StationaryOptions part_options(const Question& question, const Part& part, const Line& line,
                               std::vector<std::string>& remarks) {
  StationaryOptions options = question.options;
  options.start.reset();
  mesh::AxisSpec& axis = options.mesh[0];
  axis = part_axis(question, part, line);
  if (axis.automatic()) {
    Domain chosen;
    la::guard(question.comm, [&] { chosen = choose_line(*part.sde, axis); });
    axis = chosen.mesh[0];
    remarks.insert(remarks.end(), chosen.remarks.begin(), chosen.remarks.end());
    if (part.lower == Edge::invariant || part.lower == Edge::entrance) {
      close_end(part.interval.lower, false, axis);
    }
    if (part.upper == Edge::invariant || part.upper == Edge::entrance) {
      close_end(part.interval.upper, true, axis);
    }
  }
  return options;
}

bool is_covariance_of(const std::string& key, const std::string& name) {
  return key.starts_with("cov.") && (key.ends_with("." + name) || key.find("." + name + ".") != std::string::npos);
}

/// A wall hides from the quantities of a density what is infinite at the point behind it.
void undefine_moments(const Part& part, StationaryAnswer& answer) {
  const auto& sde = *part.sde;
  const auto infinite = [&](int which, double power) {
    return (part.lower == Edge::invariant && theory::moment_exponent(sde, which, power, false) < -1 + 1e-6) ||
           (part.upper == Edge::invariant && theory::moment_exponent(sde, which, power, true) < -1 + 1e-6);
  };
  for (int which = 0; which < static_cast<int>(sde.derived().size()); ++which) {
    const std::string& name = sde.derived()[static_cast<std::size_t>(which)].name;
    for (auto& [key, estimate] : answer.observables) {
      if ((key == "mean." + name && infinite(which, 1)) || (is_covariance_of(key, name) && infinite(which, 2))) {
        estimate = core::undefined("infinite: " + name + " grows too fast towards the end of " +
                                   words(sde.variables()[0], part.interval));
      }
    }
  }
}

std::string where(const Question& question, const Part& part) {
  return words(question.sde.variables()[0], part.interval);
}

/// "the noise vanishes at x = 0 (invariant), x = 1 (crossed upwards only)".
std::string describe(const Question& question, const Line& line) {
  std::string text = "the noise vanishes at ";
  for (std::size_t k = 0; k < line.points.size(); ++k) {
    const NoiselessPoint& point = line.points[k];
    text += (k > 0 ? ", " : "") + question.sde.variables()[0] + " = " + short_text(point.at) +
            (point.kind == Kind::invariant ? " (which no path leaves or crosses)"
             : point.kind == Kind::upward  ? " (which paths cross upwards only)"
                                           : " (which paths cross downwards only)");
  }
  return text;
}

void explain_transient(const Question& question, const Line& line, StationaryAnswer& answer) {
  std::string text;
  for (const Part& part : line.parts) {
    if (!part.recurrent) {
      text += (text.empty() ? "" : "; ") + where(question, part) + " has no density: " + part.why;
    }
  }
  const bool none = std::none_of(line.parts.begin(), line.parts.end(), [](const Part& p) { return p.recurrent; });
  answer.reason = describe(question, line) + (none ? "; " + text : "");
  if (!none && !text.empty()) {
    answer.remarks.push_back(text);
  }
}

}  // namespace

std::optional<StationaryAnswer> line_components(const Question& question) {
  const mesh::AxisSpec& axis = question.options.mesh[0];
  if (axis.lower == Boundary::absorbing || axis.upper == Boundary::absorbing) {
    return std::nullopt;
  }
  Line line;
  StationaryAnswer answer;
  bool weighed = false;
  la::guard(question.comm, [&] {
    line = cut_line(question.sde, axis);
    const bool ring = line.ring.length > 0;
    if (ring && std::none_of(line.points.begin(), line.points.end(),
                             [](const NoiselessPoint& p) { return p.kind == Kind::invariant; })) {
      line.parts.clear();  // paths run round the ring: one density with a current
    }
    const bool few = line.points.size() <= theory::most_noiseless_points;
    for (Part& part : line.parts) {
      if (few) {
        classify_part(part);
      }
    }
    if (!line.parts.empty() && few) {
      weighed = weigh(question, line, answer);
      mark_attraction(line, answer);
      explain_transient(question, line, answer);
    }
  });
  if (line.parts.empty()) {
    return std::nullopt;
  }
  answer.mesh = question.options.mesh;
  if (line.points.size() > theory::most_noiseless_points) {
    answer.verdict = Verdict::several_ergodic_components;
    answer.reason = "the noise of " + axis.name + " vanishes at more than " +
                    std::to_string(theory::most_noiseless_points) + " points, the first of them " + axis.name + " = " +
                    short_text(line.points.front().at) + ": restrict the domain of " + axis.name +
                    ", or give a mesh with few of them";
    return answer;
  }
  std::vector<StationaryAnswer> answers;
  for (const Part& part : line.parts) {
    if (part.recurrent) {
      const StationaryOptions options = part_options(question, part, line, answer.remarks);
      answers.push_back(question.solve(*part.sde, options));
      la::guard(question.comm, [&] { undefine_moments(part, answers.back()); });
      answer.components.push_back(component_of(where(question, part), answers.back()));
      answer.components.back().weight = weighed ? weight_of(part.weight, 0) : core::undefined(no_start);
    }
  }
  choose_component(answers, weighed, answer);
  return answer;
}

}  // namespace sgdflux::study
