#pragma once
/// Ownership of PETSc objects and translation of PETSc's error codes.
#include <petscksp.h>

#include <functional>
#include <string>
#include <utility>

namespace sgdflux::la {

/// What a run says when an allocation failed.
inline constexpr const char* memory_words = "out of memory: use fewer cells or more ranks";

/// Throws when `code` is not 0: std::bad_alloc where memory ran out, which may be on this rank only, SettingsError
/// where options given after `--` are the cause, else InternalError, with PETSc's own words. Every PETSc call goes
/// through it.
void check(PetscErrorCode code);

/// Runs `work` on every rank and, when any rank threw, throws on every rank (the exception of the lowest such rank: its
/// message and exit code travel, and what was a SettingsError, FileError or ConvergenceError is one again). Needed
/// around whatever may fail on some ranks only before the next collective call. Collective over `comm`.
void guard(MPI_Comm comm, const std::function<void()>& work);

/// Move-only owner of a PETSc object; `Destroy` runs at most once and never throws.
template <class Object, PetscErrorCode (*Destroy)(Object*)>
class Handle {
 public:
  Handle() = default;
  ~Handle() { reset(); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  Handle(Handle&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Handle& operator=(Handle&& other) noexcept {
    if (this != &other) {
      reset();
      object_ = std::exchange(other.object_, nullptr);
    }
    return *this;
  }
  [[nodiscard]] Object get() const { return object_; }
  [[nodiscard]] explicit operator bool() const { return object_ != nullptr; }
  /// Where a creating function stores a new object; the old one is destroyed.
  [[nodiscard]] Object* out() {
    reset();
    return &object_;
  }
  /// Gives ownership away.
  [[nodiscard]] Object release() noexcept { return std::exchange(object_, nullptr); }
  void reset() noexcept {
    if (object_ != nullptr) {
      static_cast<void>(Destroy(&object_));
      object_ = nullptr;
    }
  }

 private:
  Object object_ = nullptr;
};

using Vector = Handle<Vec, VecDestroy>;
using Matrix = Handle<Mat, MatDestroy>;
using IndexSet = Handle<IS, ISDestroy>;
using Scatter = Handle<VecScatter, VecScatterDestroy>;
using Solver = Handle<KSP, KSPDestroy>;

}  // namespace sgdflux::la
