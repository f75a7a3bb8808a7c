#pragma once
/// Which modes of a grid are believed, and how far each is off.
#include <string>
#include <vector>

#include "modes.hpp"

namespace sgdflux::study {

/// A mode of the fine grid with what the other grids say.
struct Judged {
  const solve::Mode* mode;
  bool has_left;  ///< its left vector was found
  Eigenvalue eigenvalue;
  std::string doubt;
};

/// Modes of the fine grid in its order, with their errors. `coarse`, a grid with fewer cells, and `boxed`, that grid on
/// a smaller box, may be null: then nothing is doubted on their account. Collective.
[[nodiscard]] std::vector<Judged> judge(const Modes& fine, const Modes* coarse, const Modes* boxed);

}  // namespace sgdflux::study
