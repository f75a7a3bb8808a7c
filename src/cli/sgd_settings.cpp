#include "sgd_settings.hpp"

#include <Eigen/Eigenvalues>
#include <cmath>
#include <sstream>

#include "setting_errors.hpp"
#include "sgdflux/core/digits.hpp"
#include "sgdflux/core/formula.hpp"
#include "training_data.hpp"

namespace sgdflux::cli {
namespace {

constexpr double same = 1e-6;  ///< relative difference below which model and data agree

bool is_network(const model::Sde& sde) { return sde.name() == "diagonal-network" || sde.name() == "balance-pair"; }
bool is_regression(const model::Sde& sde) { return sde.name() == "momentum-regression"; }

std::string short_digits(double value) {
  std::ostringstream text;
  text.precision(5);
  text << value;
  return text.str();
}

sample::NetworkShape shape_of(const model::Sde& sde) {
  if (sde.name() == "balance-pair") {
    return {1, 1};
  }
  return {sde.parameters().integer("depth"), sde.parameters().integer("width")};
}

/// Equal weights in every channel with Σ_i Π_k w = v; the sign is that of the first layer.
Eigen::VectorXd balanced(const sample::NetworkShape& shape, double v) {
  const double layers = shape.depth + 1;
  const double weight = std::pow(std::abs(v) / shape.width, 1 / layers);
  Eigen::VectorXd weights = Eigen::VectorXd::Constant((shape.depth + 1) * shape.width, weight);
  weights.head(shape.width) *= v < 0 ? -1 : 1;
  return weights;
}

double typical_slope(const model::Sde& sde) {
  const model::Batch point = sde.typical_point().transpose().array();
  return sde.derived().empty() ? point(0, 0) : sde.derive(0, point)[0];
}

Eigen::VectorXd network_start(const core::Settings& settings, const model::Sde& sde) {
  const sample::NetworkShape shape = shape_of(sde);
  const std::vector<double> numbers = settings.list("sample.start", {});
  const auto weights = static_cast<std::size_t>((shape.depth + 1) * shape.width);
  if (numbers.empty()) {
    return balanced(shape, typical_slope(sde));
  }
  if (sde.name() == "balance-pair" && numbers.size() == 2) {  // s and phi
    return Eigen::Vector2d(std::exp(numbers[0] / 2 + numbers[1]), std::exp(numbers[0] / 2 - numbers[1]));
  }
  if (sde.name() != "balance-pair" && numbers.size() == weights) {
    return Eigen::Map<const Eigen::VectorXd>(numbers.data(), static_cast<Eigen::Index>(weights));
  }
  if (sde.name() != "balance-pair" && numbers.size() == 1) {
    return balanced(shape, numbers.front());
  }
  fail_setting(settings, "sample.start",
               sde.name() == "balance-pair"
                   ? "two numbers are needed, s and phi"
                   : "one number is needed, v shared out evenly, or all " + std::to_string(weights) + " weights");
}

std::function<double(std::int64_t)> read_schedule(const core::Settings& settings, const model::Sde& sde,
                                                  const std::string& name) {
  const std::string key = "sample.schedule." + name;
  if (!settings.has(key)) {
    return {};
  }
  std::map<std::string, double> constants = sde.parameters().scalars();
  constants.merge(settings.constants());
  constants.erase("n");
  const auto formula = std::make_shared<core::Formula>(origin_of(settings, key) + key, settings.text(key, ""),
                                                       std::vector<std::string>{"n"}, constants);
  return [formula](std::int64_t step) { return (*formula)({static_cast<double>(step)}); };
}

sample::Replacement read_replacement(const core::Settings& settings) {
  const std::string word = settings.choice("sample.replacement", "on", {"on", "off", "stream"});
  return word == "on"    ? sample::Replacement::on
         : word == "off" ? sample::Replacement::off
                         : sample::Replacement::stream;
}

sample::SgdOptions read_options(const core::Settings& settings, const model::Sde& sde) {
  sample::SgdOptions options;
  options.eta = settings.real("sample.eta", 0.01, {.lower = 0, .lower_open = true});
  options.batch = settings.integer("sample.batch", 1, {.lower = 1, .upper = 1e9});
  options.replacement = read_replacement(settings);
  options.seed = static_cast<std::uint64_t>(settings.integer("sample.seed", 1, {.lower = 0}));
  options.eta_schedule = read_schedule(settings, sde, "eta");
  options.batch_schedule = read_schedule(settings, sde, "batch");
  const double own = is_regression(sde) ? sde.parameters().real("beta") : 0;
  options.momentum = settings.real("sample.momentum", own, {.lower = 0, .upper = 1, .upper_open = true});
  options.weight_decay =
      is_regression(sde) ? sde.parameters().real("weight_decay") : 2 * sde.parameters().real("gamma");
  return options;
}

std::vector<int> read_modes(const core::Settings& settings, const model::Sde& sde, const sample::TrainingData& data) {
  const auto wanted = static_cast<std::size_t>(sde.noises());
  std::vector<int> modes;
  const auto inputs = data.generated() ? 1. : static_cast<double>(data.x.cols());
  for (const double number :
       settings.list("sample.modes", wanted == 1 ? std::vector<double>{1} : std::vector<double>{1, 2},
                     {.lower = 1, .upper = inputs, .integer = true})) {
    modes.push_back(static_cast<int>(number) - 1);
  }
  if (modes.size() != wanted) {
    throw core::SettingsError("sample.modes names " + std::to_string(modes.size()) + " eigenvectors, the model has " +
                              std::to_string(wanted) + " (model.rho)");
  }
  return modes;
}

Eigen::VectorXd regression_start(const core::Settings& settings, const model::Sde& sde) {
  const std::vector<double> numbers = settings.list("sample.start", {});
  if (!numbers.empty() && static_cast<int>(numbers.size()) != sde.noises()) {
    fail_setting(settings, "sample.start",
                 "one number per observed eigenvector is needed, " + std::to_string(sde.noises()) + " in all");
  }
  return Eigen::Map<const Eigen::VectorXd>(numbers.data(), static_cast<Eigen::Index>(numbers.size()));
}

bool differ(double a, double b) { return std::abs(a - b) > same * (std::abs(a) + std::abs(b)); }

void compare(const std::string& name, double model, double data, std::string& list) {
  if (differ(model, data)) {
    list += (list.empty() ? "" : ", ") + name + " = " + short_digits(model) + " (data: " + short_digits(data) + ")";
  }
}

std::string network_differences(const sample::TrainingData& data, const core::Parameters& parameters) {
  std::string list;
  const double k = data.slope;
  const double s2 = data.label_noise * data.label_noise;
  double found[] = {1, k, 2, 2 * k, 2 * k * k + s2};
  if (!data.generated()) {
    const Eigen::ArrayXd xx = data.x.col(0).array().square();
    const Eigen::ArrayXd xy = data.x.col(0).array() * data.y.array();
    const Eigen::ArrayXd p = xx - xx.mean();
    const Eigen::ArrayXd q = xy - xy.mean();
    const double own[] = {xx.mean(), xy.mean(), p.square().mean(), (p * q).mean(), q.square().mean()};
    std::copy(std::begin(own), std::end(own), std::begin(found));
  }
  const char* names[] = {"beta1", "beta2", "alpha1", "alpha2", "alpha3"};
  for (int i = 0; i < 5; ++i) {
    compare(names[i], parameters.real(names[i]), found[i], list);
  }
  return list;
}

/// |Correlation| of the gradients of single rows along two eigenvectors, at the minimum: x̃₁r and x̃₂r.
double gradient_correlation(const Eigen::MatrixXd& along, const Eigen::VectorXd& residual) {
  const Eigen::VectorXd first = along.col(0).cwiseProduct(residual);
  const Eigen::VectorXd second = along.col(1).cwiseProduct(residual);
  return std::abs(first.dot(second)) / (first.norm() * second.norm());
}

std::string regression_differences(const sample::TrainingData& data, const std::vector<int>& modes,
                                   const core::Parameters& parameters) {
  std::string list;
  Eigen::VectorXd spectrum = Eigen::VectorXd::Ones(1);
  double sigma2 = data.label_noise * data.label_noise;
  if (!data.generated()) {
    const auto rows = static_cast<double>(data.x.rows());
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(data.x.transpose() * data.x / rows);
    spectrum = solver.eigenvalues().reverse();
    const Eigen::VectorXd weights = data.x.completeOrthogonalDecomposition().solve(data.y);
    const Eigen::VectorXd residual = data.y - data.x * weights;
    sigma2 = residual.squaredNorm() / rows;
    if (const double c = parameters.real("noise_correlation"); c != 0) {  // signs of eigenvectors are anybody's
      Eigen::MatrixXd along(data.x.rows(), 2);
      for (int k = 0; k < 2; ++k) {
        along.col(k) = data.x * solver.eigenvectors().rowwise().reverse().col(modes[static_cast<std::size_t>(k)]);
      }
      compare("|noise_correlation|", std::abs(c), gradient_correlation(along, residual), list);
    }
  }
  for (std::size_t i = 0; i < modes.size(); ++i) {
    compare("rho", parameters.matrix("rho")(0, static_cast<Eigen::Index>(i)), spectrum[modes[i]], list);
  }
  compare("sigma2", parameters.real("sigma2"), sigma2, list);
  return list;
}

}  // namespace

void require_sgd(const model::Sde& sde) {
  if (!is_network(sde) && !is_regression(sde)) {
    throw core::SettingsError("sample.kind = sgd: there is no SGD behind the model '" + sde.name() +
                              "'; diagonal-network, balance-pair and momentum-regression have one");
  }
}

std::unique_ptr<sample::Process> read_sgd(const core::Settings& settings, const model::Sde& sde, double eta,
                                          sample::Index batch) {
  require_sgd(sde);
  const sample::TrainingData data = read_training_data(settings);
  sample::SgdOptions options = read_options(settings, sde);
  options.eta = eta > 0 ? eta : options.eta;
  options.batch = batch > 0 ? batch : options.batch;
  options.validate(data);
  if (is_regression(sde)) {
    return sample::make_regression_sgd(read_modes(settings, sde, data), regression_start(settings, sde), data, options);
  }
  if (!data.generated() && data.x.cols() != 1) {
    throw core::SettingsError("data.x names " + std::to_string(data.x.cols()) +
                              " input columns; a diagonal network has one");
  }
  return sample::make_network_sgd(shape_of(sde), network_start(settings, sde), sde.name() == "balance-pair", data,
                                  options);
}

std::int64_t read_epoch(const core::Settings& settings) {
  if (read_replacement(settings) != sample::Replacement::off || settings.has("sample.schedule.batch")) {
    return 0;
  }
  return read_training_data(settings).x.rows() / settings.integer("sample.batch", 1, {.lower = 1, .upper = 1e9});
}

void complete_sgd(core::Settings& settings, const model::Sde& sde) {
  require_sgd(sde);
  const core::Parameters& parameters = sde.parameters();
  if (!settings.has("sample.batch")) {
    const double batch = parameters.has("batch") ? parameters.real("batch") : 1;
    if (batch != std::floor(batch) || batch < 1) {
      throw core::SettingsError("model.batch = " + core::exact_digits(batch) +
                                ": SGD needs a whole number of rows; give sample.batch, an integer >= 1");
    }
    settings.set("sample.batch", core::exact_digits(batch), "default");
  }
  if (!settings.has("sample.eta")) {
    const auto batch = static_cast<double>(settings.integer("sample.batch", 1, {.lower = 1, .upper = 1e9}));
    settings.set("sample.eta",
                 core::exact_digits(parameters.has("eta") ? parameters.real("eta") : parameters.real("T") * batch),
                 "default");
  }
}

std::vector<std::string> compare_sgd(const core::Settings& settings, const model::Sde& sde) {
  const sample::TrainingData data = read_training_data(settings);
  const sample::SgdOptions options = read_options(settings, sde);
  std::vector<std::string> remarks;
  std::string list = is_regression(sde)
                         ? regression_differences(data, read_modes(settings, sde, data), sde.parameters())
                         : network_differences(data, sde.parameters());
  if (is_network(sde)) {
    compare("T", sde.parameters().real("T"), options.eta / static_cast<double>(options.batch), list);
  } else {
    compare("eta", sde.parameters().real("eta"), options.eta, list);
    compare("batch", sde.parameters().real("batch"), static_cast<double>(options.batch), list);
    compare("beta", sde.parameters().real("beta"), options.momentum, list);
  }
  if (!list.empty()) {
    remarks.push_back("the model is not the limit of this SGD: model." + list);
  }
  if (is_network(sde) && options.momentum > 0) {
    remarks.push_back("the model knows no momentum, SGD ran with sample.momentum = " + short_digits(options.momentum));
  }
  return remarks;
}

}  // namespace sgdflux::cli
