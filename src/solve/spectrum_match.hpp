#pragma once
/// Left vectors to right ones.
#include "spectrum_search.hpp"

namespace sgdflux::solve {

/// By decreasing real part, equal ones (to `resolution`) by increasing frequency.
void sort_pairs(std::vector<Pair>& pairs, double resolution);

/// Among neighbours closer than `distance` that all have left vectors, combines these so that uᵢᴴvⱼ = 0 for i ≠ j,
/// unless their span is defective. What a residual r lacks for that is of order r/|λᵢ − λⱼ|, so that the combinations
/// are as good eigenvectors as before. Collective.
void biorthogonalise(const SpectrumOperator& op, double distance, std::vector<Pair>& pairs);

/// Gives each of `right` its left vector u, uᴴL = λuᴴ, out of the vectors w of Lᵀ, u = w̄: equal values first, then the
/// largest |uᴴv|. Pairs for which nothing fits stay without. Collective.
/// @param resolution largest difference between two values that count as the same.
void match_left(const SpectrumOperator& op, const std::vector<Pair>& transposed, double resolution,
                std::vector<Pair>& right);

}  // namespace sgdflux::solve
