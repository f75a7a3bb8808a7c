#include "sgdflux/fv/lattice_decomposition.hpp"

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "sgdflux/core/errors.hpp"

namespace sgdflux::fv {
namespace {

/// Reduced bases of strongly anisotropic tensors have large entries whose products cancel: the digits of long double
/// keep the sum of the terms exact to the rounding of double.
using Real = long double;
using Matrix = Eigen::Matrix<Real, Eigen::Dynamic, Eigen::Dynamic, 0, core::max_dimension, core::max_dimension>;
constexpr int most = LatticeTerms::capacity;
using Basis = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, 0, most, most>;
using Weights = Eigen::Matrix<Real, Eigen::Dynamic, 1, 0, most, 1>;
using Offset = Eigen::Matrix<Real, Eigen::Dynamic, 1, 0, core::max_dimension, 1>;

constexpr double symmetry = 1e-10;  ///< of the trace
constexpr int candidate_reach = 2;  ///< entries of offsets in a reduced basis
constexpr int reduction_sweeps = 200;
constexpr int most_pivots = 400;

/// Entries of e eᵀ in the order (0,0), (0,1), …, off-diagonal ones doubled: ⟨M, e eᵀ⟩ as a scalar product.
Weights upper_triangle(const Matrix& m) {
  Weights entries(m.rows() * (m.rows() + 1) / 2);
  Eigen::Index k = 0;
  for (Eigen::Index i = 0; i < m.rows(); ++i) {
    for (Eigen::Index j = i; j < m.cols(); ++j) {
      entries(k++) = m(i, j);
    }
  }
  return entries;
}

/// Primitive offsets with entries up to candidate_reach, one of each pair ±e, as columns: themselves, and their e eᵀ.
struct Candidates {
  std::vector<Offset> offset;
  Eigen::MatrixXd square;
  std::vector<int> first;  ///< those of the perfect form A_d: unit vectors and their differences

  explicit Candidates(int dim) {
    Offset e = Offset::Constant(dim, -candidate_reach);
    for (bool more = true; more; more = next(e)) {
      if (is_listed(e)) {
        offset.push_back(e);
      }
    }
    square.resize(dim * (dim + 1) / 2, static_cast<Eigen::Index>(offset.size()));
    for (std::size_t k = 0; k < offset.size(); ++k) {
      square.col(static_cast<Eigen::Index>(k)) = upper_triangle(offset[k] * offset[k].transpose()).cast<double>();
      const bool unit = offset[k].cwiseAbs().sum() == 1;
      const bool difference = offset[k].cwiseAbs().sum() == 2 && offset[k].sum() == 0;
      if (unit || (difference && offset[k].cwiseAbs().maxCoeff() == 1)) {
        first.push_back(static_cast<int>(k));
      }
    }
  }

