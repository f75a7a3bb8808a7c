/// What rank 0 sends to others in one exchange of the operator's border and in one V-cycle, on as many ranks as it is
/// started on: lines "name: messages bytes" on stdout, for the table COUNTED of tools/scaling_model.py.
/// Usage: mpirun -n RANKS benchmark_traffic
#include <cstdio>
#include <string>
#include <vector>

#include "sgdflux/la/ghosts.hpp"
#include "sgdflux/la/multigrid.hpp"
#include "sgdflux/la/session.hpp"
#include "sgdflux/mesh/grid.hpp"
#include "sgdflux/mesh/partition.hpp"

namespace {

using namespace sgdflux;
using core::Index;

/// n cells along each of so many axes.
mesh::Grid grid(Index n, int dimension) {
  std::vector<mesh::Axis> axes;
  for (int d = 0; d < dimension; ++d) {
    axes.emplace_back(mesh::parse_axis("x" + std::to_string(d), "linear(-1, 1) " + std::to_string(n)));
  }
  return mesh::Grid(std::move(axes));
}

std::string lattice(Index n, int dimension) {
  const std::vector<std::string> powers{"", "", "²", "³", "⁴"};
  return std::to_string(n) + powers[static_cast<std::size_t>(dimension)];
}

void print(const std::string& name, const la::Traffic& before, const la::Traffic& after) {
  if (la::rank(MPI_COMM_WORLD) == 0) {
    std::printf("%s, %d ranks: %ld %.0f\n", name.c_str(), la::size(MPI_COMM_WORLD), after.messages - before.messages,
                after.bytes - before.bytes);
  }
}

void border(Index n, int dimension, int order, bool corners) {
  const mesh::Grid cells = grid(n, dimension);
  const mesh::Partition partition(cells, la::size(MPI_COMM_WORLD));
  la::Ghosts ghosts(MPI_COMM_WORLD, la::decomposition(cells, partition), order / 2, corners);
  Eigen::ArrayXd field = ghosts.field();
  ghosts.exchange(field.data());
  print("border of the operator, " + lattice(n, dimension) + ", order " + std::to_string(order) +
            (corners ? ", correlated noise" : ""),
        {}, ghosts.traffic());
}

/// Of pure diffusion.
void cycle(Index n, int dimension) {
  const mesh::Grid cells = grid(n, dimension);
  const mesh::Partition partition(cells, la::size(MPI_COMM_WORLD));
  const mesh::Box owned = partition.owned(la::rank(MPI_COMM_WORLD));
  std::vector<la::FaceRates> faces;
  for (int d = 0; d < dimension; ++d) {
    mesh::Box box = owned;
    ++box.upper[static_cast<std::size_t>(d)];
    la::FaceRates rates{Eigen::ArrayXd::Ones(box.cells()), Eigen::ArrayXd::Ones(box.cells())};
    for (Index i = 0; i < box.cells(); ++i) {
      const Index face = box.cell(i)[static_cast<std::size_t>(d)];
      if (face == 0 || face == n) {
        rates.up(i) = rates.down(i) = 0;
      }
    }
    faces.push_back(std::move(rates));
  }
  la::Multigrid multigrid(MPI_COMM_WORLD, la::decomposition(cells, partition), std::move(faces));
  multigrid.set_shift(1);  // without the sum that takes the null vector off
  const Eigen::ArrayXd r = Eigen::ArrayXd::Ones(owned.cells());
  Eigen::ArrayXd z(owned.cells());
  const la::Traffic before = multigrid.traffic();
  multigrid.apply(r.data(), z.data());
  print("V-cycle with its gathering, " + lattice(n, dimension), before, multigrid.traffic());
}

}  // namespace

int main() {
  const la::Session session;
  border(1600, 2, 2, false);
  border(128, 3, 6, false);
  border(40, 4, 8, true);
  cycle(1600, 2);
  cycle(128, 3);
  return 0;
}
