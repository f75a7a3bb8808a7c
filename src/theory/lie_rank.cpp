#include "sgdflux/theory/lie_rank.hpp"

#include <Eigen/SVD>
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "theory/probe.hpp"

namespace sgdflux::theory {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double step = 0.03;  ///< of central differences, in units of the scale: rounding and truncation about equal
constexpr std::array<double, 4> weights{4. / 5, -1. / 5, 4. / 105, -1. / 280};
constexpr double independent = 1e-6;  ///< smallest singular value of unit columns that counts
constexpr double same = 1e-5;         ///< of covectors at different points

/// A vector field in scaled coordinates; `depth` counts the differences it is made with.
struct Field {
  std::function<VectorXd(const VectorXd&)> at;
  int depth = 0;
  bool noisy = true;
};

/// What rounding leaves of a bracket that vanishes, relative to the fields it is made of.
double rounding(int depth) { return 1e-13 * std::pow(1e2, depth); }

VectorXd along(const std::function<VectorXd(const VectorXd&)>& field, const VectorXd& z, const VectorXd& direction) {
  const double norm = direction.norm();
  VectorXd sum = VectorXd::Zero(z.size());
  if (!(norm > 0) || !std::isfinite(norm)) {
    return norm > 0 ? direction : sum;
  }
  for (std::size_t k = 0; k < weights.size(); ++k) {
    const VectorXd shift = static_cast<double>(k + 1) * step / norm * direction;
    sum += weights[k] * norm / step * (field(z + shift) - field(z - shift));
  }
  return sum;
}

Field bracket(const Field& a, const Field& b) {
  const auto at = [a, b](const VectorXd& z) -> VectorXd { return along(b.at, z, a.at(z)) - along(a.at, z, b.at(z)); };
  return {at, std::max(a.depth, b.depth) + 1, true};
}

/// Drift and noise of a model as fields of z, x = centre + scale·z.
class Fields {
 public:
  Fields(const model::Sde& sde, VectorXd centre, VectorXd scale)
      : sde_(sde), centre_(std::move(centre)), scale_(std::move(scale)) {}

  [[nodiscard]] Field noise(int k) const {
    return {[this, k](const VectorXd& z) { return noise_at(k, z); }, 0, true};
  }
  [[nodiscard]] Field drift() const {
    const auto at = [this](const VectorXd& z) {
      VectorXd v = (sde_.drift(point(z)).row(0).transpose().matrix()).cwiseQuotient(scale_);
      for (int k = 0; k < sde_.noises(); ++k) {
        v -= 0.5 * along([this, k](const VectorXd& y) { return noise_at(k, y); }, z, noise_at(k, z));
      }
      return v;
    };
    return {at, 0, false};
  }
  /// Sizes of the Itô drift: components of V₀ that are nothing against them have cancelled.
  [[nodiscard]] VectorXd drift_size(const VectorXd& z) const {
    return sde_.drift(point(z)).row(0).transpose().matrix().cwiseQuotient(scale_).cwiseAbs();
  }
  [[nodiscard]] const VectorXd& scale() const { return scale_; }

 private:
  [[nodiscard]] core::Batch point(const VectorXd& z) const {
    return (centre_ + scale_.cwiseProduct(z)).transpose().array();
  }
  [[nodiscard]] VectorXd noise_at(int k, const VectorXd& z) const {
    const core::Batch s = sde_.noise_factor(point(z));
    VectorXd v(z.size());
    for (int d = 0; d < sde_.dimension(); ++d) {
      v(d) = s(0, d * sde_.noises() + k) / scale_(d);
    }
    return v;
  }

  const model::Sde& sde_;
  VectorXd centre_;
  VectorXd scale_;
};

/// Unit columns in equilibrated coordinates, and what they span.
class Span {
 public:
  explicit Span(Index dimension) : dimension_(dimension), columns_(dimension, 0) {}

