/// sgdflux: stationary states and currents of SGD's stochastic differential equation.
#include <exception>
#include <iostream>
#include <new>

#include "commands.hpp"
#include "options.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/la/handle.hpp"
#include "sgdflux/la/session.hpp"

int main(int argc, char** argv) {
  using namespace sgdflux;
  try {
    const cli::CommandLine line = cli::parse_command_line({argv, argv + argc});
    const la::Session session(line.petsc);
    return cli::run_program(line, MPI_COMM_WORLD);
  } catch (const core::Error& error) {
    std::cerr << "sgdflux: " << error.what() << std::endl;
    return static_cast<int>(error.code());
  } catch (const std::bad_alloc&) {
    std::cerr << "sgdflux: " << la::memory_words << std::endl;
    return static_cast<int>(core::ExitCode::settings);
  } catch (const std::exception& error) {
    std::cerr << "sgdflux: " << error.what() << std::endl;
    return static_cast<int>(core::ExitCode::internal);
  }
}
