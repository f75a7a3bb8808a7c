#pragma once
/// Which modes of a grid are believed, and how far each is off.
#include <string>
#include <vector>

#include "modes.hpp"

namespace sgdflux::study {

/// Why modes without a left vector are not believed, unless their errors are small.
inline constexpr const char* no_left_eigenfunction =
    "no left eigenfunction: its condition number is beyond working precision, its value not determined";

/// A mode of the fine grid with what the other grids say.
struct Judged {
  const solve::Mode* mode;
  bool has_left;  ///< its left vector was found
  Eigenvalue eigenvalue;
  std::string doubt;
};

/// Other grids and boxes. What is null says nothing: without `coarse` no mode is doubted.
struct Others {
  const Modes* coarse = nullptr;         ///< fewer cells
  const Modes* coarser = nullptr;        ///< fewer still: shows how fast the eigenvalues converge
  const Modes* boxed = nullptr;          ///< the coarse grid on a smaller box
  const Modes* coarser_boxed = nullptr;  ///< the coarser grid on a smaller box
};

/// Modes of the fine grid in its order, with their errors. Collective.
[[nodiscard]] std::vector<Judged> judge(const Modes& fine, const Others& others);

}  // namespace sgdflux::study