  void add(const VectorXd& v) {
    if (v.allFinite() && v.norm() > 0) {
      columns_.conservativeResize(Eigen::NoChange, columns_.cols() + 1);
      columns_.col(columns_.cols() - 1) = v / v.norm();
    }
  }
  [[nodiscard]] int rank() const { return columns_.cols() == 0 ? 0 : static_cast<int>(values().size()); }
  /// The one covector that annihilates all columns.
  [[nodiscard]] std::optional<VectorXd> annihilator() const {
    if (rank() != static_cast<int>(dimension_) - 1 || columns_.cols() == 0) {
      return std::nullopt;
    }
    const Eigen::JacobiSVD<MatrixXd> svd(equilibrated(), Eigen::ComputeFullU);
    return rows().cwiseProduct(svd.matrixU().col(dimension_ - 1));
  }

 private:
  [[nodiscard]] VectorXd rows() const {
    const VectorXd largest = columns_.cwiseAbs().rowwise().maxCoeff();
    return (largest.array() > 0).select(largest.array().inverse(), 1).matrix();
  }
  [[nodiscard]] MatrixXd equilibrated() const {
    MatrixXd scaled = rows().asDiagonal() * columns_;
    return scaled.colwise().normalized();
  }
  /// Singular values that count.
  [[nodiscard]] std::vector<double> values() const {
    const Eigen::JacobiSVD<MatrixXd> svd(equilibrated());
    std::vector<double> kept;
    for (const double value : svd.singularValues()) {
      if (value > independent * svd.singularValues()(0)) {
        kept.push_back(value);
      }
    }
    return kept;
  }

  Index dimension_;
  MatrixXd columns_;
};

struct Here {
  Span noise;
  Span all;
};

/// A field and, per component, the sizes of what it is made of at the point. Components may differ by many decades (a
/// steep force beside a velocity): each is held against its own rounding.
struct Sized {
  Field field;
  VectorXd size;
};

/// What each component of [a, b] = (a·∇)b − (b·∇)a is a difference of.
VectorXd bracket_size(const Sized& a, const Sized& b) { return a.size.norm() * b.size + b.size.norm() * a.size; }

/// The components that are more than rounding.
VectorXd significant(const VectorXd& v, const VectorXd& size, double relative) {
  return (v.array().abs() > relative * size.array()).select(v, 0);
}

/// Ranks at one point, going deeper until the noise reaches everything.
Here probe_at(const Fields& fields, const VectorXd& z, int noises, int deepest) {
  const auto dimension = static_cast<int>(z.size());
  Here here{Span(z.size()), Span(z.size())};
  const Field drift = fields.drift();
  const VectorXd v0 = drift.at(z);
  const VectorXd size = v0.cwiseAbs() + fields.drift_size(z);
  std::vector<Sized> base{{drift, size}};
  std::vector<Sized> layer;
  here.all.add(significant(v0, size, rounding(1)));
  for (int k = 0; k < noises; ++k) {
    const Field field = fields.noise(k);
    const VectorXd v = field.at(z);
    base.push_back({field, v.cwiseAbs()});
    layer.push_back(base.back());
    here.noise.add(v);
    here.all.add(v);
  }
  for (int depth = 1; depth <= deepest && here.noise.rank() < dimension; ++depth) {
    std::vector<Sized> next;
    for (const Sized& left : base) {
      for (const Sized& right : layer) {
        const Sized made{bracket(left.field, right.field), bracket_size(left, right)};
        const VectorXd v = significant(made.field.at(z), made.size, rounding(depth));
        if (here.noise.rank() < dimension && v.allFinite() && v.norm() > 0) {
          here.noise.add(v);
          here.all.add(v);
          next.push_back(made);
        }
      }
    }
    layer = std::move(next);
  }
  return here;
}

/// Keeps a covector as long as all points agree on it.
class Agreement {
 public:
  void see(std::optional<VectorXd> covector) {
    agreed_ = agreed_ && covector.has_value();
    if (!agreed_) {
      return;
    }
    const double size = covector->cwiseAbs().maxCoeff();
    Index leading = 0;  // the first of those that are largest, so that ties are broken the same way everywhere
    while (std::abs((*covector)(leading)) < (1 - same) * size) {
      ++leading;
    }
    *covector /= (*covector)(leading);
    agreed_ = !first_ || (*first_ - *covector).norm() <= same;
    first_ = first_ ? first_ : covector;
  }
  [[nodiscard]] std::optional<VectorXd> result() const { return agreed_ ? first_ : std::nullopt; }

