#include "sample_fields.hpp"

#include <algorithm>

#include "sgdflux/fv/coefficients.hpp"
#include "sgdflux/la/session.hpp"
#include "sgdflux/mesh/grid.hpp"
#include "sgdflux/mesh/partition.hpp"

namespace sgdflux::study {
namespace {

constexpr Eigen::Index kept_paths = 8;
constexpr Eigen::Index kept_records = 4096;

mesh::Box whole_of(const mesh::Grid& grid) {
  mesh::Box whole;
  whole.upper = grid.shape();
  return whole;
}

/// Volume of every cell in the variables, C order: what the solver counts.
Eigen::ArrayXd volumes(const mesh::Grid& grid) { return fv::jacobian(grid, whole_of(grid)) * grid.cell_volume(); }

std::vector<double> of_box(const Eigen::ArrayXd& all, const mesh::Box& whole, const mesh::Box& box) {
  std::vector<double> part(static_cast<std::size_t>(box.cells()));
  for (core::Index k = 0; k < box.cells(); ++k) {
    part[static_cast<std::size_t>(k)] = all[whole.position(box.cell(k))];
  }
  return part;
}

void add_density(MPI_Comm comm, const std::vector<mesh::Axis>& axes, const sample::Histogram& histogram,
                 SampleAnswer& answer) {
  const mesh::Grid grid(axes);
  const mesh::Box box = mesh::Partition(grid, la::size(comm)).owned(la::rank(comm));
  const mesh::Box whole = whole_of(grid);
  const Eigen::ArrayXd volume = volumes(grid);
  const auto add = [&](const std::string& path, const std::string& meaning, const Eigen::ArrayXd& values) {
    answer.fields.push_back({path, meaning, grid.shape(), grid.dimension(), box, of_box(values / volume, whole, box)});
  };
  add("density", "probability density from the histogram of the paths", histogram.probability);
  add("density_error", "standard error of the density", histogram.error);
}

std::vector<double> list(const Eigen::ArrayXd& values) { return {values.begin(), values.end()}; }

void add_marginal(const mesh::Axis& axis, const sample::Histogram& histogram, SampleAnswer& answer) {
  const Eigen::ArrayXd width = volumes(mesh::Grid({axis}));
  answer.arrays.push_back({"marginal/" + axis.name(),
                           "probability per unit of " + axis.name() + ", from the paths",
                           {axis.cells()},
                           list(histogram.probability / width)});
  answer.arrays.push_back(
      {"marginal_error/" + axis.name(), "its standard error", {axis.cells()}, list(histogram.error / width)});
}

void add_paths(const sample::Process& process, const sample::Recording& recording, SampleAnswer& answer) {
  if (recording.history.empty() || recording.history.front().cols() == 0) {
    return;
  }
  const Eigen::Index paths = std::min(kept_paths, recording.history.front().cols());
  const Eigen::Index records = std::min(kept_records, recording.history.front().rows());
  answer.arrays.push_back({"path/time",
                           "times of the recorded paths",
                           {records},
                           {recording.record_times.begin(), recording.record_times.begin() + records}});
  for (std::size_t q = 0; q < process.quantities().size(); ++q) {
    std::vector<double> values;
    for (Eigen::Index path = 0; path < paths; ++path) {
      const auto part = recording.history[q].col(path).head(records);
      values.insert(values.end(), part.begin(), part.end());
    }
    answer.arrays.push_back({"path/" + process.quantities()[q], "of the first paths", {paths, records}, values});
  }
}

}  // namespace

void add_histogram_fields(MPI_Comm comm, const sample::Process& process, const sample::Recording& recording,
                          SampleAnswer& answer) {
  for (const sample::Binning& binning : recording.binnings) {
    const sample::Histogram histogram = sample::histogram(binning.counts, binning.total);
    std::vector<mesh::Axis> axes;
    for (const int d : binning.variables) {
      axes.emplace_back(recording.axes[static_cast<std::size_t>(d)]);
    }
    if (axes.size() == recording.axes.size() && axes.size() <= 2) {
      add_density(comm, axes, histogram, answer);
    }
    if (axes.size() == 1) {
      add_marginal(axes.front(), histogram, answer);
    }
  }
  add_paths(process, recording, answer);
}

}  // namespace sgdflux::study
