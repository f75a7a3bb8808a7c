/// How fast the generator is applied without a matrix on one core; one line of JSON on stdout, a list of figures.
/// Usage: benchmark_operator [SECONDS], the time spent on each figure (default .3); the best of many applications
/// counts. `linear`: one momentum mode in two dimensions, relaxation in three, two momentum modes in four, whose
/// coefficients are kept as functions of one variable; `undamped`: by the central fluxes alone; `coupled`: two modes
/// with correlated noise; `tables`: two modes with nonlinear drift and noise that have to be kept for every cell.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

#include "sgdflux/fv/flux_operator.hpp"
#include "sgdflux/model/registry.hpp"

namespace {

using namespace sgdflux;
using core::Index;

using Lines = std::vector<std::pair<std::string, std::string>>;

std::unique_ptr<model::Sde> model_of(const Lines& lines) {
  core::Settings settings;
  for (const auto& [key, value] : lines) {
    settings.set("model." + key, value, "benchmark");
  }
  return model::make(settings);
}

mesh::Grid grid_of(const model::Sde& sde, Index cells) {
  std::vector<mesh::Axis> axes;
  for (const std::string& name : sde.variables()) {
    axes.emplace_back(mesh::parse_axis(name, "linear(-2, 2) " + std::to_string(cells)));
  }
  return mesh::Grid(std::move(axes));
}

mesh::Box whole(const mesh::Grid& grid) {
  mesh::Box box;
  box.upper = grid.shape();
  return box;
}

struct Figures {
  double cells;
  double rate;            ///< cells per second, L P
  double transpose_rate;  ///< Lᵀ u
  double bytes;           ///< per cell, of the operator itself
  double setup;           ///< seconds
};

/// CPU time of this process, which other processes of a busy machine do not add to.
double now() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

template <class Work>
double best_time(double seconds, const Work& work) {
  const double begin = now();
  double best = 1e300;
  for (int turn = 0; turn < 3 || now() - begin < seconds; ++turn) {
    const double start = now();
    work();
    best = std::min(best, now() - start);
  }
  return best;
}

Figures measure(const model::Sde& sde, Index cells, fv::Scheme scheme, double seconds) {
  const mesh::Grid grid = grid_of(sde, cells);
  const mesh::Box all = whole(grid);
  const auto count = static_cast<double>(grid.cells());
  const fv::Discretisation problem = fv::discretise(sde, grid, scheme, all);
  const double start = now();
  const fv::FluxOperator op(problem, all);
  const double setup = now() - start;
  Eigen::ArrayXd density = Eigen::ArrayXd::Zero(op.box().cells());
  for (Index i = 0; i < density.size(); ++i) {
    density(i) = all.contains(op.box().cell(i)) ? 1 + .1 * std::sin(static_cast<double>(i)) : 0;
  }
  Eigen::ArrayXd result = Eigen::ArrayXd::Zero(grid.cells());
  const double forward = best_time(seconds, [&] { op.apply(density.data(), result.data(), all); });
  const double backward = best_time(seconds, [&] { op.apply_transpose(density.data(), result.data(), all); });
  return {count, count / forward, count / backward, op.bytes() / count, setup};
}

/// A model in a dimension with the cells per axis of the sizes that are measured.
struct Case {
  std::string name;
  Lines model;
  std::vector<Index> cells;
  double damping = 1;
};

const Lines plane{{"name", "momentum-regression"}};
const Lines space{{"name", "ornstein-uhlenbeck"},
                  {"drift_matrix", "1 .3 -.2; -.4 1.5 .1; .2 .1 2"},
                  {"noise_matrix", "1 0 0; 0 .8 0; 0 0 1.2"}};
const Lines two_modes{{"name", "momentum-regression"}, {"rho", "1 .4"}};
const Lines tables{{"name", "formula"},
                   {"variables", "x y z w"},
                   {"drift.x", "y + .1*x*y*z*w"},
                   {"drift.y", "-x - y + .1*x*y*z*w"},
                   {"drift.z", "w + .1*x*y*z*w"},
                   {"drift.w", "-z - w + .1*x*y*z*w"},
                   {"noise.y.1", ".5 + .01*x*y*z*w"},
                   {"noise.w.2", ".5 + .01*x*y*z*w"}};
const Lines coupled{{"name", "ornstein-uhlenbeck"},
                    {"drift_matrix", "0 -1 0 0; 1 1 0 0; 0 0 0 -1; 0 0 1 1"},
                    {"noise_matrix", "0 0 0 0; 0 1 0 .3; 0 0 0 0; 0 .3 0 1"}};

const std::vector<Case> cases{
    {"linear", plane, {316, 1000, 1500, 3200}}, {"linear", space, {48, 100, 140, 216}},
    {"linear", two_modes, {18, 24, 32, 56}},    {"linear, undamped", two_modes, {18, 24, 32, 56}, 0},
    {"coupled", coupled, {18, 24, 32, 56}},     {"tables", tables, {18, 24, 32}}};

}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : .3;
  const char* separator = "";
  std::printf("[");
  for (const Case& one : cases) {
    const auto sde = model_of(one.model);
    for (const fv::Flux flux : {fv::Flux::order2, fv::Flux::order4, fv::Flux::order6, fv::Flux::order8}) {
      for (const Index cells : one.cells) {
        const Figures found = measure(*sde, cells, {flux, one.damping}, seconds);
        std::printf(
            "%s{\"model\": \"%s\", \"dimension\": %d, \"order\": %d, \"cells\": %.0f, \"cells_per_second\": %.4g, "
            "\"transpose_cells_per_second\": %.4g, \"bytes_per_cell\": %.4g, \"setup_seconds\": %.3g}",
            separator, one.name.c_str(), sde->dimension(), fv::order(flux), found.cells, found.rate,
            found.transpose_rate, found.bytes, found.setup);
        separator = ", ";
        std::fflush(stdout);
      }
    }
  }
  std::printf("]\n");
  return EXIT_SUCCESS;
}
