/// Adjoint functions against direct perturbation of random generators, and by every linear solver.
#include "sgdflux/solve/adjoint.hpp"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <random>

#include "support/solving.hpp"

namespace sgdflux::solve {
namespace {

using Array = Eigen::ArrayXd;

/// A generator of random jumps over up to `reach` cells on a line, rates over `decades`; columns sum to zero.
fv::Generator random_generator(const mesh::Grid& grid, core::Index reach, double decades, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform(0.1, 1);
  const mesh::Box box = test::whole(grid);
  const core::Index n = box.cells();
  fv::Generator generator{box, {{}}, core::Batch::Zero(n, 2 * reach + 1)};
  for (core::Index k = 1; k <= reach; ++k) {
    generator.offsets.push_back({k});
    generator.offsets.push_back({-k});
  }
  for (core::Index from = 0; from < n; ++from) {
    const double speed = std::pow(10, decades * static_cast<double>(from) / static_cast<double>(n));
    for (core::Index k = 1; k <= 2 * reach; ++k) {
      const core::Index to = from - generator.offsets[static_cast<std::size_t>(k)][0];
      if (to >= 0 && to < n) {
        const double rate = speed * uniform(random);
        generator.values(to, k) += rate;
        generator.values(from, 0) -= rate;
      }
    }
  }
  return generator;
}

mesh::Grid line(core::Index cells) {
  const std::string n = std::to_string(cells);
  return mesh::Grid({mesh::Axis(mesh::parse_axis("x", "linear(0, " + n + ") " + n + " reflecting"))});
}

Array random_function(core::Index n, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform(-1, 1);
  return Array::NullaryExpr(n, [&] { return uniform(random); });
}

/// L with its first row replaced by the sum over all cells: regular, and the first equation says Σ = right(0).
Eigen::MatrixXd bordered(Eigen::MatrixXd l) {
  l.row(0).setOnes();
  return l;
}

TEST(Adjoint, GivesTheChangeOfAnAverageThatADirectPerturbationGives) {
  const mesh::Grid grid = line(60);
  const mesh::Partition partition(grid, 1);
  for (const unsigned seed : {1U, 2U, 3U}) {
    const fv::Generator generator = random_generator(grid, 3, 0, seed);
    const fv::Generator change = random_generator(grid, 2, 0, seed + 100);
    const Eigen::MatrixXd l = test::dense(grid, generator);
    const Eigen::MatrixXd k = test::dense(grid, change);
    Eigen::VectorXd unit = Eigen::VectorXd::Zero(60);
    unit(0) = 1;
    const auto factors = bordered(l).fullPivLu();
    const Eigen::VectorXd p = factors.solve(unit);
    Eigen::VectorXd right = -k * p;
    right(0) = 0;
    const Eigen::VectorXd moved = factors.solve(right);  // L δP = −K P, Σ δP = 0
    core::Batch functions(60, 2);
    functions.col(0) = random_function(60, seed + 200);
    functions.col(1) = random_function(60, seed + 300);
    const auto result = adjoint(MPI_COMM_SELF, {grid, partition, generator}, p.array(), functions);
    for (Eigen::Index j = 0; j < 2; ++j) {
      const Adjoint& one = result[static_cast<std::size_t>(j)];
      const double direct = functions.col(j).matrix().dot(moved);
      EXPECT_TRUE(one.converged) << one.reason;
      EXPECT_NEAR(one.values.matrix().dot(k * p), direct, 1e-12 * moved.lpNorm<1>());
      EXPECT_NEAR(one.values.matrix().dot(p), 0, 1e-14);
      EXPECT_LE(one.residual, 1e-15);
    }
  }
}

TEST(Adjoint, IsRightWhereRatesSpanSixtyDecades) {
  const mesh::Grid grid = line(90);
  const mesh::Partition partition(grid, 1);
  // Jumps to neighbours only: P and ψ are known by recursion, without any solve.
  const fv::Generator generator = random_generator(grid, 1, 60, 5);
  const fv::Generator change = random_generator(grid, 1, 60, 6);
  const auto up = [](const fv::Generator& g, core::Index c) { return g.values(c + 1, 2); };  // from c to c + 1
  const auto down = [](const fv::Generator& g, core::Index c) { return g.values(c, 1); };    // from c + 1 to c
  Array p = Array::Ones(90);
  for (core::Index c = 0; c < 89; ++c) {
    p(c + 1) = p(c) * up(generator, c) / down(generator, c);
  }
  p /= p.sum();
  const Array f = random_function(90, 7);
  const Array excess = (f - (f * p).sum()) * p;
  double exact = 0;
  double size = 0;
  for (core::Index c = 0; c < 89; ++c) {
    // P(c)·up·(ψ(c+1) − ψ(c)) is the excess of f beyond the edge, where P is small.
    const double step = excess.tail(89 - c).sum() / (up(generator, c) * p(c));
    const double term = step * (up(change, c) * p(c) - down(change, c) * p(c + 1));
    exact += term;
    size += std::abs(term);
  }
  const auto result = adjoint(MPI_COMM_SELF, {grid, partition, generator}, p, f);
  const Array& psi = result[0].values;
  double found = 0;
  for (core::Index c = 0; c < 89; ++c) {
    found += (psi(c + 1) - psi(c)) * (up(change, c) * p(c) - down(change, c) * p(c + 1));
  }
  EXPECT_TRUE(result[0].converged) << result[0].reason;
  EXPECT_NEAR(found, exact, 1e-12 * size);
}

struct Plane {
  std::unique_ptr<model::Sde> sde;
  mesh::Grid grid;
  mesh::Partition partition;
  fv::Generator high;
  core::Batch functions;
  Array density;

