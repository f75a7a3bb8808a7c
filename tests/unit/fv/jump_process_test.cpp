/// The monotone scheme for correlated noise: signs and conservation for random models, exactness for detailed balance,
/// consistency of fluxes and rows.
#include <gtest/gtest.h>

#include <Eigen/LU>
#include <cmath>
#include <random>

#include "support/numerics.hpp"

namespace sgdflux::fv {
namespace {

using test::Lines;
using test::make_grid;
using test::make_model;
using test::number;

std::vector<std::string> axes(int dim, const std::string& end) {
  const std::vector<std::vector<std::string>> all = {
      {"linear(-2, 2) 14" + end, "sinh(-2.5, 2, 1) 13"},
      {"linear(-2, 2) 9", "linear(-1.5, 2) 8" + end, "sinh(-2, 2, 1) 9"},
      {"linear(-2, 2) 5", "linear(-2, 2) 6" + end, "tanh(-2, 2, 1) 5", "linear(-2, 1) 5"}};
  return all[static_cast<std::size_t>(dim - 2)];
}

double leak(const Eigen::MatrixXd& matrix) {
  const Eigen::ArrayXd size = matrix.cwiseAbs().colwise().sum().array().transpose().max(1e-300);
  return (matrix.colwise().sum().array().transpose() / size).abs().maxCoeff();
}

TEST(JumpProcess, OffDiagonalsAreNotNegativeAndColumnsSumToZeroForRandomCorrelatedNoise) {
  std::mt19937 random(21);
  for (int trial = 0; trial < 18; ++trial) {
    const int dim = 2 + trial % 3;
    const auto formulas = test::random_formulas({dim, true, trial % 3 == 0, trial % 2 == 0 ? 1. : 1e4}, random);
    const auto relaxation = test::random_relaxation(dim, false, random);
    for (const model::Sde* sde : {formulas.get(), relaxation.get()}) {
      const mesh::Grid grid = make_grid(*sde, axes(dim, trial % 5 == 0 ? " periodic" : ""));
      const Generator generator = test::make_generator(*sde, grid, {Flux::monotone, 0});
      EXPECT_EQ(audit(generator).most_negative, 0);
      const Eigen::MatrixXd matrix = test::dense(grid, generator);
      EXPECT_LT(leak(matrix), 2e-15);
      EXPECT_LE(matrix.diagonal().maxCoeff(), 0);
      EXPECT_TRUE(matrix.allFinite());
    }
  }
}

/// Noise s = R diag(1, …, 1/√anisotropy) in rotated axes times an amplitude, and the drift b = −½ a∇V + ½∇·a that
/// leaves exp(−V) in detailed balance.
struct Balanced {
  std::unique_ptr<model::Sde> sde;
  std::function<double(const Eigen::VectorXd&)> potential;
};

/// 2-D, the amplitude q = 1 + ¼ sin(x + 2y) if `variable`.
Balanced plane(double anisotropy, double angle, bool variable) {
  const double c = std::cos(angle);
  const double s = std::sin(angle);
  const double l = 1 / anisotropy;
  const double xx = c * c + l * s * s;
  const double xy = c * s * (1 - l);
  const double yy = s * s + l * c * c;
  const std::string q = variable ? "(1 + 0.25*sin(x + 2*y))" : "1";
  const std::string dq = variable ? "0.25*cos(x + 2*y)" : "0";
  const std::string vx = "(x^3 - x + 0.5*y)";
  const std::string vy = "(y + 0.5*x)";
  const auto drift = [&](double ax, double ay) {
    return "-0.5*" + q + "^2*(" + number(ax) + "*" + vx + " + " + number(ay) + "*" + vy + ") + " + q + "*" + dq + "*(" +
           number(ax) + " + 2*" + number(ay) + ")";
  };
  const std::string r = number(std::sqrt(l));
  return {make_model({{"name", "formula"},
                      {"variables", "x y"},
                      {"drift.x", drift(xx, xy)},
                      {"drift.y", drift(xy, yy)},
                      {"noise.x.1", q + "*" + number(c)},
                      {"noise.y.1", q + "*" + number(s)},
                      {"noise.x.2", q + "*" + r + "*" + number(-s)},
                      {"noise.y.2", q + "*" + r + "*" + number(c)}}),
          [](const Eigen::VectorXd& x) {
            return std::pow(x(0), 4) / 4 - x(0) * x(0) / 2 + 0.5 * x(0) * x(1) + x(1) * x(1) / 2;
          }};
}

/// 3-D, noise along three skew directions whose sizes depend on place: a = Σ_k q_k(x)² w_k w_kᵀ.
Balanced space(bool variable) {
  const double w[3][3] = {{1, 0.8, -0.3}, {0.1, 0.3, 0.2}, {0, -0.1, 0.4}};  // rows k: directions
  const std::string q[3] = {variable ? "(1 + 0.3*sin(y))" : "1", variable ? "(1.2 + 0.2*cos(x + z))" : "1", "1"};
  // ∇(q_k²)/2 · w_k = q_k ∂_{w_k} q_k
  const std::string dq[3] = {variable ? "0.8*0.3*cos(y)" : "0", variable ? "-(0.1 + 0.2)*0.2*sin(x + z)" : "0", "0"};
  const std::string v[3] = {"(x + 0.2*y^3)", "(0.6*x*y^2 + 2*y)", "(z^3)"};
  const char* names[3] = {"x", "y", "z"};
  Lines lines{{"name", "formula"}, {"variables", "x y z"}};
  for (int i = 0; i < 3; ++i) {
    std::string drift = "0";
    for (int k = 0; k < 3; ++k) {
      std::string slope = "0";
      for (int j = 0; j < 3; ++j) {
        slope += " + " + number(w[k][j]) + "*" + v[j];
      }
      drift += " + " + number(w[k][i]) + "*(-0.5*" + q[k] + "^2*(" + slope + ") + " + q[k] + "*" + dq[k] + ")";
      lines.emplace_back(std::string("noise.") + names[i] + "." + std::to_string(k + 1), q[k] + "*" + number(w[k][i]));
    }
    lines.emplace_back(std::string("drift.") + names[i], drift);
  }
  return {make_model(lines), [](const Eigen::VectorXd& x) {
            return x(0) * x(0) / 2 + 0.2 * x(0) * std::pow(x(1), 3) + x(1) * x(1) + std::pow(x(2), 4) / 4;
          }};
}

/// Σ|L P| relative to Σ|L||P| for P = e^{−V}: 0 when detailed balance is exact at the nodes.
double residual(const Balanced& problem, const std::vector<std::string>& mesh) {
  const mesh::Grid grid = make_grid(*problem.sde, mesh);
  const mesh::Box box = test::whole(grid);
  const Batch x = physical(grid, centres(grid, box));
  const Eigen::ArrayXd jacobians = jacobian(grid, box);
  Eigen::VectorXd p(box.cells());
  for (Index row = 0; row < box.cells(); ++row) {
    p(row) = std::exp(-problem.potential(x.row(row).transpose().matrix())) * jacobians(row);
  }
  const Eigen::MatrixXd matrix = test::dense(*problem.sde, grid, {Flux::monotone, 0});
  return (matrix * p).lpNorm<1>() / (matrix.cwiseAbs() * p).lpNorm<1>();
}

TEST(JumpProcess, DetailedBalanceIsExactInThePlaneForConstantAndVariableRotatedTensors) {
  for (const double anisotropy : {10., 100., 1e4}) {
    for (const double angle : {0.3, 1.1, 2.6}) {
      EXPECT_LT(residual(plane(anisotropy, angle, false), {"linear(-2.5, 2.5) 31", "linear(-3, 3) 29"}), 1e-13);
      EXPECT_LT(residual(plane(anisotropy, angle, true), {"linear(-2.5, 2.5) 31", "sinh(-3, 3, 1) 29"}),
                anisotropy < 1e3 ? 1e-13 : 4e-12);
    }
  }
}

TEST(JumpProcess, DetailedBalanceIsExactInSpaceForConstantAndVariableTensors) {
  const std::vector<std::string> mesh{"linear(-2, 2) 12", "linear(-1.5, 1.5) 11", "sinh(-2, 2, 1) 10"};
  EXPECT_LT(residual(space(false), mesh), 1e-13);
  EXPECT_LT(residual(space(true), mesh), 1e-12);
}

TEST(JumpProcess, RotationIsSeenAndIsNoBalance) {
  const auto balanced = plane(100, 0.3, true);
  const mesh::Grid grid = make_grid(*balanced.sde, {"linear(-2.5, 2.5) 31", "linear(-3, 3) 29"});
  EXPECT_TRUE(discretise(*balanced.sde, grid, {Flux::monotone, 0}, test::whole(grid)).noise.balanced);
  std::mt19937 random(5);
  const auto rotating = test::random_relaxation(2, false, random);
  const mesh::Grid other = make_grid(*rotating, {"linear(-2.5, 2.5) 31", "linear(-3, 3) 29"});
  EXPECT_FALSE(discretise(*rotating, other, {Flux::monotone, 0}, test::whole(other)).noise.balanced);
}

/// The divergence of the face fluxes of a density must be its rate of change.
void expect_fluxes_of_rows(const Discretisation& problem) {
  const mesh::Box box = test::whole(problem.grid);
  std::mt19937 random(9);
  std::uniform_real_distribution<double> uniform(0, 1);
  const Eigen::ArrayXd p = Eigen::ArrayXd::NullaryExpr(box.cells(), [&] { return uniform(random); });
  const Eigen::ArrayXd rate = (test::dense(problem.grid, generator(problem, box)) * p.matrix()).array();
  Eigen::ArrayXd divergence = Eigen::ArrayXd::Zero(box.cells());
  for (int d = 0; d < problem.grid.dimension(); ++d) {
    const FaceFlux flux = face_flux(problem, d, box);
    const Eigen::ArrayXd through = apply(flux, box, p);
    for (Index row = 0; row < box.cells(); ++row) {
      mesh::Cell above = box.cell(row);
      above[static_cast<std::size_t>(d)] += 1;
      divergence(row) += (through(flux.faces.position(box.cell(row))) - through(flux.faces.position(above))) /
                         problem.grid.axis(d).spacing();
    }
  }
  EXPECT_LT((rate - divergence).abs().maxCoeff(), 1e-13 * rate.abs().maxCoeff());
}

TEST(JumpProcess, FaceFluxesSentAlongStaircasesHaveTheDivergenceOfTheRows) {
  std::mt19937 random(23);
  for (int dim = 2; dim <= 3; ++dim) {
    const auto sde = test::random_formulas({dim, true}, random);
    const mesh::Grid grid = make_grid(*sde, axes(dim, ""));
    expect_fluxes_of_rows(discretise(*sde, grid, {Flux::monotone, 0}, test::whole(grid)));
  }
}

TEST(JumpProcess, PartsOfALatticeHaveTheRowsOfTheWhole) {
  std::mt19937 random(29);
  const auto sde = test::random_formulas({2, true}, random);
  for (const char* end : {"", " periodic"}) {
    const mesh::Grid grid = make_grid(*sde, axes(2, end));
    const auto problem = discretise(*sde, grid, {Flux::monotone, 0}, test::whole(grid));
    const Eigen::MatrixXd all = test::dense(grid, generator(problem, test::whole(grid)));
    Eigen::MatrixXd parts = Eigen::MatrixXd::Zero(all.rows(), all.cols());
    mesh::Box lower = test::whole(grid);
    mesh::Box upper = lower;
    lower.upper[0] = upper.lower[0] = 6;
    for (const mesh::Box& box : {lower, upper}) {
      const Generator rows = generator(problem, box);
      for (Index row = 0; row < box.cells(); ++row) {
        for (std::size_t k = 0; k < rows.offsets.size(); ++k) {
          mesh::Cell cell = box.cell(row);
          for (std::size_t d = 0; d < 2; ++d) {
            cell[d] += rows.offsets[k][d];
            const Index n = grid.axis(static_cast<int>(d)).cells();
            cell[d] = grid.axis(static_cast<int>(d)).periodic() ? (cell[d] + n) % n : cell[d];
          }
          if (test::whole(grid).contains(cell)) {
            parts(test::whole(grid).position(box.cell(row)), test::whole(grid).position(cell)) +=
                rows.values(row, static_cast<Eigen::Index>(k));
          }
        }
      }
    }
    EXPECT_LT((all - parts).cwiseAbs().maxCoeff(), 1e-13 * all.cwiseAbs().maxCoeff());
  }
}

TEST(JumpProcess, TransposedRowsAreTheTranspose) {
  std::mt19937 random(31);
  const auto sde = test::random_formulas({2, true}, random);
  const mesh::Grid grid = make_grid(*sde, axes(2, ""));
  const auto problem = discretise(*sde, grid, {Flux::monotone, 0}, test::whole(grid));
  const Eigen::MatrixXd forward = test::dense(grid, generator(problem, test::whole(grid)));
  const Eigen::MatrixXd backward = test::dense(grid, backward_generator(problem, test::whole(grid)));
  EXPECT_LT((forward.transpose() - backward).cwiseAbs().maxCoeff(), 1e-14 * forward.cwiseAbs().maxCoeff());
}

TEST(JumpProcess, ApproximatesTheBackwardOperatorOfASmoothFunction) {
  // Lᵀf → L*f inside: rank-one noise along (1, 1), no balance, first order.
  const auto sde = make_model({{"name", "formula"},
                               {"variables", "x y"},
                               {"drift.x", "-x + y"},
                               {"drift.y", "-y - x"},
                               {"noise.x.1", "1 + 0.2*sin(y)"},
                               {"noise.y.1", "0.7"}});
  std::vector<double> errors;
  for (const Index n : {32, 64, 128, 256}) {
    const std::string axis = "linear(-2, 2) " + std::to_string(n);
    const mesh::Grid grid = make_grid(*sde, {axis, axis});
    const mesh::Box box = test::whole(grid);
    const auto problem = discretise(*sde, grid, {Flux::monotone, 0}, box);
    EXPECT_GT(problem.noise.floor, 0);
    const Batch x = physical(grid, centres(grid, box));
    const Eigen::ArrayXd f = (x.col(0) + 0.5 * x.col(1)).sin();
    const Generator rows = backward_generator(problem, box);
    double error = 0;
    for (Index row = 0; row < box.cells(); ++row) {
      if (x.row(row).abs().maxCoeff() > 0.8) {
        continue;
      }
      double sum = 0;
      for (std::size_t k = 0; k < rows.offsets.size(); ++k) {
        mesh::Cell cell = box.cell(row);
        cell[0] += rows.offsets[k][0];
        cell[1] += rows.offsets[k][1];
        const double value = rows.values(row, static_cast<Eigen::Index>(k));
        sum += value != 0 ? value * f(box.position(cell)) : 0;
      }
      const double u = x(row, 0);
      const double v = x(row, 1);
      const double phase = u + 0.5 * v;
      const double s = 1 + 0.2 * std::sin(v);
      const double exact =
          (-u + v + 0.5 * (-v - u)) * std::cos(phase) - 0.5 * std::pow(s + 0.5 * 0.7, 2) * std::sin(phase);
      error = std::max(error, std::abs(sum - exact));
    }
    errors.push_back(error);
  }
  EXPECT_LT(errors[0], 0.1);
  EXPECT_LT(errors[3], 0.15 * errors[0]);
}

}  // namespace
}  // namespace sgdflux::fv
