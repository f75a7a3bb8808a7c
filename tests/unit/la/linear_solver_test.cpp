#include "sgdflux/la/linear_solver.hpp"

#include <gtest/gtest.h>

#include <array>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/la/generator_matrix.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/session.hpp"
#include "support/numerics.hpp"

namespace sgdflux::la {
namespace {

/// −L + 1 of a two-dimensional relaxation, at high and at second order.
struct System {
  std::unique_ptr<model::Sde> sde;
  mesh::Grid grid;
  mesh::Partition partition;
  Matrix high;
  Matrix low;
  Eigen::ArrayXd right;

  explicit System(core::Index cells)
      : sde(test::make_model(
            {{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "1 0.4; -0.6 1.5"}, {"noise_matrix", "1 0; 0.3 0.8"}})),
        grid(test::make_grid(*sde, {test::symmetric_axis(1, 4, cells), test::symmetric_axis(1, 4, cells)})),
        partition(grid, 1),
        high(matrix(fv::Flux::order6)),
        low(matrix(fv::Flux::order2)),
        right(Eigen::ArrayXd::Random(grid.cells())) {}

  Matrix matrix(fv::Flux flux) const {
    const fv::Generator g = test::make_generator(*sde, grid, {flux, 0});
    return create_matrix(MPI_COMM_SELF, grid, partition, {g.cells, g.offsets, g.values, -1, 1});
  }
  Eigen::ArrayXd solve(LinearSolver& solver) const {
    const Vector b = create_vector(MPI_COMM_SELF, partition);
    const Vector x = create_vector(MPI_COMM_SELF, partition);
    set_values(b.get(), right);
    EXPECT_TRUE(solver.solve(b.get(), x.get())) << solver.reason();
    return values(x.get());
  }
};

TEST(LinearSolver, MethodsAgree) {
  const System system(24);
  LinearSolver direct(system.high.get(), system.high.get(), Method::direct, "t1_");
  const Eigen::ArrayXd exact = system.solve(direct);
  for (const Method method : {Method::preconditioned, Method::multigrid}) {
    LinearSolver solver(system.high.get(), system.low.get(), method, "t2_");
    solver.set_tolerance({1e-13, 0, 200});
    EXPECT_LT((system.solve(solver) - exact).abs().maxCoeff(), 1e-10 * exact.abs().maxCoeff()) << to_string(method);
    EXPECT_GT(solver.iterations(), 1);
    EXPECT_EQ(solver.reason(), "converged");
  }
}

/// The diagonal of 1 − L, times a number: poor, but one that can be checked.
class Diagonal final : public Preconditioner {
 public:
  explicit Diagonal(const Matrix& matrix, int budget = 1 << 20) : budget_(budget) {
    Vector diagonal;
    check(MatCreateVecs(matrix.get(), diagonal.out(), nullptr));
    check(MatGetDiagonal(matrix.get(), diagonal.get()));
    values_ = values(diagonal.get());
  }
  void set_shift(double) override {}
  void apply(const double* r, double* z) override {
    if (--budget_ < 0) {
      throw core::ConvergenceError("the budget is spent");
    }
    for (Eigen::Index i = 0; i < values_.size(); ++i) {
      z[i] = r[i] / values_(i);
    }
  }
  void apply_transpose(const double* r, double* z) override { apply(r, z); }
  std::string name() const override { return "the diagonal"; }
  double bytes() const override { return 0; }

