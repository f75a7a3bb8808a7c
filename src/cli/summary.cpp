#include "summary.hpp"

#include <algorithm>
#include <ostream>
#include <sstream>

#include "report.hpp"

namespace sgdflux::cli {
namespace {

/// Characters of UTF-8 text: bytes that do not continue one.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

void print_line(std::ostream& out, const std::string& what, const std::string& text) {
  if (!text.empty()) {
    out << "  " << what << text << '\n';
  }
}

void print_details(std::ostream& out, const study::Answer& answer) {
  for (const mesh::AxisSpec& axis : answer.mesh) {
    print_line(out, "mesh    ", axis.name + " = " + axis.to_string());
  }
  print_line(out, "flux    ", answer.flux + (answer.why.empty() ? "" : " (" + answer.why + ")"));
  print_line(out, "solver  ", answer.solver);
  if (has_density(answer) && !answer.flux.empty()) {
    print_line(out, "audit   ",
               "mass error " + digits(answer.audit.mass_error, 2) + ", negative mass " +
                   digits(answer.audit.negative_mass, 2) + ", residual " + digits(answer.audit.residual, 2) +
                   ", outside the mesh " + digits(answer.audit.outside_mass, 2));
  }
}

}  // namespace

std::string digits(double value, int precision) {
  std::ostringstream text;
  text.precision(precision);
  text << value;
  return text.str();
}

std::string aligned(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t column = 0; column < row.size(); ++column) {
      widths[column] = std::max(widths[column], width(row[column]));
    }
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t column = 0; column < row.size(); ++column) {
      line += row[column] + std::string(widths[column] - width(row[column]) + 2, ' ');
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

std::vector<std::string> estimate_cells(const core::Estimate& estimate) {
  if (!estimate.value) {
    return {"-", estimate.reason};
  }
  return {digits(*estimate.value, 10), estimate.error ? "± " + digits(*estimate.error, 2) : estimate.reason};
}

std::vector<std::vector<std::string>> estimate_rows(const std::map<std::string, core::Estimate>& estimates,
                                                    const std::map<std::string, double>& exact) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, estimate] : estimates) {
    const auto known = exact.find(name);
    rows.push_back({"  " + name, estimate.value ? digits(*estimate.value, 10) : "-",
                    estimate.error ? "± " + digits(*estimate.error, 2) : "",
                    known == exact.end() ? "" : "exact " + digits(known->second, 10), estimate.reason});
  }
  return rows;
}

void print_summary(std::ostream& out, const std::string& title, const study::Answer& answer,
                   const std::vector<std::vector<std::string>>& rows, const std::vector<std::string>& lines) {
  out << title << ": " << study::to_string(answer.verdict) << '\n';
  print_line(out, "", answer.reason);
  print_details(out, answer);
  out << aligned(rows);
  for (const std::string& line : lines) {
    print_line(out, "", line);
  }
  for (const std::string& remark : answer.remarks) {
    print_line(out, "note: ", remark);
  }
}

void print_sweep_summary(std::ostream& out, const std::vector<SweepPoint>& points, const std::vector<Outcome>& outcomes,
                         std::size_t taken_over, const std::string& directory) {
  std::vector<std::vector<std::string>> rows(1);
  for (const auto& varied : points.front().varied) {
    rows[0].push_back(varied.first);
  }
  rows[0].push_back("verdict");
  const auto richest = std::max_element(outcomes.begin(), outcomes.end(), [](const Outcome& a, const Outcome& b) {
    return a.results.size() < b.results.size();
  });
  for (const auto& result : richest->results) {
    rows[0].push_back(result.first);
  }
  for (std::size_t i = 0; i < points.size(); ++i) {
    std::vector<std::string>& row = rows.emplace_back();
    for (const auto& varied : points[i].varied) {
      row.push_back(varied.second);
    }
    row.push_back(outcomes[i].verdict);
    for (const auto& result : richest->results) {
      const auto found = outcomes[i].results.find(result.first);
      row.push_back(found == outcomes[i].results.end() ? "-" : estimate_cells(found->second).front());
    }
  }
  out << aligned(rows);
  if (taken_over > 0) {
    out << taken_over << " of " << points.size() << " points taken over from an earlier run\n";
  }
  out << "written to " << directory << std::endl;
}

}  // namespace sgdflux::cli