 private:
  static bool next(Offset& e) {
    for (Eigen::Index d = 0; d < e.size(); ++d) {
      if (e(d) < candidate_reach) {
        e(d) += 1;
        return true;
      }
      e(d) = -candidate_reach;
    }
    return false;
  }
  static bool is_listed(const Offset& e) {
    int divisor = 0;
    Real leading = 0;
    for (Eigen::Index d = 0; d < e.size(); ++d) {
      divisor = std::gcd(divisor, static_cast<int>(e(d)));
      leading = leading == 0 ? e(d) : leading;
    }
    return divisor == 1 && leading > 0;
  }
};

const Candidates& candidates(int dim) {
  static const std::array<Candidates, core::max_dimension> lists{Candidates(1), Candidates(2), Candidates(3),
                                                                 Candidates(4)};
  return lists[static_cast<std::size_t>(dim - 1)];
}

/// A lattice basis B (columns) in which the tensor is B⁻¹ D B⁻ᵀ.
struct Reduced {
  Matrix basis;
  Matrix tensor;
};

/// Subtracts multiples of one dual basis vector from another while that makes it shorter (Lagrange, pair by pair).
Reduced reduced(const Matrix& tensor) {
  const Eigen::Index dim = tensor.rows();
  Reduced result{Matrix::Identity(dim, dim), tensor};
  bool shorter = true;
  for (int sweep = 0; shorter && sweep < reduction_sweeps; ++sweep) {
    shorter = false;
    for (Eigen::Index i = 0; i < dim; ++i) {
      for (Eigen::Index j = 0; j < dim; ++j) {
        const Real factor = i == j ? 0 : std::round(result.tensor(i, j) / result.tensor(j, j));
        const Real gain = factor * (2 * result.tensor(i, j) - factor * result.tensor(j, j));
        if (gain > 1e-12L * result.tensor(i, i)) {
          result.tensor.row(i) -= factor * result.tensor.row(j);
          result.tensor.col(i) -= factor * result.tensor.col(j);
          result.basis.col(j) += factor * result.basis.col(i);
          shorter = true;
        }
      }
    }
  }
  return result;
}

/// Walks perfect forms until the weights of the tensor are all ≥ 0: the dual simplex method, each basis being the
/// offsets at which a form M attains its minimum 1.
class Walk {
 public:
  Walk(const Candidates& list, const Matrix& tensor)
      : list_(list), basis_(list.first), entries_(upper_triangle(tensor)), tiny_(1e-17L * tensor.trace()) {}

  void run() {
    refresh();
    for (int pivot = 0; weight_.minCoeff() < -tiny_; ++pivot) {
      if (pivot == most_pivots) {
        throw core::InternalError("the decomposition of a diffusion tensor did not end");
      }
      const Eigen::Index leaving = choose_leaving(pivot);
      basis_[static_cast<std::size_t>(leaving)] = choose_entering(leaving);
      refresh();
    }
  }
  [[nodiscard]] const Weights& weight() const { return weight_; }
  [[nodiscard]] const Offset& offset(Eigen::Index k) const {
    return list_.offset[static_cast<std::size_t>(basis_[static_cast<std::size_t>(k)])];
  }

 private:
  /// Inverts the basis in double; one step of refinement gives the weights the digits of the entries.
  void refresh() {
    const Eigen::Index n = entries_.size();
    Basis columns(n, n);
    for (Eigen::Index k = 0; k < n; ++k) {
      columns.col(k) = list_.square.col(basis_[static_cast<std::size_t>(k)]);
    }
    inverse_ = columns.partialPivLu().inverse();
    const auto wide = inverse_.cast<Real>();
    weight_ = wide * entries_;
    weight_ += wide * (entries_ - columns.cast<Real>() * weight_);
  }
  /// The most negative weight; after many pivots the first negative one, which cannot cycle (Bland 1977).
  [[nodiscard]] Eigen::Index choose_leaving(int pivot) const {
    Eigen::Index leaving = 0;
    weight_.minCoeff(&leaving);
    for (Eigen::Index k = 0; pivot > most_pivots / 4 && k < weight_.size(); ++k) {
      if (weight_(k) < -tiny_ && basis_[static_cast<std::size_t>(k)] < basis_[static_cast<std::size_t>(leaving)]) {
        leaving = k;
      }
    }
    return leaving;
  }
  /// The first offset at which eᵀMe comes down to 1 while M grows at the leaving one.
  [[nodiscard]] int choose_entering(Eigen::Index leaving) const {
    const Eigen::RowVectorXd form = inverse_.colwise().sum() * list_.square;
    const Eigen::RowVectorXd change = inverse_.row(leaving) * list_.square;
    int entering = -1;
    double nearest = std::numeric_limits<double>::infinity();
    for (Eigen::Index k = 0; k < form.size(); ++k) {
      const double step = change(k) < -1e-9 ? (form(k) - 1) / -change(k) : nearest;
      if (step < nearest - 1e-9) {
        nearest = step;
        entering = static_cast<int>(k);
      }
    }
    if (entering < 0) {
      throw core::InternalError("a diffusion tensor is outside the cone of its offsets");
    }
    return entering;
  }