 private:
  Eigen::ArrayXd values_;
  int budget_;
};

TEST(LinearSolver, TakesAPreconditionerOfOurOwnWithEitherKrylovMethod) {
  const System system(24);
  LinearSolver direct(system.high.get(), system.high.get(), Method::direct, "t4_");
  const Eigen::ArrayXd exact = system.solve(direct);
  Diagonal diagonal(system.high);
  for (const Krylov krylov : {Krylov::bicgstab, Krylov::fgmres}) {
    LinearSolver solver(system.high.get(), {diagonal, {}, krylov, 60}, "t5_");
    solver.set_tolerance({1e-13, 0, 2000});
    EXPECT_LT((system.solve(solver) - exact).abs().maxCoeff(), 1e-10 * exact.abs().maxCoeff()) << to_string(krylov);
  }
}

TEST(LinearSolver, ScalesThePreconditionerWithTheColumnsAlsoOfTheTranspose) {
  const System system(24);
  const Eigen::ArrayXd rates = Eigen::ArrayXd::Random(system.right.size()).abs() + 0.1;
  Matrix scaled;
  check(MatDuplicate(system.high.get(), MAT_COPY_VALUES, scaled.out()));
  const Vector inverse = create_vector(MPI_COMM_SELF, system.partition);
  set_values(inverse.get(), 1 / rates);
  check(MatDiagonalScale(scaled.get(), nullptr, inverse.get()));
  Diagonal diagonal(system.high);
  LinearSolver solver(scaled.get(), {diagonal, rates, Krylov::fgmres, 60}, "t6_");
  solver.set_tolerance({1e-13, 0, 2000});
  LinearSolver direct(scaled.get(), scaled.get(), Method::direct, "t7_");
  const Eigen::ArrayXd exact = system.solve(direct);
  EXPECT_LT((system.solve(solver) - exact).abs().maxCoeff(), 1e-9 * exact.abs().maxCoeff());
  const Vector b = create_vector(MPI_COMM_SELF, system.partition);
  const Vector x = create_vector(MPI_COMM_SELF, system.partition);
  const Vector y = create_vector(MPI_COMM_SELF, system.partition);
  set_values(b.get(), system.right);
  ASSERT_TRUE(solver.solve_transpose(b.get(), x.get())) << solver.reason();
  check(MatMultTranspose(scaled.get(), x.get(), y.get()));
  EXPECT_LT((values(y.get()) - system.right).abs().maxCoeff(), 1e-11);
}

TEST(LinearSolver, LetsExceptionsOfAPreconditionerComeOut) {
  const System system(24);
  Diagonal diagonal(system.high, 3);
  LinearSolver solver(system.high.get(), {diagonal, {}, Krylov::fgmres, 60}, "t8_");
  const Vector b = create_vector(MPI_COMM_SELF, system.partition);
  const Vector x = create_vector(MPI_COMM_SELF, system.partition);
  set_values(b.get(), system.right);
  EXPECT_THROW(static_cast<void>(solver.solve(b.get(), x.get())), core::ConvergenceError);
}

TEST(LinearSolver, ReportsInWordsThatItDidNotConverge) {
  const System system(24);
  LinearSolver solver(system.high.get(), system.low.get(), Method::multigrid, "t3_");
  solver.set_tolerance({1e-14, 0, 2});
  const Vector b = create_vector(MPI_COMM_SELF, system.partition);
  const Vector x = create_vector(MPI_COMM_SELF, system.partition);
  set_values(b.get(), system.right);
  EXPECT_FALSE(solver.solve(b.get(), x.get()));
  EXPECT_TRUE(test::has(solver.reason(), "iteration limit")) << solver.reason();
  EXPECT_EQ(solver.iterations(), 2);
}

TEST(LinearSolver, PreconditionsWithTheInverseOfTheSecondMatrix) {
  const System system(12);
  const LinearSolver solver(system.high.get(), system.low.get(), Method::preconditioned, "t4_");
  LinearSolver low(system.low.get(), system.low.get(), Method::direct, "t5_");
  const Eigen::ArrayXd expected = system.solve(low);
  const Vector b = create_vector(MPI_COMM_SELF, system.partition);
  const Vector x = create_vector(MPI_COMM_SELF, system.partition);
  set_values(b.get(), system.right);
  solver.precondition(b.get(), x.get());
  EXPECT_LT((values(x.get()) - expected).abs().maxCoeff(), 1e-12 * expected.abs().maxCoeff());
}

std::string package(const LinearSolver& solver) {
  MatSolverType type = nullptr;
  check(PCFactorGetMatSolverType(solver.preconditioner(), &type));
  return type != nullptr ? type : "none";
}

/// −L + 1 of relaxation along some axes.
Matrix relaxation(int dimension, core::Index cells, fv::Flux flux) {
  const std::vector<std::string> axes(static_cast<std::size_t>(dimension), test::symmetric_axis(1, 4, cells));
  const std::array identities{"1", "1 0; 0 1", "1 0 0; 0 1 0; 0 0 1"};
  const std::string identity = identities[static_cast<std::size_t>(dimension - 1)];
  const auto sde =
      test::make_model({{"name", "ornstein-uhlenbeck"}, {"drift_matrix", identity}, {"noise_matrix", identity}});
  const mesh::Grid grid = test::make_grid(*sde, axes);
  const fv::Generator g = test::make_generator(*sde, grid, {flux, 0});
  return create_matrix(MPI_COMM_SELF, grid, mesh::Partition(grid, 1), {g.cells, g.offsets, g.values, -1, 1});
}

TEST(LinearSolver, FactorisesByUmfpackWhatIsSparseInThePlane) {
  const auto chosen = [](int dimension, core::Index cells, fv::Flux flux) {
    const Matrix matrix = relaxation(dimension, cells, flux);
    return package(LinearSolver(matrix.get(), matrix.get(), Method::direct, "t7_"));
  };
  EXPECT_EQ(chosen(1, 200, fv::Flux::order8), MATSOLVERUMFPACK);
  EXPECT_EQ(chosen(2, 30, fv::Flux::order2), MATSOLVERUMFPACK);
  EXPECT_EQ(chosen(2, 30, fv::Flux::order4), MATSOLVERUMFPACK);
  EXPECT_EQ(chosen(2, 30, fv::Flux::order8), MATSOLVERMUMPS);
  EXPECT_EQ(chosen(3, 24, fv::Flux::order2), MATSOLVERMUMPS);
}

/// Rows and columns of one cell alone are zero.
TEST(LinearSolver, NoticesSingularFactorsOfEveryPackage) {
  const Matrix matrix = relaxation(2, 30, fv::Flux::order2);
  const PetscInt cell = 400;
  check(MatZeroRowsColumns(matrix.get(), 1, &cell, 0, nullptr, nullptr));
  Vector b;
  Vector x;
  check(MatCreateVecs(matrix.get(), x.out(), b.out()));
  check(VecSet(b.get(), 1));
  for (const std::string name : {MATSOLVERUMFPACK, MATSOLVERMUMPS}) {
    check(PetscOptionsSetValue(nullptr, "-t9_pc_factor_mat_solver_type", name.c_str()));
    LinearSolver solver(matrix.get(), matrix.get(), Method::direct, "t9_");
    EXPECT_FALSE(solver.solve(b.get(), x.get())) << name;
    EXPECT_NE(solver.reason().find("singular"), std::string::npos) << solver.reason();
    check(PetscOptionsClearValue(nullptr, "-t9_pc_factor_mat_solver_type"));
  }
}

TEST(LinearSolver, FactorsOfEveryPackageSolveBothSystemsAndFollowTheirMatrix) {
  const Matrix matrix = relaxation(2, 30, fv::Flux::order2);
  Vector b;
  Vector x;
  Vector back;
  check(MatCreateVecs(matrix.get(), x.out(), b.out()));
  check(VecDuplicate(b.get(), back.out()));
  check(VecSetRandom(b.get(), nullptr));
  for (const std::string name : {MATSOLVERUMFPACK, MATSOLVERMUMPS}) {
    check(PetscOptionsSetValue(nullptr, "-t8_pc_factor_mat_solver_type", name.c_str()));
    LinearSolver solver(matrix.get(), matrix.get(), Method::direct, "t8_");
    ASSERT_EQ(package(solver), name);
    const auto error = [&](bool transposed) {
      EXPECT_TRUE(transposed ? solver.solve_transpose(b.get(), x.get()) : solver.solve(b.get(), x.get()));
      check(transposed ? MatMultTranspose(matrix.get(), x.get(), back.get())
                       : MatMult(matrix.get(), x.get(), back.get()));
      check(VecAXPY(back.get(), -1, b.get()));
      PetscReal norm = 0;
      check(VecNorm(back.get(), NORM_INFINITY, &norm));
      return norm;
    };
    EXPECT_LT(error(false), 1e-12) << name;
    EXPECT_LT(error(true), 1e-12) << name;
    check(MatShift(matrix.get(), 1));
    solver.refactor();
    EXPECT_LT(error(false), 1e-12) << name;
    check(PetscOptionsClearValue(nullptr, "-t8_pc_factor_mat_solver_type"));
  }
}

TEST(LinearSolver, TakesPetscOptionsWithItsPrefix) {
  check(PetscOptionsSetValue(nullptr, "-t6_ksp_max_it", "1"));
  const System system(12);
  LinearSolver solver(system.high.get(), system.low.get(), Method::multigrid, "t6_");
  solver.set_tolerance({1e-14, 0, 200});
  const Vector b = create_vector(MPI_COMM_SELF, system.partition);
  const Vector x = create_vector(MPI_COMM_SELF, system.partition);
  set_values(b.get(), system.right);
  EXPECT_FALSE(solver.solve(b.get(), x.get())) << "the expert wins";
  EXPECT_EQ(solver.iterations(), 1);
  check(PetscOptionsSetValue(nullptr, "-t6_nobody_asks", "1"));
  const std::vector<std::string> unused = unused_options();
  EXPECT_NE(std::find(unused.begin(), unused.end(), "-t6_nobody_asks"), unused.end());
  EXPECT_EQ(std::find(unused.begin(), unused.end(), "-t6_ksp_max_it"), unused.end());
  check(PetscOptionsClearValue(nullptr, "-t6_nobody_asks"));
}

}  // namespace
}  // namespace sgdflux::la
