#pragma once
/// A run on several ranks that is watched from outside while it works, and harmed.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "program.hpp"

namespace sgdflux::test {

/// Processes of the program below a shell that was started here, found in /proc (Linux).
class RunningRanks {
 public:
  /// Starts `sgdflux arguments` on `ranks` ranks; output goes to `log` in the sandbox.
  RunningRanks(const Sandbox& sandbox, const std::string& arguments, int ranks) : ranks_(ranks) {
    const std::string line = "cd '" + sandbox.path().string() +
                             "' && export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 "
                             "OMPI_MCA_mpi_yield_when_idle=1 && exec " +
                             Sandbox::launcher() + "-n " + std::to_string(ranks) + " '" SGDFLUX_PROGRAM "' " +
                             arguments + " >../log 2>&1 </dev/null";
    launcher_ = fork();
    if (launcher_ == 0) {
      execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
      _exit(127);
    }
  }
  RunningRanks(const RunningRanks&) = delete;
  RunningRanks& operator=(const RunningRanks&) = delete;
  ~RunningRanks() {
    if (launcher_ > 0) {
      kill(launcher_, SIGTERM);
      waitpid(launcher_, nullptr, 0);
    }
  }

  /// Process numbers by rank, as soon as each has used `seconds` of processor time; empty when that never happens.
  [[nodiscard]] std::vector<pid_t> at_work(double seconds) const {
    for (int trial = 0; trial < 6000; ++trial) {
      const std::vector<pid_t> found = children();
      if (static_cast<int>(found.size()) == ranks_ &&
          std::all_of(found.begin(), found.end(), [&](pid_t rank) { return processor_time(rank) > seconds; })) {
        return found;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return {};
  }

  /// Exit code of the launcher; −1 when it has not ended after `seconds`, and is ended.
  int finish(double seconds) {
    int status = 0;
    for (int trial = 0; trial < 100 * seconds; ++trial) {
      if (waitpid(launcher_, &status, WNOHANG) == launcher_) {
        launcher_ = 0;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return -1;
  }

 private:
  /// What stands behind the name in /proc/<pid>/stat: state, parent, …
  static std::vector<std::string> status(pid_t process) {
    std::ostringstream text;
    text << std::ifstream("/proc/" + std::to_string(process) + "/stat").rdbuf();
    std::istringstream words(text.str().substr(std::min(text.str().size(), text.str().rfind(')') + 1)));
    std::vector<std::string> result;
    for (std::string word; words >> word;) {
      result.push_back(word);
    }
    return result;
  }
  static double processor_time(pid_t process) {
    const auto words = status(process);
    return words.size() < 13 ? 0 : std::stod(words[11]) / static_cast<double>(sysconf(_SC_CLK_TCK));
  }
  /// Children of the launcher, which starts rank after rank.
  [[nodiscard]] std::vector<pid_t> children() const {
    std::vector<pid_t> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      const std::string name = entry.path().filename();
      if (!name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; })) {
        const auto words = status(std::stoi(name));
        if (words.size() > 1 && words[1] == std::to_string(launcher_)) {
          found.push_back(std::stoi(name));
        }
      }
    }
    std::sort(found.begin(), found.end());
    return found;
  }

  pid_t launcher_ = 0;
  int ranks_;
};

/// Whether a process is there and no corpse.
inline bool lives(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::ostringstream text;
  text << file.rdbuf();
  const auto behind = text.str().rfind(')');
  return behind != std::string::npos && text.str()[behind + 2] != 'Z';
}

/// Whether a process is gone within some seconds: large ones take a while to give their memory back.
inline bool ends(pid_t process, double seconds) {
  for (int trial = 0; lives(process) && trial < 100 * seconds; ++trial) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return !lives(process);
}

/// From now on nothing more can be allocated: the limit of the address space is what the process has.
inline bool starve(pid_t process) {
  rlimit limit{};
  std::ifstream file("/proc/" + std::to_string(process) + "/statm");
  rlim_t pages = 0;
  if (!(file >> pages) || prlimit(process, RLIMIT_AS, nullptr, &limit) != 0) {
    return false;
  }
  limit.rlim_cur = pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE));
  return prlimit(process, RLIMIT_AS, &limit, nullptr) == 0;
}

}  // namespace sgdflux::test
