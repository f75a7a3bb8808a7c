#include "initial_settings.hpp"

#include "paths.hpp"
#include "setting_errors.hpp"
#include "sgdflux/io/fields.hpp"

namespace sgdflux::cli {
namespace {

study::Initial read_point(const core::Settings& settings, const model::Sde& sde, const std::string& key) {
  const std::string value = settings.text(key, "");
  const std::string start = "point(";
  if (!value.ends_with(')')) {
    fail_setting(settings, key, "write point(centre; widths), one number per variable in each");
  }
  core::Settings inner = settings;
  inner.set(key, value.substr(start.size(), value.size() - start.size() - 1), settings.find(key)->origin);
  const Eigen::MatrixXd rows = inner.matrix(key, {});
  if (rows.rows() != 2 || rows.cols() != sde.dimension()) {
    fail_setting(settings, key,
                 "write point(centre; widths) with " + std::to_string(sde.dimension()) + " number(s) in each");
  }
  return at_origin(settings, key, key + ": ",
                   [&] { return study::point_density(sde, rows.row(0).transpose(), rows.row(1).transpose()); });
}

study::Initial read_stored(const model::Sde& sde, const std::string& file) {
  io::StoredDensity stored = io::read_density(file);
  const Eigen::Map<const Eigen::ArrayXd> values(stored.values.data(), static_cast<Eigen::Index>(stored.values.size()));
  return study::stored_density(sde, stored.axes, values, file);
}

study::Initial read_text(const core::Settings& settings, const model::Sde& sde, const std::string& key) {
  const std::string value = settings.text(key, "");
  const std::string file = file_named_by(key, value);
  if (value.starts_with("point(")) {
    return read_point(settings, sde, key);
  }
  if (!file.empty()) {
    return at_origin(settings, key, key + ": ", [&] { return read_stored(sde, file); });
  }
  const auto dot = key.find('.');
  return at_origin(settings, key, key.substr(0, dot + 1),
                   [&] { return study::formula_density(sde, value, settings.constants(), key.substr(dot + 1)); });
}

}  // namespace

study::Initial read_initial(const core::Settings& settings, const model::Sde& sde, const std::string& key) {
  require_setting(settings, key, "the density at time 0: a formula, point(centre; widths) or the path of a fields.h5");
  study::Initial initial = read_text(settings, sde, key);
  initial.key = key;
  return initial;
}

}  // namespace sgdflux::cli