  const Candidates& list_;
  std::vector<int> basis_;
  Weights entries_;
  Real tiny_;
  Basis inverse_;
  Weights weight_;
};

/// An offset with the sign that is listed.
mesh::Cell listed(const Offset& e) {
  mesh::Cell cell{};
  Real sign = 0;
  for (Eigen::Index d = 0; d < e.size(); ++d) {
    sign = sign == 0 && e(d) != 0 ? (e(d) > 0 ? 1 : -1) : sign;
    cell[static_cast<std::size_t>(d)] = std::llround(sign * e(d));
  }
  return cell;
}

/// Of a positive definite tensor.
LatticeTerms terms_of(const Matrix& tensor) {
  const Reduced frame = reduced(tensor);
  Walk walk(candidates(static_cast<int>(tensor.rows())), frame.tensor);
  walk.run();
  LatticeTerms terms;
  for (Eigen::Index k = 0; k < walk.weight().size(); ++k) {
    const auto weight = static_cast<double>(walk.weight()(k));
    if (weight > 1e-16 * static_cast<double>(tensor.trace())) {
      const auto at = static_cast<std::size_t>(terms.size++);
      terms.offset[at] = listed(frame.basis * walk.offset(k));
      terms.weight[at] = weight;
      for (const core::Index entry : terms.offset[at]) {
        terms.radius = std::max(terms.radius, static_cast<int>(std::abs(entry)));
      }
    }
  }
  return terms;
}

bool exceeds(const LatticeTerms& terms, const LatticeLimits& limits) {
  for (std::size_t k = 0; k < static_cast<std::size_t>(terms.size); ++k) {
    for (std::size_t d = 0; d < limits.radius.size(); ++d) {
      if (std::abs(terms.offset[k][d]) > limits.radius[d]) {
        return true;
      }
    }
  }
  return false;
}

void require_tensor(const LatticeTensor& tensor, double smallest) {
  const double scale = tensor.cwiseAbs().maxCoeff();
  if (!tensor.allFinite() || !((tensor - tensor.transpose()).cwiseAbs().maxCoeff() <= symmetry * scale) ||
      smallest < -symmetry * scale) {
    throw core::SettingsError("a diffusion tensor is not symmetric positive semi-definite (smallest eigenvalue " +
                              std::to_string(smallest) + ", largest entry " + std::to_string(scale) + ")");
  }
}

}  // namespace

LatticeTerms decompose(const LatticeTensor& tensor, const LatticeLimits& limits) {
  const Eigen::VectorXd eigenvalues =
      tensor.allFinite()
          ? Eigen::VectorXd(Eigen::SelfAdjointEigenSolver<LatticeTensor>(tensor, Eigen::EigenvaluesOnly).eigenvalues())
          : Eigen::VectorXd::Constant(tensor.rows(), std::numeric_limits<double>::quiet_NaN());
  require_tensor(tensor, eigenvalues.minCoeff());
  if (!(eigenvalues.maxCoeff() > 0)) {
    return {};
  }
  const Matrix exact = tensor.cast<Real>();
  double floor = eigenvalues.maxCoeff() > limits.anisotropy * eigenvalues.minCoeff() ? limits.floor : 0;
  const auto floored = [&] {
    const Real added = floor * exact.trace();
    LatticeTerms terms = terms_of(exact + added * Matrix::Identity(exact.rows(), exact.cols()));
    terms.floor = floor;
    return terms;
  };
  LatticeTerms terms = floored();
  while (exceeds(terms, limits)) {
    floor = floor > 0 ? 2 * floor : 0.1 * limits.floor;
    terms = floored();
  }
  return terms;
}

}  // namespace sgdflux::fv
