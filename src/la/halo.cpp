#include "sgdflux/la/halo.hpp"

#include <algorithm>

#include "sgdflux/la/session.hpp"

namespace sgdflux::la {

Vector create_vector(MPI_Comm comm, const mesh::Partition& partition) {
  Vector vector;
  const auto local = static_cast<PetscInt>(partition.owned(rank(comm)).cells());
  check(VecCreateMPI(comm, local, PETSC_DETERMINE, vector.out()));
  return vector;
}

Eigen::ArrayXd values(Vec vector) {
  PetscInt size = 0;
  const PetscScalar* data = nullptr;
  check(VecGetLocalSize(vector, &size));
  check(VecGetArrayRead(vector, &data));
  Eigen::ArrayXd copy = Eigen::Map<const Eigen::ArrayXd>(data, size);
  check(VecRestoreArrayRead(vector, &data));
  return copy;
}

void set_values(Vec vector, const Eigen::ArrayXd& values) {
  PetscScalar* data = nullptr;
  check(VecGetArrayWrite(vector, &data));
  std::copy(values.begin(), values.end(), data);
  check(VecRestoreArrayWrite(vector, &data));
}

Halo::Halo(MPI_Comm comm, const mesh::Partition& partition, core::Index width)
    : cells_(comm, partition, partition.with_halo(rank(comm), width)) {}

void sum(MPI_Comm comm, Eigen::ArrayXd& values) {
  MPI_Allreduce(MPI_IN_PLACE, values.data(), static_cast<int>(values.size()), MPI_DOUBLE, MPI_SUM, comm);
}

double sum(MPI_Comm comm, double value) {
  MPI_Allreduce(MPI_IN_PLACE, &value, 1, MPI_DOUBLE, MPI_SUM, comm);
  return value;
}

double maximum(MPI_Comm comm, double value) {
  MPI_Allreduce(MPI_IN_PLACE, &value, 1, MPI_DOUBLE, MPI_MAX, comm);
  return value;
}

}  // namespace sgdflux::la
