#include "sgdflux/study/initial.hpp"

#include <cmath>
#include <memory>

#include "assembly.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/core/names.hpp"
#include "sgdflux/model/observable.hpp"
#include "sgdflux/observe/interpolation.hpp"

namespace sgdflux::study {
namespace {

void require_count(const model::Sde& sde, const Eigen::VectorXd& numbers, const std::string& what) {
  if (numbers.size() != sde.dimension()) {
    throw core::SettingsError("point: " + std::to_string(numbers.size()) + " " + what + " for " +
                              std::to_string(sde.dimension()) + " variables; point(x0 y0; w1 w2) takes one a variable");
  }
}

std::string text_of(const Eigen::VectorXd& numbers) {
  std::string text;
  for (const double number : numbers) {
    text += (text.empty() ? "" : " ") + std::to_string(number);
  }
  return text;
}

}  // namespace

Initial point_density(const model::Sde& sde, const Eigen::VectorXd& center, const Eigen::VectorXd& width) {
  require_count(sde, center, "coordinates");
  require_count(sde, width, "widths");
  const std::string what = "point(" + text_of(center) + "; " + text_of(width) + ")";
  if (!center.allFinite() || !width.allFinite() || !(width.array() > 0).all()) {
    throw core::SettingsError(what + ": centre and widths are finite numbers, widths > 0");
  }
  const auto density = [center, width](const core::BatchView& x) {
    Eigen::ArrayXd exponent = Eigen::ArrayXd::Zero(x.rows());
    for (Eigen::Index d = 0; d < center.size(); ++d) {
      exponent += ((x.col(d) - center(d)) / width(d)).square();
    }
    const double norm = std::pow(2 * M_PI, 0.5 * static_cast<double>(center.size())) * width.prod();
    return Eigen::ArrayXd((-0.5 * exponent).exp() / norm);
  };
  return {what, density, center, width};
}

Initial formula_density(const model::Sde& sde, const std::string& formula,
                        const std::map<std::string, double>& constants, const std::string& name) {
  const auto observable = std::make_shared<model::Observable>(sde, name, formula, constants);
  return {formula, [observable](const core::BatchView& x) { return (*observable)(x); }, {}, {}};
}

Initial stored_density(const model::Sde& sde, const std::vector<mesh::AxisSpec>& axes, Eigen::ArrayXd values,
                       const std::string& file) {
  for (std::size_t d = 0; d < axes.size() || d < sde.variables().size(); ++d) {
    if (d >= axes.size() || d >= sde.variables().size() || axes[d].name != sde.variables()[d]) {
      throw core::SettingsError(file + ": its axes are not the model's variables" +
                                (d < sde.variables().size() ? " (" + sde.variables()[d] + " expected)" : ""));
    }
  }
  const auto grid = std::make_shared<mesh::Grid>(make_axes(axes));
  const auto whole = std::make_shared<Eigen::ArrayXd>(std::move(values));
  const auto density = [grid, whole](const core::BatchView& x) {
    const Eigen::ArrayXd found = observe::interpolate(*grid, *whole, x);
    return Eigen::ArrayXd(found.isNaN().select(0, found));
  };
  return {file, density, {}, {}};
}

}  // namespace sgdflux::study
