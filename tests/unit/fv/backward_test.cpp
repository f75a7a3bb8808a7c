/// The backward operator: transpose of the forward one where it may be, functions beyond ends where not.
#include <gtest/gtest.h>

#include "support/numerics.hpp"

namespace sgdflux::fv {
namespace {

using test::make_grid;

const std::vector<Flux> central = {Flux::order2, Flux::order4, Flux::order6, Flux::order8};

Eigen::MatrixXd backward(const model::Sde& sde, const mesh::Grid& grid, const Scheme& scheme) {
  const mesh::Box box = test::whole(grid);
  return test::dense(grid, backward_generator(discretise(sde, grid, scheme, box), box));
}

void expect_transpose(const model::Sde& sde, const mesh::Grid& grid, const Scheme& scheme) {
  const Eigen::MatrixXd forward = test::dense(sde, grid, scheme);
  const Eigen::MatrixXd difference = forward.transpose() - backward(sde, grid, scheme);
  EXPECT_LT(difference.cwiseAbs().maxCoeff(), 2e-15 * forward.cwiseAbs().maxCoeff())
      << grid.dimension() << " dimensions, " << to_string(scheme.flux) << ", damping " << scheme.damping;
}

TEST(BackwardGenerator, IsTheTransposeAtTruncatedAndPeriodicEnds) {
  std::mt19937 random(21);
  for (int dim = 1; dim <= 3; ++dim) {
    for (const bool periodic : {false, true}) {
      for (const double steepness : {1., 100.}) {
        const auto sde = test::random_formulas({dim, true, steepness > 1, steepness}, random);
        std::vector<std::string> axes = {"linear(-2, 2) 9", "sinh(-2, 2, 1) 10", "linear(-1, 2) 9"};
        axes.resize(static_cast<std::size_t>(dim));
        axes[0] += periodic ? " periodic" : "";
        const mesh::Grid grid = make_grid(*sde, axes);
        for (const Flux flux : central) {
          expect_transpose(*sde, grid, {flux, 0});
          expect_transpose(*sde, grid, {flux, 1});
        }
      }
    }
  }
}

TEST(BackwardGenerator, OfTwoPointFluxesIsTheTransposeAtAnyEnd) {
  std::mt19937 random(22);
  for (const char* ends : {"", " periodic", " reflecting truncated"}) {
    const auto line = test::random_formulas({1}, random);
    expect_transpose(*line, make_grid(*line, {std::string("linear(-2, 2) 20") + ends}), {Flux::exact, 0});
    const auto plane = test::random_formulas({2}, random);
    expect_transpose(*plane, make_grid(*plane, {std::string("linear(-2, 2) 9") + ends, "sinh(-2, 2, 1) 8"}),
                     {Flux::monotone, 0});
  }
}

TEST(BackwardGenerator, AtAReflectingWallSeesTheMirrorImage) {
  // Odd drift and even noise: an even function on twice the domain.
  const auto sde = test::make_model({{"name", "formula"},
                                     {"variables", "x y"},
                                     {"drift.x", "sin(x) - 30*x^3"},
                                     {"drift.y", "x^2 - y"},
                                     {"noise.x.1", "cos(x)"},
                                     {"noise.y.1", "sin(x)"},
                                     {"noise.y.2", "0.1"}});
  const mesh::Grid half = make_grid(*sde, {"linear(0, 2) 8 reflecting truncated", "linear(-2, 2) 6"});
  const mesh::Grid full = make_grid(*sde, {"linear(-2, 2) 16", "linear(-2, 2) 6"});
  for (const Flux flux : central) {
    for (const double damping : {0., 1.}) {
      const Eigen::MatrixXd large = backward(*sde, full, {flux, damping});
      Eigen::MatrixXd folded = large.bottomRightCorner(48, 48);
      for (Index i = 0; i < 8; ++i) {
        folded.middleCols(i * 6, 6) += large.block(48, (7 - i) * 6, 48, 6);
      }
      EXPECT_LT((folded - backward(*sde, half, {flux, damping})).cwiseAbs().maxCoeff(),
                1e-14 * large.cwiseAbs().maxCoeff())
          << to_string(flux);
    }
  }
}

TEST(BackwardGenerator, OfConstantsIsZeroWhereNothingAbsorbs) {
  std::mt19937 random(23);
  const auto sde = test::random_formulas({3, true, true, 50}, random);
  const mesh::Grid grid = make_grid(*sde, {"linear(-2, 2) 6 reflecting truncated", "linear(-2, 2) 9 periodic",
                                           "linear(-2, 2) 5 reflecting reflecting"});
  for (const Flux flux : central) {
    const Eigen::MatrixXd matrix = backward(*sde, grid, {flux, 1});
    EXPECT_LT(matrix.rowwise().sum().cwiseAbs().maxCoeff(), 1e-14 * matrix.cwiseAbs().rowwise().sum().maxCoeff());
  }
}

}  // namespace
}  // namespace sgdflux::fv
