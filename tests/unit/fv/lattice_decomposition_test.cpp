/// Decomposition of diffusion tensors into rank-one terms along lattice offsets, for random tensors.
#include <gtest/gtest.h>

#include <Eigen/QR>
#include <cmath>
#include <limits>
#include <random>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/fv/lattice_decomposition.hpp"

namespace sgdflux::test {
namespace {

using fv::LatticeTensor;
using fv::LatticeTerms;

constexpr int tensors = 600;

/// Random directions; eigenvalues between 1/anisotropy and 1, those two among them.
LatticeTensor random_tensor(std::mt19937& random, int dim, double anisotropy) {
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform;
  Eigen::MatrixXd m(dim, dim);
  for (double& entry : m.reshaped()) {
    entry = normal(random);
  }
  const Eigen::MatrixXd q = Eigen::HouseholderQR<Eigen::MatrixXd>(m).householderQ();
  Eigen::VectorXd eigenvalues(dim);
  for (double& value : eigenvalues) {
    value = std::pow(anisotropy, -uniform(random));
  }
  eigenvalues(0) = 1;
  eigenvalues(dim - 1) = 1 / anisotropy;
  const Eigen::MatrixXd a = q * eigenvalues.asDiagonal() * q.transpose();
  return LatticeTensor(0.5 * (a + a.transpose()));
}

LatticeTensor random_rank_one(std::mt19937& random, int dim) {
  std::normal_distribution<double> normal;
  Eigen::VectorXd v(dim);
  for (double& entry : v) {
    entry = normal(random);
  }
  return LatticeTensor(v * v.transpose());
}

LatticeTensor summed(const LatticeTerms& terms, int dim) {
  LatticeTensor sum = LatticeTensor::Zero(dim, dim);
  for (std::size_t k = 0; k < static_cast<std::size_t>(terms.size); ++k) {
    for (int i = 0; i < dim; ++i) {
      for (int j = 0; j < dim; ++j) {
        sum(i, j) += terms.weight[k] * static_cast<double>(terms.offset[k][i] * terms.offset[k][j]);
      }
    }
  }
  return sum;
}

double misfit(const LatticeTerms& terms, const LatticeTensor& tensor) {
  return (summed(terms, static_cast<int>(tensor.rows())) - tensor).cwiseAbs().maxCoeff() / tensor.trace();
}

class InDimension : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(LatticeDecomposition, InDimension, testing::Values(1, 2, 3, 4));

TEST_P(InDimension, RandomTensorsUpToAnisotropy1e4AreTheSumOfTheirTerms) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> decades(0, 4);
  for (int t = 0; t < tensors; ++t) {
    const LatticeTensor a = random_tensor(random, GetParam(), std::pow(10, decades(random)));
    const LatticeTerms terms = fv::decompose(a);
    EXPECT_EQ(terms.floor, 0);
    EXPECT_LE(misfit(terms, a), 1e-14);
    EXPECT_LE(terms.radius, 100);
    for (int k = 0; k < terms.size; ++k) {
      EXPECT_GT(terms.weight[static_cast<std::size_t>(k)], 0);
    }
  }
}

TEST_P(InDimension, SingularTensorsAreExactUpToTheReportedFloor) {
  std::mt19937 random(11);
  for (int t = 0; t < tensors; ++t) {
    const LatticeTensor a = random_rank_one(random, GetParam());
    const LatticeTerms terms = fv::decompose(a);
    const double floor = GetParam() == 1 ? 0 : 1e-3;
    EXPECT_DOUBLE_EQ(terms.floor, floor);
    const LatticeTensor floored = a + terms.floor * a.trace() * LatticeTensor::Identity(a.rows(), a.cols());
    EXPECT_LE(misfit(terms, floored), 1e-14);
    EXPECT_LE(terms.radius, 40);
  }
}

TEST_P(InDimension, TheCapOfTheOffsetsHoldsAndItsFloorIsReported) {
  std::mt19937 random(13);
  fv::LatticeLimits limits;
  limits.radius = {5, 3, 4, 3};
  int floored = 0;
  for (int t = 0; t < tensors; ++t) {
    const LatticeTensor a = random_tensor(random, GetParam(), 1e3);
    const LatticeTerms terms = fv::decompose(a, limits);
    for (std::size_t k = 0; k < static_cast<std::size_t>(terms.size); ++k) {
      for (std::size_t d = 0; d < 4; ++d) {
        EXPECT_LE(std::abs(terms.offset[k][d]), limits.radius[d]);
      }
    }
    const LatticeTensor raised = a + terms.floor * a.trace() * LatticeTensor::Identity(a.rows(), a.cols());
    EXPECT_LE(misfit(terms, raised), 1e-14);
    floored += terms.floor > 0 ? 1 : 0;
  }
  EXPECT_EQ(floored > 0, GetParam() > 1);
}

/// Selling's algorithm (1874) in the plane, written down on its own: an obtuse superbase, weights −⟨b_i, D b_j⟩.
double selling_weight_sum(const LatticeTensor& d) {
  std::array<Eigen::Vector2d, 3> b{Eigen::Vector2d(1, 0), Eigen::Vector2d(0, 1), Eigen::Vector2d(-1, -1)};
  for (bool moved = true; moved;) {
    moved = false;
    for (std::size_t i = 0; i < 3 && !moved; ++i) {
      const auto& p = b[i];
      const auto& q = b[(i + 1) % 3];
      if (p.dot(d * q) > 1e-14 * d.trace()) {
        b = {Eigen::Vector2d(-p), q, Eigen::Vector2d(p - q)};
        moved = true;
      }
    }
  }
  double sum = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    sum -= b[i].dot(d * b[(i + 1) % 3]);
  }
  return sum;
}

