#pragma once
/// What all commands around a study share: output folder, progress, fields, settings.ini, report.json, summary.
#include <mpi.h>

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "output.hpp"
#include "problem.hpp"
#include "run.hpp"
#include "sgdflux/study/answer.hpp"

namespace sgdflux::cli {

/// An answer, and what the command has to say of it besides what every study answers.
struct Finished {
  std::shared_ptr<const study::Answer> answer;
  std::map<std::string, core::Estimate> results;        ///< what a sweep lists
  std::function<void(nlohmann::ordered_json&)> report;  ///< adds the command's own members; may be empty
  std::function<void(OutputDirectory&)> write;          ///< writes the command's own files; may be empty. Collective
  std::vector<std::vector<std::string>> rows;           ///< table of the summary
  std::vector<std::string> lines;                       ///< sentences below it
};

/// Creates the folder, solves, writes fields.h5, fields.xdmf, CSV, settings.ini and report.json, prints the summary
/// "<title> <model>: <verdict>". When anything throws, the folder is as if the run had never been. Collective.
[[nodiscard]] Outcome run_study(const Run& run, const std::string& title, const model::Sde& sde,
                                const std::function<Finished(OutputDirectory& directory)>& solve);

/// Writes the fields and arrays of an answer to `stem`.h5 and `stem`.xdmf, with every setting as an attribute; nothing
/// where there are none. Collective. @throws FileError on every rank.
void write_answer_fields(MPI_Comm comm, const study::Answer& answer, const core::Settings& written,
                         const std::string& stem);

/// Writes phase and percentage to a terminal; empty where there is none.
[[nodiscard]] std::function<void(const std::string&, double)> terminal_progress(MPI_Comm comm);

}  // namespace sgdflux::cli
