/// Ornstein–Uhlenbeck process dx = −A(x − c) dt + s dW in one to four dimensions, full matrices; on request in
/// coordinates y, x = c + By, in which pairs of variables do not drift each other.
#include <Eigen/LU>
#include <sstream>
#include <utility>

#include "model/invariant_basis.hpp"
#include "model/models.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/core/names.hpp"

namespace sgdflux::model {
namespace {

using core::ParameterKind;

std::vector<core::ParameterInfo> table(Eigen::Index dimension) {
  std::string origin = "0";
  for (Eigen::Index d = 1; d < dimension; ++d) {
    origin += " 0";
  }
  return {{"drift_matrix", "1/time", "A, n x n, n = 1 to 4; rows separated by ;", "", ParameterKind::matrix, {}, false},
          {"noise_matrix", "1/sqrt(time)", "s, n x k; rows separated by ;", "", ParameterKind::matrix, {}, false},
          {"center", "1", "c, n numbers, by default all 0", origin, ParameterKind::list, {}, false},
          {"coordinates",
           "1",
           "given: x; modes: y with x = c + B y, B of invariant subspaces of A",
           "given",
           ParameterKind::text,
           {},
           false}};
}

[[noreturn]] void fail(const core::Settings& settings, const std::string& key, const std::string& why) {
  throw core::SettingsError(key + " = " + settings.text(key, "") + ": " + why);
}

/// Number of variables, from the drift matrix.
Eigen::Index dimension_of(const core::Settings& settings) {
  const Eigen::MatrixXd a = settings.matrix("model.drift_matrix", Eigen::MatrixXd::Zero(1, 1));
  if (a.rows() != a.cols() || a.rows() > core::max_dimension) {
    fail(settings, "model.drift_matrix",
         "the matrix is " + std::to_string(a.rows()) + " x " + std::to_string(a.cols()) +
             "; allowed are square matrices of 1 to 4 rows");
  }
  return a.rows();
}

core::Parameters read(const core::Settings& settings) {
  const Eigen::Index n = dimension_of(settings);
  core::Parameters parameters(table(n));
  parameters.read(settings, "model", shared_keys());
  if (const Eigen::Index rows = parameters.matrix("noise_matrix").rows(); rows != n) {
    fail(settings, "model.noise_matrix", std::to_string(rows) + " rows; drift_matrix needs " + std::to_string(n));
  }
  if (const Eigen::Index size = parameters.matrix("center").size(); size != n) {
    fail(settings, "model.center", std::to_string(size) + " numbers; drift_matrix needs " + std::to_string(n));
  }
  if (const std::string& name = parameters.text("coordinates"); name != "given" && name != "modes") {
    throw core::SettingsError("model.coordinates: " + core::unknown_name("value", name, {"given", "modes"}));
  }
  return parameters;
}

std::vector<std::string> numbered(const std::string& letter, Eigen::Index dimension) {
  std::vector<std::string> names;
  for (Eigen::Index d = 1; d <= dimension; ++d) {
    names.push_back(letter + std::to_string(d));
  }
  return names;
}

std::vector<Derived> positions(Eigen::Index dimension) {
  std::vector<Derived> list;
  for (const std::string& name : numbered("x", dimension)) {
    list.push_back({name, "variable of the given coordinates"});
  }
  return list;
}

/// dx = −A(x − c) dt + s dW in the variables themselves.
class OrnsteinUhlenbeck : public Sde {
 public:
  explicit OrnsteinUhlenbeck(const core::Parameters& values)
      : OrnsteinUhlenbeck(values, "x", values.matrix("drift_matrix"), values.matrix("noise_matrix"),
                          values.matrix("center").row(0), {}) {}

  std::string name() const override { return "ornstein-uhlenbeck"; }
  Batch drift(BatchView x) const override { return -((x.matrix().rowwise() - center_) * a_.transpose()).array(); }
  Batch noise_factor(BatchView x) const override {
    const Eigen::MatrixXd rows = s_.transpose();  // column-major reading of sᵀ is s row by row
    return rows.reshaped().transpose().replicate(x.rows(), 1).array();
  }
  void coefficients(BatchView x, Batch& drift, Batch& noise) const override;
  Growth growth() const override { return Growth::linear; }
  Eigen::VectorXd typical_point() const override { return center_.transpose(); }