 private:
  bool agreed_ = true;
  std::optional<VectorXd> first_;
};

std::optional<VectorXd> in_variables(const std::optional<VectorXd>& covector, const VectorXd& scale) {
  return covector ? std::optional<VectorXd>(covector->cwiseQuotient(scale)) : std::nullopt;
}

}  // namespace

core::Batch probe_points(const model::Sde& sde, const VectorXd& centre, const VectorXd& scale) {
  constexpr std::array<double, 6> distances{0.31, 1.07, 0.61, 0.043, 1.9, 0.0012};
  const auto dimension = static_cast<Index>(centre.size());
  std::vector<VectorXd> points;
  for (std::size_t k = 0; k < distances.size(); ++k) {
    VectorXd z(dimension);
    for (Index d = 0; d < dimension; ++d) {  // quasi-random directions, no coordinate small
      const double turn = std::fmod(0.618034 * static_cast<double>(k + 1) + 0.7548777 * static_cast<double>(d + 1), 1.);
      z(d) = distances[k] * (turn < 0.5 ? -1 : 1) * (0.5 + turn);
    }
    VectorXd x = centre + scale.cwiseProduct(z);
    for (int d = 0; d < static_cast<int>(dimension); ++d) {
      const model::Interval domain = sde.natural_domain(d);
      x(d) = x(d) > domain.lower && x(d) < domain.upper ? x(d) : centre(d);
    }
    points.push_back(x);
  }
  core::Batch batch(static_cast<Index>(points.size()), dimension);
  for (std::size_t k = 0; k < points.size(); ++k) {
    batch.row(static_cast<Index>(k)) = points[k].transpose().array();
  }
  return batch;
}

LieRank lie_rank(const model::Sde& sde, const VectorXd& centre, const VectorXd& scale) {
  const core::Batch points = probe_points(sde, centre, scale);
  LieRank result;
  Agreement still;
  Agreement noiseless;
  for (Index k = 0; k < points.rows() && result.noise < sde.dimension(); ++k) {
    const VectorXd x = points.row(k).transpose().matrix();
    // Differences must not leave the neighbourhood: near the centre the scale shrinks with the distance.
    const double near = std::clamp((x - centre).cwiseQuotient(scale).norm(), 1e-2, 1.);
    const Fields fields(sde, x, near * scale);
    const VectorXd origin = VectorXd::Zero(centre.size());
    if (!fields.drift().at(origin).allFinite()) {
      continue;
    }
    const Here here = probe_at(fields, origin, sde.noises(), sde.dimension());
    result.noise = std::max(result.noise, here.noise.rank());
    result.all = std::max(result.all, here.all.rank());
    still.see(in_variables(here.all.annihilator(), fields.scale()));
    noiseless.see(in_variables(here.noise.annihilator(), fields.scale()));
    ++result.points;
  }
  result.still = still.result();
  result.noiseless = noiseless.result();
  return result;
}

std::string combination(const std::vector<std::string>& variables, const VectorXd& covector) {
  std::string text;
  for (std::size_t d = 0; d < variables.size(); ++d) {
    const double c = covector(static_cast<Index>(d));
    if (std::abs(c) < same) {
      continue;
    }
    const double size = std::abs(std::abs(c) - 1) < same ? 1 : std::abs(c);
    text += text.empty() ? (c < 0 ? "-" : "") : (c < 0 ? " - " : " + ");
    text += (size == 1 ? "" : number_text(size) + "*") + variables[d];
  }
  return text;
}

}  // namespace sgdflux::theory