TEST(LatticeDecomposition, IsSellingsFormulaInThePlane) {
  std::mt19937 random(17);
  for (int t = 0; t < tensors; ++t) {
    const LatticeTensor a = random_tensor(random, 2, 1e3);
    const LatticeTerms terms = fv::decompose(a);
    double sum = 0;
    for (int k = 0; k < terms.size; ++k) {
      sum += terms.weight[static_cast<std::size_t>(k)];
    }
    EXPECT_NEAR(sum, selling_weight_sum(a), 1e-13);
  }
}

TEST(LatticeDecomposition, DiagonalTensorsKeepToTheAxes) {
  LatticeTensor a = LatticeTensor::Zero(4, 4);
  a.diagonal() << 3, 1e-3, 7, 0.5;
  const LatticeTerms terms = fv::decompose(a);
  EXPECT_EQ(terms.radius, 1);
  EXPECT_EQ(terms.size, 4);
  EXPECT_EQ(misfit(terms, a), 0);
}

TEST(LatticeDecomposition, TheFormD4HasTermsToo) {
  // Inside the cone of the second perfect form in four dimensions, which the first one does not cover.
  LatticeTensor a(4, 4);
  a << 2, 1, 1, 1, 1, 2, 1, 1, 1, 1, 2, 0, 1, 1, 0, 2;
  const LatticeTerms terms = fv::decompose(a);
  EXPECT_LE(misfit(terms, a), 1e-15);
  EXPECT_LE(terms.radius, 2);
}

TEST(LatticeDecomposition, AZeroTensorHasNoTerms) { EXPECT_EQ(fv::decompose(LatticeTensor::Zero(3, 3)).size, 0); }

TEST(LatticeDecomposition, IndefiniteNonSymmetricAndNanTensorsAreRefused) {
  LatticeTensor a(2, 2);
  a << 1, 2, 2, 1;
  EXPECT_THROW(static_cast<void>(fv::decompose(a)), core::SettingsError);
  a << 1, 0.5, 0.4, 1;
  EXPECT_THROW(static_cast<void>(fv::decompose(a)), core::SettingsError);
  a << 1, 0, 0, std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(static_cast<void>(fv::decompose(a)), core::SettingsError);
}

}  // namespace
}  // namespace sgdflux::test
