/// What everything besides the linear solve costs per cell: currents, averages, pair marginals and fields of a Gaussian
/// density. JSON on stdout. Usage: benchmark_observing DIMENSION CELLS [np > 1 by mpirun].
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "sgdflux/fv/coefficients.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/session.hpp"
#include "sgdflux/model/registry.hpp"
#include "sgdflux/observe/current.hpp"
#include "../../src/study/output_fields.hpp"
#include "../../src/study/quantities.hpp"

namespace {
using namespace sgdflux;

double peak() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return 1024. * static_cast<double>(usage.ru_maxrss);
}

class Phase {
 public:
  explicit Phase(double cells) : cells_(cells), begin_(MPI_Wtime()), base_(peak()) {}
  void lap(const char* name) {
    const double now = MPI_Wtime();
    std::printf("%-12s %8.1f ns/cell, peak %5.1f doubles/cell\n", name, 1e9 * (now - begin_) / cells_, (peak() - base_) / 8 / cells_);
    begin_ = MPI_Wtime();
  }

 private:
  double cells_;
  double begin_;
  double base_;
};

std::unique_ptr<model::Sde> gaussian(int dim) {
  core::Settings settings;
  std::string drift;
  std::string noise;
  for (int i = 0; i < dim; ++i) {
    for (int j = 0; j < dim; ++j) {
      drift += i == j ? "1 " : j == i + 1 ? ".5 " : j == i - 1 ? "-.5 " : "0 ";
      noise += i == j ? "1 " : "0 ";
    }
    drift += i + 1 < dim ? "; " : "";
    noise += i + 1 < dim ? "; " : "";
  }
  settings.set("model.name", "ornstein-uhlenbeck", "");
  settings.set("model.drift_matrix", drift, "");
  settings.set("model.noise_matrix", noise, "");
  return model::make(settings);
}

}  // namespace

int main(int argc, char** argv) {
  const int dim = argc > 1 ? std::atoi(argv[1]) : 2;
  const int cells = argc > 2 ? std::atoi(argv[2]) : 800;
  la::Session session(argc, argv);
  const auto sde = gaussian(dim);
  std::vector<mesh::Axis> axes;
  for (int d = 0; d < dim; ++d) {
    axes.emplace_back(mesh::parse_axis(sde->variables()[static_cast<std::size_t>(d)], "linear(-4, 4) " + std::to_string(cells)));
  }
  Phase phase(std::pow(cells, dim));
  study::Solution solution(MPI_COMM_WORLD, *sde, axes, {dim == 2 ? fv::Flux::order2 : fv::Flux::order8, 0});
  phase.lap("discretise");
  Eigen::ArrayXd density = Eigen::ArrayXd::Ones(solution.owned.cells());
  for (const observe::Slab& slab : observe::slabs(solution.owned)) {
    density.segment(slab.begin, slab.cells.cells()) = (-fv::points(solution.grid, slab.cells).square().rowwise().sum()).exp();
  }
  observe::replace_density(solution.state, std::move(density));
  phase.lap("density");
  observe::Current current = observe::current(solution.state, solution.problem);
  phase.lap("current");
  study::StationaryAnswer answer;
  const auto quantities = study::quantities(solution.law(), {});
  phase.lap("averages");
  double sum = 0;
  for (int a = 0; a < dim; ++a) {
    sum += observe::net_flux(solution.state, current, a).mean + observe::net_flux_profiles(solution.state, current, a).sum();
    for (int b = 0; b < a; ++b) {
      sum += observe::circulation(solution.state, current, a, b);
    }
  }
  phase.lap("flows");
  sum += observe::entropy_production(solution.state, current, *sde);
  phase.lap("entropy");
  sum += observe::divergence(solution.state, current);
  phase.lap("divergence");
  study::fill_arrays(solution, current, answer);
  phase.lap("arrays");
  study::fill_fields(solution, std::move(current), answer);
  phase.lap("fields");
  std::printf("%g\n", sum);
}
