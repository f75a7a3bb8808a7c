/// `models` and `describe NAME`: what the registry says, so that it cannot go stale.
#include <iostream>

#include "commands.hpp"
#include "sgdflux/la/session.hpp"
#include "sgdflux/model/registry.hpp"
#include "summary.hpp"

namespace sgdflux::cli {
namespace {

std::string block(const std::string& title, const std::vector<std::string>& lines) {
  std::string text = lines.empty() ? "" : "\n" + title + "\n";
  for (const std::string& line : lines) {
    text += "  " + line + "\n";
  }
  return text;
}

std::string default_text(const core::ParameterInfo& info) {
  return !info.standard.empty() ? info.standard : info.optional ? "-" : "must be given";
}

std::string range_text(const core::ParameterInfo& info) {
  core::Range range = info.range;
  range.integer = range.integer || info.kind == core::ParameterKind::integer;
  const bool entries = info.kind == core::ParameterKind::list || info.kind == core::ParameterKind::matrix;
  return info.kind == core::ParameterKind::text ? "text" : (entries ? "entries: " : "") + range.describe();
}

std::string parameter_table(const std::vector<core::ParameterInfo>& parameters) {
  std::vector<std::vector<std::string>> rows{{"  name", "default", "range", "unit", "meaning"}};
  for (const core::ParameterInfo& info : parameters) {
    rows.push_back({"  " + info.name, default_text(info), range_text(info), info.unit, info.meaning});
  }
  return "\nParameters, section [model]\n" + aligned(rows);
}

std::string description(const model::ModelInfo& info) {
  return info.name + ": " + info.summary + "\n" + block("SDE (Itô)", info.equations) +
         block("Variables", info.variables) + block("Derived quantities", info.derived) +
         parameter_table(info.parameters) + block("Known exact results", info.exact);
}

void print(const std::string& text, MPI_Comm comm) {
  if (la::rank(comm) == 0) {
    std::cout << text << std::flush;
  }
}

}  // namespace

core::ExitCode list_models(const CommandLine& line, MPI_Comm comm) {
  expect_operands(line, 0, "models");
  reject_unused_petsc_options();
  std::vector<std::vector<std::string>> rows;
  for (const model::ModelInfo& info : model::models()) {
    rows.push_back({info.name, info.summary});
  }
  print(aligned(rows), comm);
  return core::ExitCode::done;
}

core::ExitCode describe_model(const CommandLine& line, MPI_Comm comm) {
  expect_operands(line, 1, "describe NAME");
  reject_unused_petsc_options();
  print(description(model::describe(line.operands.front())), comm);
  return core::ExitCode::done;
}

}  // namespace sgdflux::cli
