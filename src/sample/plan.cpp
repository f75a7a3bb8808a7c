#include <algorithm>
#include <cmath>
#include <sstream>

#include "binning.hpp"
#include "columns.hpp"
#include "gather.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/sample/sampler.hpp"

namespace sgdflux::sample {
namespace {

constexpr Index many_paths = 64;

void require(bool good, const std::string& key, double value, const std::string& range) {
  if (!good) {
    std::ostringstream text;
    text << "sample." << key << " = " << value << " is out of range: " << range;
    throw core::SettingsError(text.str());
  }
}

/// Of the joint histogram, where there is one, and the marginal ones.
double histogram_cells(const std::vector<mesh::AxisSpec>& axes) {
  double product = axes.size() == 2 ? 1 : 0;
  double sum = 0;
  for (const mesh::AxisSpec& axis : axes) {
    product *= static_cast<double>(axis.cells);
    sum += static_cast<double>(axis.cells);
  }
  return product + sum;
}

}  // namespace

void Plan::validate() const {
  const auto number = [](std::int64_t value) { return static_cast<double>(value); };
  require(paths >= 1 && paths <= 100000000, "paths", number(paths), "an integer, 1 <= paths <= 1e8");
  require(steps >= 2, "steps", number(steps), "an integer >= 2");
  require(burn >= 0, "burn", number(burn), "an integer >= 0");
  require(every >= 1 && every <= steps / 2, "every", number(every),
          "an integer, 1 <= every <= sample.steps / 2 = " + std::to_string(steps / 2));
  require(burn == 0 || burn < steps, "burn", number(burn),
          "burn-in steps come before sample.steps and must be fewer than these, " + std::to_string(steps));
  require(blocks == 0 || (blocks >= 2 && blocks <= records()), "blocks", blocks,
          "0 (automatic) or an integer, 2 <= blocks <= sample.steps / sample.every = " + std::to_string(records()));
  require(width >= 1, "width", number(width), "an integer >= 1");
  require(history >= 0, "history", number(history), "an integer >= 0");
  require(clip > 0, "clip", clip, "a number > 0, in interquartile ranges");
}

int Plan::block_count() const {
  const int wanted = blocks > 0 ? blocks : paths >= many_paths ? 8 : 32;
  return static_cast<int>(std::min<std::int64_t>(wanted, records()));
}

std::int64_t Plan::block_begin(int block) const { return records() * block / block_count(); }

double memory(const Process& process, const Plan& plan, int ranks) {
  const Columns columns(process, plan);
  const auto width = static_cast<double>(columns.names().size());
  const double sums = width + static_cast<double>(columns.products().size());
  const double blocks = plan.block_count();
  const auto histories = static_cast<double>(std::min(plan.history, plan.paths));
  const auto records = static_cast<double>(std::min<std::int64_t>(plan.records(), plan.history_records));
  const double per_path = process.state_size() + blocks * sums + (blocks + 1) * width;
  const double own = static_cast<double>(plan.paths) * per_path / ranks;
  const double all = static_cast<double>(plan.paths) * per_path + 2 * histories * records * width;
  const double counts = static_cast<double>(Histograms::groups) * histogram_cells(plan.axes);
  return 8 * (own + all + 2 * counts);
}

}  // namespace sgdflux::sample
