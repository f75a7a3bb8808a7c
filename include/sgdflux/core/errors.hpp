#pragma once
/// Errors and the exit codes they end in.
#include <stdexcept>
#include <string>

namespace sgdflux::core {

/// Exit codes of the program; scripts rely on the numbers (docs/formats.md).
enum class ExitCode {
  done = 0,
  settings = 1,       ///< wrong settings: unknown key, value out of range, formula that yields NaN
  not_converged = 2,  ///< a solver did not reach its tolerance
  files = 3,          ///< unreadable, malformed or unwritable file
  internal = 4,       ///< a defect of the program or of a library below it
  no_answer = 5,      ///< the question as posed has no answer
  disagreement = 6,   ///< a validation disagrees
};

/// An error with a one-sentence message for the user and the exit code it leads to.
class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  [[nodiscard]] ExitCode code() const noexcept { return code_; }

 private:
  ExitCode code_;
};

/// Wrong settings; the message names key, value and allowed range.
class SettingsError : public Error {
 public:
  explicit SettingsError(const std::string& message) : Error(ExitCode::settings, message) {}
};

/// A solver that failed; the message has the library's reason in words.
class ConvergenceError : public Error {
 public:
  explicit ConvergenceError(const std::string& message) : Error(ExitCode::not_converged, message) {}
};

/// A file that cannot be read, parsed or written; the message names file and line.
class FileError : public Error {
 public:
  explicit FileError(const std::string& message) : Error(ExitCode::files, message) {}
};

/// A defect of ours or of a library.
class InternalError : public Error {
 public:
  explicit InternalError(const std::string& message) : Error(ExitCode::internal, message) {}
};

}  // namespace sgdflux::core
