#pragma once
/// Weights of central flux differences on a uniform grid, orders 2m = 2, 4, 6, 8.
#include <array>

namespace sgdflux::fv {

/// Largest half-width of a stencil: m = 4 is order 8.
inline constexpr int max_half_width = 4;

/// Weights at one face for the m cells on either side, pair k = 0 … m−1 being the k-th neighbours (left cell −1−k,
/// right cell k). Differences of neighbouring face values are the standard central weights of order 2m (Fornberg 1988).
struct FaceWeights {
  int half_width = 1;
  std::array<double, max_half_width> value{};  ///< symmetric: Σ_k value_k (f_R + f_L) reconstructs the flux function f
  std::array<double, max_half_width> difference{};  ///< antisymmetric: Σ_k difference_k (f_R − f_L) reconstructs h f'
  /// Antisymmetric weights of the dissipative flux that turns the central flux into the upwind-biased one of order
  /// 2m−1; to be multiplied by |B|. For m = 1 all zero: plain upwinding is never added here.
  std::array<double, max_half_width> damping{};
};

/// @param half_width m = 1 … 4.
[[nodiscard]] const FaceWeights& face_weights(int half_width);

/// Weights b_k of the central first derivative of order 2m at a cell: h f' = Σ_{k=1..m} b_k (f_{+k} − f_{−k}); entry
/// k−1.
[[nodiscard]] const std::array<double, max_half_width>& derivative_weights(int half_width);

/// Weights s_k of the central second derivative of order 2m at a cell: h² f'' = Σ_{k=1..m} s_k (f_{+k} − 2f + f_{−k});
/// entry k−1.
[[nodiscard]] const std::array<double, max_half_width>& second_derivative_weights(int half_width);

/// Weights q_k that average a numerical flux F given at faces over a cell to order 2m, Σ_k q_k (F_{right+k} +
/// F_{left−k}). The numerical flux of a conservative difference has J as its sliding average, so this is J at the cell
/// centre.
[[nodiscard]] const std::array<double, max_half_width>& cell_average_weights(int half_width);

}  // namespace sgdflux::fv
