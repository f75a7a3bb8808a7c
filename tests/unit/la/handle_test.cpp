#include "sgdflux/la/handle.hpp"
#include "sgdflux/core/errors.hpp"

#include <gtest/gtest.h>

#include <type_traits>

#include "sgdflux/la/session.hpp"
#include "support/numerics.hpp"

namespace sgdflux::la {
namespace {

int destroyed = 0;
PetscErrorCode count_destroy(int** object) {
  ++destroyed;
  *object = nullptr;
  return 0;
}
using Counted = Handle<int*, count_destroy>;

TEST(Handle, DestroysItsObjectOnce) {
  destroyed = 0;
  int object = 0;
  {
    Counted handle;
    EXPECT_FALSE(handle);
    *handle.out() = &object;
    EXPECT_TRUE(handle);
    EXPECT_EQ(handle.get(), &object);
    handle.reset();
    EXPECT_EQ(destroyed, 1);
    EXPECT_FALSE(handle);
  }
  EXPECT_EQ(destroyed, 1);
}

TEST(Handle, MovesOwnershipAndNeverSharesIt) {
  static_assert(!std::is_copy_constructible_v<Counted> && !std::is_copy_assignable_v<Counted>);
  static_assert(std::is_nothrow_move_constructible_v<Counted> && std::is_nothrow_move_assignable_v<Counted>);
  destroyed = 0;
  int first = 0;
  int second = 0;
  {
    Counted a;
    *a.out() = &first;
    Counted b(std::move(a));
    EXPECT_EQ(b.get(), &first);
    EXPECT_EQ(a.get(), nullptr);  // NOLINT(bugprone-use-after-move)
    Counted c;
    *c.out() = &second;
    c = std::move(b);
    EXPECT_EQ(destroyed, 1) << "assignment destroys what was there";
    Counted& same = c;
    c = std::move(same);
    EXPECT_EQ(c.get(), &first);
  }
  EXPECT_EQ(destroyed, 2);
}

TEST(Handle, OutDestroysTheOldObject) {
  Vector vector;
  check(VecCreateSeq(PETSC_COMM_SELF, 3, vector.out()));
  check(VecCreateSeq(PETSC_COMM_SELF, 5, vector.out()));
  PetscInt size = 0;
  check(VecGetSize(vector.get(), &size));
  EXPECT_EQ(size, 5);
}

TEST(Check, TurnsAnErrorCodeIntoAnExceptionWithPetscsWords) {
  Vector three;
  Vector five;
  check(VecCreateSeq(PETSC_COMM_SELF, 3, three.out()));
  check(VecCreateSeq(PETSC_COMM_SELF, 5, five.out()));
  try {
    check(VecAXPY(three.get(), 1, five.get()));
    FAIL() << "no exception";
  } catch (const core::Error& error) {
    EXPECT_EQ(error.code(), core::ExitCode::internal);
    EXPECT_TRUE(test::has(error.what(), "VecAXPY")) << error.what();
  }
  EXPECT_NO_THROW(check(0));
}

TEST(Guard, KeepsMessageAndExitCodeOfTheException) {
  EXPECT_NO_THROW(guard(MPI_COMM_SELF, [] {}));
  try {
    guard(MPI_COMM_SELF, [] { throw core::FileError("no such file"); });
    FAIL() << "no exception";
  } catch (const core::Error& error) {
    EXPECT_EQ(error.code(), core::ExitCode::files);
    EXPECT_STREQ(error.what(), "no such file");
  }
}

TEST(Guard, KeepsTheTypeOfAnError) {
  const auto guarded = [](const auto& error) { la::guard(PETSC_COMM_WORLD, [&] { throw error; }); };
  EXPECT_THROW(guarded(core::SettingsError("settings")), core::SettingsError);
  EXPECT_THROW(guarded(core::FileError("file")), core::FileError);
  EXPECT_THROW(guarded(core::ConvergenceError("solver")), core::ConvergenceError);
}

}  // namespace
}  // namespace sgdflux::la
