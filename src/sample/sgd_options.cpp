#include <cmath>
#include <iomanip>
#include <sstream>

#include "sample/sgd_schedule.hpp"
#include "sgdflux/core/errors.hpp"

namespace sgdflux::sample {
namespace {

void require(bool holds, const std::string& key, double value, const std::string& range) {
  if (!holds) {
    std::ostringstream text;
    text << std::setprecision(10) << key << " = " << value << ": it must be " << range;
    throw core::SettingsError(text.str());
  }
}

void require_rule(const SgdOptions& options) {
  require(options.eta > 0 && std::isfinite(options.eta), "sample.eta", options.eta, "positive and finite");
  require(options.momentum >= 0 && options.momentum < 1, "sample.momentum", options.momentum, "in [0, 1)");
  require(options.weight_decay >= 0 && std::isfinite(options.weight_decay), "sample.weight_decay", options.weight_decay,
          "finite and not negative");
}

void require_generator(const TrainingData& data) {
  require(std::isfinite(data.slope), "slope", data.slope, "finite");
  require(data.label_noise >= 0 && std::isfinite(data.label_noise), "label_noise", data.label_noise,
          "finite and not negative");
}

void require_finite_row(const TrainingData& data, Index row) {
  if (!(data.x.row(row).allFinite() && std::isfinite(data.y(row)))) {
    throw core::SettingsError("row " + std::to_string(row + 1) +
                              " of the data has a value that is missing or not finite; SGD needs all of them");
  }
}

void require_table(const TrainingData& data) {
  const auto rows = static_cast<double>(data.x.rows());
  require(data.x.cols() >= 1, "inputs of the data", static_cast<double>(data.x.cols()), "at least 1");
  require(data.y.size() == data.x.rows(), "labels of the data", static_cast<double>(data.y.size()),
          "one for each of the " + std::to_string(data.x.rows()) + " rows");
  require(data.x.rows() <= most_rows, "rows of the data", rows, "at most " + std::to_string(most_rows));
  for (Index row = 0; row < data.x.rows(); ++row) {
    require_finite_row(data, row);
  }
}

/// Batches without replacement cannot be larger than the data, others only as large as there are random numbers for.
void require_batch(const SgdOptions& options, const TrainingData& data) {
  const auto batch = static_cast<double>(options.batch);
  require(options.batch >= 1 && options.batch <= most_members, "sample.batch", batch,
          "an integer from 1 to " + std::to_string(most_members));
  const bool bounded = options.replacement != Replacement::on && !data.generated();
  require(!bounded || options.batch <= data.x.rows(), "sample.batch", batch,
          "at most " + std::to_string(data.x.rows()) +
              ", the number of rows, without replacement (sample.replacement = off or stream)");
}

}  // namespace

void SgdOptions::validate(const TrainingData& data) const {
  require_rule(*this);
  data.generated() ? require_generator(data) : require_table(data);
  require_batch(*this, data);
  if (data.generated() && replacement == Replacement::off) {
    throw core::SettingsError(
        "sample.replacement = off: generated data have no epochs to reshuffle; it must be on or stream, which both "
        "draw "
        "every member anew");
  }
  SgdPosition start;
  static_cast<void>(SgdSchedule(*this, data).next(start));
}

}  // namespace sgdflux::sample
