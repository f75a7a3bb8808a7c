#pragma once
/// The program, killed in the middle.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "program.hpp"

namespace sgdflux::test {

/// Runs the program with these arguments in the sandbox and kills it as soon as `file` is there. Whether it was killed.
inline bool killed_at(const Sandbox& sandbox, std::vector<std::string> arguments, const std::string& file) {
  arguments.insert(arguments.begin(), SGDFLUX_PROGRAM);
  std::vector<char*> words;
  for (std::string& argument : arguments) {
    words.push_back(argument.data());
  }
  words.push_back(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    const int nowhere = open("/dev/null", O_RDWR);
    dup2(nowhere, 1);
    dup2(nowhere, 2);
    setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 1);
    setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
    if (chdir(sandbox.path().c_str()) == 0) {
      execv(SGDFLUX_PROGRAM, words.data());
    }
    _exit(127);
  }
  int status = 0;
  bool ended = false;
  while (!ended && !sandbox.exists(file)) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    ended = waitpid(child, &status, WNOHANG) != 0;
  }
  if (!ended) {
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
  }
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

}  // namespace sgdflux::test
