#include "summary.hpp"

#include <algorithm>
#include <ostream>
#include <sstream>

namespace sgdflux::cli {
namespace {

std::string digits(double value, int precision) {
  std::ostringstream text;
  text.precision(precision);
  text << value;
  return text.str();
}

/// Characters of UTF-8 text: bytes that do not continue one.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

/// Name, value, error, exact value; reasons go last, where their length moves nothing.
std::vector<std::vector<std::string>> observable_rows(const study::StationaryAnswer& answer) {
  std::vector<std::vector<std::string>> rows;
  for (const auto* group : {&answer.observables, &answer.current.quantities}) {
    for (const auto& [name, estimate] : *group) {
      const bool known = answer.reference && answer.reference->observables.contains(name);
      rows.push_back({"  " + name, estimate.value ? digits(*estimate.value, 10) : "-",
                      estimate.error ? "± " + digits(*estimate.error, 2) : "",
                      known ? "exact " + digits(answer.reference->observables.at(name), 10) : "", estimate.reason});
    }
  }
  return rows;
}

void print_line(std::ostream& out, const std::string& what, const std::string& text) {
  if (!text.empty()) {
    out << "  " << what << text << '\n';
  }
}

void print_details(std::ostream& out, const study::StationaryAnswer& answer) {
  for (const mesh::AxisSpec& axis : answer.mesh) {
    print_line(out, "mesh    ", axis.name + " = " + axis.to_string());
  }
  print_line(out, "flux    ", answer.flux + (answer.why.empty() ? "" : " (" + answer.why + ")"));
  print_line(out, "solver  ", answer.solver);
  if (!answer.observables.empty()) {
    print_line(out, "audit   ",
               "mass error " + digits(answer.audit.mass_error, 2) + ", negative mass " +
                   digits(answer.audit.negative_mass, 2) + ", residual " + digits(answer.audit.residual, 2) +
                   ", outside the mesh " + digits(answer.audit.outside_mass, 2));
  }
}

void print_reference(std::ostream& out, const study::ReferenceComparison& reference) {
  out << "  exact result: " << reference.source;
  if (reference.l1) {
    out << "; L1 distance of the densities " << digits(*reference.l1, 3);
  }
  if (reference.current_l2) {
    out << ", L2 distance of the currents " << digits(*reference.current_l2, 3);
  }
  out << '\n';
}

}  // namespace

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

void print_summary(std::ostream& out, const std::string& model, const study::StationaryAnswer& answer,
                   const std::string& directory) {
  out << "Stationary state of " << model << ": " << study::to_string(answer.verdict) << '\n';
  print_line(out, "", answer.reason);
  print_details(out, answer);
  out << aligned(observable_rows(answer));
  if (answer.reference) {
    print_reference(out, *answer.reference);
  }
  for (const std::string& remark : answer.remarks) {
    print_line(out, "note: ", remark);
  }
  out << "  written to " << directory << std::endl;
}

void print_sweep_summary(std::ostream& out, const std::vector<SweepPoint>& points, const std::vector<Outcome>& outcomes,
                         const std::string& directory) {
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
  out << aligned(rows) << "written to " << directory << std::endl;
}

}  // namespace sgdflux::cli
