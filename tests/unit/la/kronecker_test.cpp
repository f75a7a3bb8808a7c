#include "sgdflux/la/kronecker.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>

#include "support/kronecker.hpp"

namespace sgdflux::la {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

/// A lattice cut into its two groups, on one rank.
struct Problem {
  mesh::Cell shape;
  int dimension;
  std::vector<int> first;
  MatrixXd a;
  MatrixXd b;
  Decomposition cells;
  MatrixXd sum;

  Problem(const mesh::Cell& lattice, int dim, std::vector<int> group, MatrixXd of_first, MatrixXd of_second)
      : shape(lattice), dimension(dim), first(std::move(group)), a(std::move(of_first)), b(std::move(of_second)) {
    mesh::Box whole;
    whole.upper = shape;
    cells = {{whole}, shape, {}, dimension};
    sum = test::kronecker_sum(shape, dimension, first, a, b);
  }
  [[nodiscard]] KroneckerSum inverse() const { return {MPI_COMM_SELF, cells, first, a, b}; }
  [[nodiscard]] Eigen::Index size() const { return sum.rows(); }
};

VectorXd apply(KroneckerSum& sum, const VectorXd& r) {
  VectorXd z(r.size());
  sum.apply(r.data(), z.data());
  return z;
}

VectorXd apply_transpose(KroneckerSum& sum, const VectorXd& r) {
  VectorXd z(r.size());
  sum.apply_transpose(r.data(), z.data());
  return z;
}

/// Shapes around the sizes of leaves and strips, pairs of complex eigenvalues wherever they fall.
std::vector<Problem> problems() {
  std::vector<Problem> all;
  all.emplace_back(mesh::Cell{3, 7, 5, 4}, 4, std::vector<int>{0, 1}, test::random_generator(21, 1),
                   test::random_generator(20, 2));
  all.emplace_back(mesh::Cell{3, 7, 5, 4}, 4, std::vector<int>{0, 2}, test::random_generator(15, 3),
                   test::random_generator(28, 4));
  all.emplace_back(mesh::Cell{4, 3, 3, 5}, 4, std::vector<int>{1, 2}, test::random_generator(9, 5),
                   test::random_generator(20, 6));
  all.emplace_back(mesh::Cell{7, 11, 6, 1}, 3, std::vector<int>{0, 2}, test::random_generator(42, 7, true),
                   test::random_generator(11, 8, true));
  all.emplace_back(mesh::Cell{131, 3, 1, 1}, 2, std::vector<int>{0}, test::random_generator(131, 9),
                   test::random_generator(3, 10, true));
  all.emplace_back(mesh::Cell{2, 150, 1, 1}, 2, std::vector<int>{0}, test::random_generator(2, 11),
                   test::random_generator(150, 12, true));
  return all;
}

TEST(KroneckerSum, InvertsAShiftedSumOfGeneratorsAndItsTranspose) {
  for (const Problem& problem : problems()) {
    KroneckerSum inverse = problem.inverse();
    for (const double sigma : {0.3, 20.0}) {
      inverse.set_shift(sigma);
      const VectorXd r = VectorXd::Random(problem.size());
      const MatrixXd shifted = sigma * MatrixXd::Identity(problem.size(), problem.size()) - problem.sum;
      const Eigen::PartialPivLU<MatrixXd> exact(shifted);
      const VectorXd z = exact.solve(r);
      EXPECT_LT((apply(inverse, r) - z).norm(), 1e-5 * z.norm()) << problem.size() << " cells, shift " << sigma;
      const VectorXd y = exact.transpose().solve(r);
      EXPECT_LT((apply_transpose(inverse, r) - y).norm(), 1e-5 * y.norm()) << problem.size() << " cells";
    }
  }
}

TEST(KroneckerSum, WithoutShiftInvertsOnFieldsOfZeroMass) {
  for (const Problem& problem : problems()) {
    KroneckerSum inverse = problem.inverse();
    const VectorXd r = test::balanced(problem.size());
    const VectorXd z = apply(inverse, r);
    EXPECT_LT((problem.sum * z + r).norm(), 1e-5 * r.norm()) << problem.size() << " cells";
    EXPECT_LT(std::abs(z.sum()), 1e-13 * z.cwiseAbs().sum());
  }
}

TEST(KroneckerSum, TransposedWithoutShiftSolvesWhatIsOrthogonalToTheStationaryDensity) {
  for (const Problem& problem : problems()) {
    KroneckerSum inverse = problem.inverse();
    const VectorXd r = problem.sum.transpose() * VectorXd::Random(problem.size());
    const VectorXd z = apply_transpose(inverse, r);
    EXPECT_LT((problem.sum.transpose() * z + r).norm(), 1e-5 * r.norm()) << problem.size() << " cells";
  }
}

TEST(KroneckerSum, TransposedIsTheAdjointOfTheSameMap) {
  for (const Problem& problem : problems()) {
    KroneckerSum inverse = problem.inverse();
    const VectorXd r = test::balanced(problem.size(), 2);
    const VectorXd s = test::balanced(problem.size(), 3);
    const double there = s.dot(apply(inverse, r));
    EXPECT_NEAR(there, r.dot(apply_transpose(inverse, s)), 1e-5 * s.norm() * apply(inverse, r).norm());
  }
}

TEST(KroneckerSum, KnowsMassFromTheShiftedSumToRounding) {
  const Problem problem = problems().front();
  KroneckerSum inverse = problem.inverse();
  inverse.set_shift(1e-3);
  const VectorXd r = VectorXd::Random(problem.size());
  EXPECT_NEAR(apply(inverse, r).sum(), r.sum() / 1e-3, 1e-13 * apply(inverse, r).cwiseAbs().sum());
}

TEST(KroneckerSum, DoesNotDependOnTheSizeOfNumbers) {
  const Problem problem = problems().front();
  KroneckerSum inverse = problem.inverse();
  const VectorXd r = test::balanced(problem.size());
  const VectorXd z = apply(inverse, r);
  const double tiny = std::ldexp(1, -300);
  EXPECT_EQ((apply(inverse, tiny * r) / tiny - z).norm(), 0);
  EXPECT_EQ(apply(inverse, VectorXd::Zero(r.size())).norm(), 0);
}

TEST(KroneckerSum, InvertsOperatorsThatLoseMass) {
  MatrixXd a = test::random_generator(30, 1);
  a.diagonal().array() -= 0.5;
  const Problem problem({6, 5, 7, 1}, 3, {0, 1}, a, test::random_generator(7, 2));
  KroneckerSum inverse = problem.inverse();
  const VectorXd r = VectorXd::Random(problem.size());
  const VectorXd z = -problem.sum.lu().solve(r);
  EXPECT_LT((apply(inverse, r) - z).norm(), 1e-5 * z.norm());
}

/// Memory of two forms with that many numbers.
double two_matrices(double rows) { return 2 * sizeof(float) * rows * rows; }

TEST(KroneckerSum, OfEqualGroupsKeepsOneForm) {
  const MatrixXd a = test::random_generator(40, 1);
  const Problem same({8, 5, 8, 5}, 4, {0, 1}, a, a);
  const Problem different({8, 5, 8, 5}, 4, {0, 1}, a, 1.5 * a);
  KroneckerSum one = same.inverse();
  const VectorXd r = test::balanced(same.size());
  EXPECT_LT((same.sum * apply(one, r) + r).norm(), 1e-5 * r.norm());
  EXPECT_DOUBLE_EQ(different.inverse().bytes() - one.bytes(), two_matrices(40));
}

TEST(KroneckerSum, OfGeneratorsThatReflectionLeavesAsTheyAreIsSmaller) {
  const MatrixXd a = test::random_generator(40, 1);
  const MatrixXd even = test::random_generator(40, 1, true);
  const Problem plain({8, 5, 8, 5}, 4, {0, 1}, a, a);
  const Problem mirrored({8, 5, 8, 5}, 4, {0, 1}, even, even);
  EXPECT_DOUBLE_EQ(plain.inverse().bytes() - mirrored.inverse().bytes(), two_matrices(40) - 2 * two_matrices(20));
}

}  // namespace
}  // namespace sgdflux::la
