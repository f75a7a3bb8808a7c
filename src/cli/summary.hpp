#pragma once
/// What a person reads on the terminal after a run.
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "run.hpp"
#include "sgdflux/study/answer.hpp"
#include "sweep.hpp"

namespace sgdflux::cli {

/// A number with at most `precision` significant digits.
[[nodiscard]] std::string digits(double value, int precision);

/// Columns of text, each as wide as its widest entry (counted in characters, not bytes); numbers to the right.
[[nodiscard]] std::string aligned(const std::vector<std::vector<std::string>>& rows);

/// {"0.5809046931", "± 2.1e-09"}, or {"-", "infinite: …"} for what has no value.
[[nodiscard]] std::vector<std::string> estimate_cells(const core::Estimate& estimate);

/// Name, value, error, exact value, reason: reasons go last, where their length moves nothing.
[[nodiscard]] std::vector<std::vector<std::string>> estimate_rows(
    const std::map<std::string, core::Estimate>& estimates, const std::map<std::string, double>& exact = {});

/// Title with the verdict, how it was computed, the table `rows`, sentences, remarks.
void print_summary(std::ostream& out, const std::string& title, const study::Answer& answer,
                   const std::vector<std::vector<std::string>>& rows, const std::vector<std::string>& lines);
/// Table of the points, how many were taken over from an earlier run, folder.
void print_sweep_summary(std::ostream& out, const std::vector<SweepPoint>& points, const std::vector<Outcome>& outcomes,
                         std::size_t taken_over, const std::string& directory);

}  // namespace sgdflux::cli
