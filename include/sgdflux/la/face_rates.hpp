#pragma once
/// The generator that preconditioners work on.
#include <Eigen/Core>

namespace sgdflux::la {

/// Rates through the faces of a box along one axis, as fv::TwoPoint: `up` of the cell below, `down` of the cell above,
/// faces of the box (cells + 1 along the axis) in C order.
struct FaceRates {
  Eigen::ArrayXd up;
  Eigen::ArrayXd down;
};

}  // namespace sgdflux::la
