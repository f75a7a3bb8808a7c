#include "single_precision.hpp"

#include <petscsys.h>

#include <algorithm>
#include <vector>

#include "sgdflux/core/errors.hpp"

extern "C" {
void sgemm_(const char* op_a, const char* op_b, const PetscBLASInt* m, const PetscBLASInt* n, const PetscBLASInt* k,
            const float* alpha, const float* a, const PetscBLASInt* lda, const float* b, const PetscBLASInt* ldb,
            const float* beta, float* c, const PetscBLASInt* ldc);
void sgees_(const char* vectors, const char* sort, void* select, const PetscBLASInt* n, float* a,
            const PetscBLASInt* lda, PetscBLASInt* selected, float* real, float* imaginary, float* q,
            const PetscBLASInt* ldq, float* work, const PetscBLASInt* size, PetscBLASInt* flags, PetscBLASInt* info);
}

namespace sgdflux::la {
namespace {

PetscBLASInt number(Eigen::Index value) { return static_cast<PetscBLASInt>(value); }

/// BLAS refuses strides of 0, also of empty blocks.
PetscBLASInt stride(Eigen::Index value) { return number(std::max<Eigen::Index>(value, 1)); }

}  // namespace

void multiply(const ConstFloatBlock& a, Op op_a, const ConstFloatBlock& b, Op op_b, float keep, const FloatBlock& c) {
  const PetscBLASInt m = number(c.rows);
  const PetscBLASInt n = number(c.columns);
  const PetscBLASInt k = number(op_a == Op::plain ? a.columns : a.rows);
  const PetscBLASInt lda = stride(a.stride);
  const PetscBLASInt ldb = stride(b.stride);
  const PetscBLASInt ldc = stride(c.stride);
  const char first = static_cast<char>(op_a);
  const char second = static_cast<char>(op_b);
  const float one = 1;
  sgemm_(&first, &second, &m, &n, &k, &one, a.data, &lda, b.data, &ldb, &keep, c.data, &ldc);
}

void real_schur(const FloatBlock& a, const FloatBlock& q) {
  const PetscBLASInt n = number(a.rows);
  const PetscBLASInt lda = stride(a.stride);
  const PetscBLASInt ldq = stride(q.stride);
  std::vector<float> real(static_cast<std::size_t>(a.rows) + 1);
  std::vector<float> imaginary(real.size());
  PetscBLASInt selected = 0;
  PetscBLASInt info = 0;
  const auto call = [&](std::vector<float>& work, PetscBLASInt size) {
    sgees_("V", "N", nullptr, &n, a.data, &lda, &selected, real.data(), imaginary.data(), q.data, &ldq, work.data(),
           &size, nullptr, &info);
  };
  std::vector<float> work(1);
  call(work, -1);  // says how much it wants
  work.resize(static_cast<std::size_t>(std::max(work[0], 3 * static_cast<float>(n) + 2)));
  call(work, number(static_cast<Eigen::Index>(work.size())));
  if (info != 0) {
    throw core::ConvergenceError("the real Schur form of a generator of " + std::to_string(n) +
                                 " cells was not found: the QR iteration did not converge");
  }
}

}  // namespace sgdflux::la