  explicit Plane(const test::Lines& lines, const std::vector<std::string>& axes)
      : sde(test::make_model(lines)),
        grid(test::make_grid(*sde, axes)),
        partition(grid, 1),
        high(test::make_generator(*sde, grid, {fv::Flux::order8, 1})),
        functions(fv::physical(grid, fv::centres(grid, test::whole(grid)))),
        density(stationary(MPI_COMM_SELF, {grid, partition, high}, {}).density) {
    functions = functions.square().eval();
  }

  /// By a Krylov method, with a preconditioner of another flux, against factors of the generator itself.
  void expect_agreement(la::Method method, const fv::Scheme& scheme, double tolerance) const {
    const fv::Generator low = test::make_generator(*sde, grid, scheme);
    const auto direct = adjoint(MPI_COMM_SELF, {grid, partition, high}, density, functions);
    const auto krylov = adjoint(MPI_COMM_SELF, {grid, partition, high, &low}, density, functions, {method});
    for (std::size_t k = 0; k < direct.size(); ++k) {
      EXPECT_TRUE(krylov[k].converged) << krylov[k].reason;
      const double size = direct[k].values.abs().maxCoeff();
      const double distance = (direct[k].values - krylov[k].values).abs().maxCoeff();
      EXPECT_LE(distance, tolerance * size);
      EXPECT_LE(krylov[k].correction.abs().maxCoeff(), 10 * tolerance * size);
    }
  }
};

TEST(Adjoint, IsTheSameByMultigrid) {
  const Plane plane({{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "1 0.5; -0.7 2"}, {"noise_matrix", "1 0; 0 1.3"}},
                    {"linear(-5, 5) 48", "linear(-5, 5) 48"});
  plane.expect_agreement(la::Method::multigrid, {fv::Flux::fitted, 0}, 1e-14);
}

TEST(Adjoint, IsTheSameByFactorsOfTheSecondOrderGenerator) {
  const Plane plane({{"name", "momentum-regression"}}, {"linear(-1, 1) 40", "linear(-3, 3) 40"});
  plane.expect_agreement(la::Method::preconditioned, {fv::Flux::order2, 1}, 1e-14);
}

TEST(Adjoint, IsTheSameByIncompleteFactors) {
  const Plane plane({{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "1 0.5; -0.7 2"}, {"noise_matrix", "1 0; 0 1.3"}},
                    {"linear(-5, 5) 32", "linear(-5, 5) 32"});
  plane.expect_agreement(la::Method::incomplete, {fv::Flux::fitted, 0}, 1e-14);
}

}  // namespace
}  // namespace sgdflux::solve
