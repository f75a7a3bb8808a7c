#include "lines_settings.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "continue_settings.hpp"
#include "setting_errors.hpp"
#include "summary.hpp"
#include "values_json.hpp"

namespace sgdflux::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string second_key(const core::Settings& settings) { return settings.text("lines.parameter", ""); }

/// The value that the branch was computed with.
double base_value(const core::Settings& settings, const continuation::Family& first) {
  const std::string key = second_key(settings);
  const auto constants = settings.constants();
  const std::string name = key.substr(key.find('.') + 1);
  if (key.starts_with("parameters.")) {
    return constants.at(name);
  }
  return first.at(settings.real("continue.from", 0)).sde->parameters().real(name);
}

continuation::TwoFamily two_family(const core::Settings& settings, const continuation::Family& second) {
  const std::string key = second_key(settings);
  return {key, second.range,
          [settings, key](double value) { return read_family(with_parameter(settings, key, value), "continue"); }};
}

continuation::LineOptions options_of(const core::Settings& settings, double base) {
  continuation::LineOptions options;
  const continuation::Options branch = read_continue(settings);
  const double whole = std::abs(settings.real("lines.to", 0) - settings.real("lines.from", 0));
  const core::Range positive{.lower = 0, .lower_open = true};
  options.from = base;
  options.step = settings.text("lines.step", "auto") == "auto" ? whole / 20 : settings.real("lines.step", 0, positive);
  options.min_step = options.step / 1000;
  options.tolerance = branch.tolerance * std::abs(branch.to - branch.from);
  options.formulas = branch.formulas;
  options.inquiry.stationary = branch.stationary;
  options.inquiry.stationary.estimate = false;
  options.inquiry.stationary.tolerance.reset();
  options.inquiry.eigenvalues = continuation::eigenvalues_needed(branch, read_family(settings, "continue"));
  return options;
}

Json point_json(const continuation::LinePoint& point) {
  return {{"second", point.second}, {"value", number_json(point.value)}, {"error", number_json(point.error)}};
}

/// One line out of the two halves that begin at the same event.
Json line_json(const std::string& second, const continuation::Line& down, const continuation::Line& up) {
  Json points = Json::array();
  for (std::size_t i = down.points.size(); i > 1; --i) {
    points.push_back(point_json(down.points[i - 1]));
  }
  for (const continuation::LinePoint& point : up.points) {
    points.push_back(point_json(point));
  }
  return {{"kind", up.kind},
          {"subject", up.subject},
          {"second", second},
          {"points", points},
          {"ends", {down.ended, up.ended}}};
}

Json crossing_json(const std::string& first, const std::string& second, const continuation::LineCrossing& crossing) {
  return {{"kinds", {crossing.first, crossing.second_line}},
          {"values", {{first, number_json(crossing.value)}, {second, number_json(crossing.second)}}},
          {"errors", {{first, number_json(crossing.error)}, {second, number_json(crossing.second_error)}}},
          {"what", crossing.what}};
}

continuation::Lines half(MPI_Comm comm, const continuation::TwoFamily& families, const continuation::Branch& branch,
                         continuation::LineOptions options, double to) {
  if (to == options.from) {
    continuation::Lines still;
    for (const continuation::Event& event : branch.events) {
      still.lines.push_back({event.kind, event.subject, {{to, event.value, event.error}}, "the end of [lines]"});
    }
    return still;
  }
  options.to = to;
  return continuation::trace(comm, families, branch.events, options);
}

}  // namespace

bool has_lines(const core::Settings& settings) { return !settings.keys("lines").empty(); }

void check_lines(const core::Settings& settings) {
  const continuation::Family first = read_family(settings, "continue");
  const continuation::Family second = read_family(settings, "lines");
  if (first.parameter == second.parameter) {
    fail_setting(settings, "lines.parameter", "this is continue.parameter already; name another one");
  }
  const double from = settings.real("lines.from", 0, second.range);
  const double to = settings.real("lines.to", 0, second.range);
  const double base = base_value(settings, first);
  if (!(std::min(from, to) <= base && base <= std::max(from, to)) || from == to) {
    throw core::SettingsError(origin_of(settings, "lines.from") + "lines.from = " + digits(from, 10) +
                              ", lines.to = " + digits(to, 10) + ": the branch has " + second.parameter + " = " +
                              digits(base, 10) + ", which must lie between them");
  }
  two_family(settings, second).at(base);
  continuation::LineOptions options = options_of(settings, base);
  options.to = base == to ? from : to;
  options.validate(two_family(settings, second));
}

Json trace_lines(MPI_Comm comm, const core::Settings& settings, const continuation::Branch& branch,
                 const std::function<void(const std::string&, double)>& progress) {
  const continuation::Family first = read_family(settings, "continue");
  const continuation::Family second = read_family(settings, "lines");
  const continuation::TwoFamily families = two_family(settings, second);
  const continuation::LineOptions options = options_of(settings, base_value(settings, first));
  const double from = settings.real("lines.from", 0);
  const double to = settings.real("lines.to", 0);
  const auto show = [&](double done) {
    if (progress) {
      progress("lines", done);
    }
  };
  show(0);
  const continuation::Lines down = half(comm, families, branch, options, std::min(from, to));
  show(0.5);
  const continuation::Lines up = half(comm, families, branch, options, std::max(from, to));
  show(1);
  Json traced{{"lines", Json::array()}, {"crossings", Json::array()}};
  for (std::size_t i = 0; i < up.lines.size() && i < down.lines.size(); ++i) {
    traced["lines"].push_back(line_json(second.parameter, down.lines[i], up.lines[i]));
  }
  for (const continuation::Lines* part : {&down, &up}) {
    for (const continuation::LineCrossing& crossing : part->crossings) {
      traced["crossings"].push_back(crossing_json(first.parameter, second.parameter, crossing));
    }
  }
  return traced;
}

void write_lines(const Json& traced, OutputDirectory& directory) {
  std::string text = "kind,subject,second,value,error\n";
  for (const Json& line : traced.at("lines")) {
    for (const Json& point : line.at("points")) {
      text += line.at("kind").get<std::string>() + "," + line.at("subject").get<std::string>() + "," +
              point.at("second").dump() + "," + point.at("value").dump() + "," + point.at("error").dump() + "\n";
    }
  }
  directory.write("lines.csv", text);
}

std::vector<std::string> line_texts(const Json& traced) {
  std::vector<std::string> texts;
  for (const Json& line : traced.at("lines")) {
    texts.push_back("line " + line.at("kind").get<std::string>() + " " + line.at("subject").get<std::string>() + ": " +
                    std::to_string(line.at("points").size()) + " points; ends: " +
                    line.at("ends").at(0).get<std::string>() + "; " + line.at("ends").at(1).get<std::string>());
  }
  for (const Json& crossing : traced.at("crossings")) {
    std::string text = crossing.at("kinds").at(0).get<std::string>() + " and " +
                       crossing.at("kinds").at(1).get<std::string>() + ": " + crossing.at("what").get<std::string>() +
                       " at";
    for (const auto& [name, value] : crossing.at("values").items()) {
      const Json& error = crossing.at("errors").at(name);
      text += " " + name + " = " + (value.is_number() ? digits(value.get<double>(), 10) : "-") + " ± " +
              (error.is_number() ? digits(error.get<double>(), 2) : "-");
    }
    texts.push_back(text);
  }
  return texts;
}

}  // namespace sgdflux::cli