 protected:
  OrnsteinUhlenbeck(const core::Parameters& values, const std::string& letter, Eigen::MatrixXd a, Eigen::MatrixXd s,
                    Eigen::RowVectorXd center, std::vector<Derived> derived)
      : Sde(values, numbered(letter, a.rows()), static_cast<int>(s.cols()), std::move(derived)),
        a_(std::move(a)),
        s_(std::move(s)),
        center_(std::move(center)) {}

 private:
  Eigen::MatrixXd a_;
  Eigen::MatrixXd s_;
  Eigen::RowVectorXd center_;
};

// Sums in a fixed order: a matrix product orders them by the number of rows.
void OrnsteinUhlenbeck::coefficients(BatchView x, Batch& drift, Batch& noise) const {
  drift.setZero(x.rows(), x.cols());
  noise.resize(x.rows(), s_.size());
  for (Eigen::Index d = 0; d < x.cols(); ++d) {
    for (Eigen::Index j = 0; j < x.cols(); ++j) {
      const double* __restrict from = x.col(j).data();
      double* __restrict b = drift.col(d).data();
      for (Eigen::Index i = 0; i < x.rows(); ++i) {
        b[i] -= a_(d, j) * (from[i] - center_[j]);
      }
    }
    for (Eigen::Index k = 0; k < s_.cols(); ++k) {
      noise.col(d * s_.cols() + k) = s_(d, k);
    }
  }
}

/// The same in y with x = c + By: dy = −B⁻¹AB y dt + B⁻¹s dW.
class UncoupledModes final : public OrnsteinUhlenbeck {
 public:
  UncoupledModes(const core::Parameters& values, Eigen::MatrixXd basis)
      : OrnsteinUhlenbeck(values, "y", without_rounding(basis.inverse() * values.matrix("drift_matrix") * basis),
                          without_rounding(basis.inverse() * values.matrix("noise_matrix")),
                          Eigen::RowVectorXd::Zero(basis.rows()), positions(basis.rows())),
        basis_(std::move(basis)),
        origin_(values.matrix("center").row(0)) {}

  Eigen::ArrayXd derive(int which, BatchView y) const override {
    Eigen::ArrayXd x = Eigen::ArrayXd::Constant(y.rows(), origin_(which));
    for (Eigen::Index d = 0; d < y.cols(); ++d) {
      x += basis_(which, d) * y.col(d);
    }
    return x;
  }
  std::vector<std::string> remarks() const override;

 private:
  Eigen::MatrixXd basis_;
  Eigen::RowVectorXd origin_;
};

std::vector<std::string> UncoupledModes::remarks() const {
  const Eigen::IOFormat rows(6, Eigen::DontAlignCols, " ", "; ", "", "", "", "");
  std::ostringstream text;
  text << "coordinates: x = c + B y with B = " << basis_.format(rows);
  return {text.str()};
}

}  // namespace

ModelInfo ornstein_uhlenbeck_info() {
  return {
      "ornstein-uhlenbeck",
      "linear drift and constant noise in one to four dimensions",
      {"dx = -A (x - c) dt + s dW, A = drift_matrix, s = noise_matrix, c = center"},
      {"x1 ... xn; with coordinates = modes: y1 ... yn, x = c + B y: in (y1, y2) and (y3, y4) the drift does not "
       "couple, "
       "within a pair the noise is uncorrelated"},
      {"with coordinates = modes: x1 ... xn"},
      {"Gaussian density with A C + C A^T = s s^T (Lyapunov equation) and its current; modified loss: Kunin et al., "
       "arXiv 2107.09133"},
      table(1)};
}

std::unique_ptr<Sde> make_ornstein_uhlenbeck(const core::Settings& settings) {
  const core::Parameters parameters = read(settings);
  if (parameters.text("coordinates") == "given") {
    return std::make_unique<OrnsteinUhlenbeck>(parameters);
  }
  return std::make_unique<UncoupledModes>(
      parameters, invariant_basis(parameters.matrix("drift_matrix"), parameters.matrix("noise_matrix")));
}

}  // namespace sgdflux::model
