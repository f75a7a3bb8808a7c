#pragma once
/// Extrema of the logarithmic slope of a sampled density: what decides how many maxima it has.
#include <Eigen/Core>
#include <vector>

namespace sgdflux::continuation {

/// A place where g = d ln p/dindex is extremal, or where the nodes end.
struct Extremum {
  double position = 0;  ///< in units of nodes, 0 = first
  double value = 0;     ///< g
  bool top = false;     ///< g is larger than around it
  bool bottom = false;  ///< an end is both
};

/// Extrema of g along y = ln p at uniformly spaced nodes (5 or more), ends included, by the polynomials of degree 8
/// (fewer nodes: less) through the neighbours of each node. `beyond_first`, `beyond_last`: g is followed half a cell
/// beyond that node, to a wall.
[[nodiscard]] std::vector<Extremum> slope_extrema(const Eigen::ArrayXd& y, bool beyond_first, bool beyond_last);
/// The same on a ring, from the largest g on once around.
[[nodiscard]] std::vector<Extremum> ring_extrema(const Eigen::ArrayXd& y);

/// max over x₁ < y₁ < x₂ < … < y_k of min(g(x₁), −g(y₁), g(x₂), …, −g(y_k)) with tops x and bottoms y: positive iff p
/// has at least k interior maxima, continuous where it changes sign, and equal to the extremum of g by which it does:
/// the fold of a maximum and a minimum, or the end that a maximum leaves through. −1 where there are too few extrema.
[[nodiscard]] double depth(const std::vector<Extremum>& extrema, int k);
/// How many maxima there are whose depth exceeds `noise`.
[[nodiscard]] int count_maxima(const std::vector<Extremum>& extrema, double noise);
/// Positions of the zeros where g turns from positive to negative, deeper than `noise` on both sides; linear between
/// extrema of g, which is enough to say where about they are.
[[nodiscard]] std::vector<double> maxima(const std::vector<Extremum>& extrema, double noise);

}  // namespace sgdflux::continuation
