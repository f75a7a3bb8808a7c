#include "schur_form.hpp"

#include <cmath>
#include <numbers>

#include "sgdflux/la/handle.hpp"
#include "sgdflux/la/session.hpp"

namespace sgdflux::la {
namespace {

using Eigen::MatrixXd;
using Eigen::MatrixXf;
using Eigen::VectorXf;

/// Relative to the norm: beyond what single precision keeps, so that nothing is lost.
constexpr double negligible = 1e-9;

double norm(const MatrixXd& a) { return a.cwiseAbs().colwise().sum().maxCoeff(); }

bool is_mirrored(const MatrixXd& a) {
  return a.rows() > 1 && (a - a.reverse()).cwiseAbs().maxCoeff() <= negligible * norm(a);
}

/// What a mirrored matrix does to even functions; the middle cell is its own image.
MatrixXf even_part(const MatrixXd& a) {
  const Index half = a.rows() / 2;
  const Index size = a.rows() - half;
  MatrixXf even(size, size);
  even.topLeftCorner(half, half) =
      (a.topLeftCorner(half, half) + a.topRightCorner(half, half).rowwise().reverse()).cast<float>();
  if (size > half) {
    even.col(half).head(half) = (std::numbers::sqrt2 * a.col(half).head(half)).cast<float>();
    even.row(half).head(half) = (std::numbers::sqrt2 * a.row(half).head(half)).cast<float>();
    even(half, half) = static_cast<float>(a(half, half));
  }
  return even;
}

MatrixXf odd_part(const MatrixXd& a) {
  const Index half = a.rows() / 2;
  return (a.topLeftCorner(half, half) - a.topRightCorner(half, half).rowwise().reverse()).reverse().cast<float>();
}

/// Schur form of [[A₁, a], [0, 0]] from that of A₁.
void reduce_bordered(MatrixXf& a, MatrixXf& q) {
  const Index last = a.rows() - 1;
  q.setZero(a.rows(), a.rows());
  q(last, last) = 1;
  a.row(last).setZero();
  real_schur(block_of(a).part(0, 0, last, last), block_of(q).part(0, 0, last, last));
  a.col(last).head(last) = (q.topLeftCorner(last, last).transpose() * a.col(last).head(last)).eval();
}

/// The unit vector w of the reflection 1 − 2wwᵀ that exchanges `unit` and the last coordinate.
VectorXf reflector(VectorXf unit) {
  unit(unit.size() - 1) -= 1;
  const float length = unit.norm();
  return length > 0 ? VectorXf(unit / length) : unit;
}

void reflect_rows(const VectorXf& w, MatrixXf& x) { x -= ((2 * w) * (w.transpose() * x).eval()).eval(); }
void reflect_columns(const VectorXf& w, MatrixXf& x) { x -= ((x * w).eval() * (2 * w.transpose())).eval(); }

void clean(MatrixXf& form) {
  for (Index j = 0; j < form.cols(); ++j) {
    form.col(j).tail(std::max<Index>(form.rows() - j - 2, 0)).setZero();
  }
}

void broadcast(MPI_Comm comm, int root, MatrixXf& matrix, Index size) {
  matrix.resize(size, size);
  MPI_Bcast(matrix.data(), static_cast<int>(matrix.size()), MPI_FLOAT, root, comm);
}

}  // namespace

SchurForm::SchurForm(const MatrixXd& a)
    : size_(a.rows()),
      conserves_(a.colwise().sum().cwiseAbs().maxCoeff() <= negligible * norm(a)),
      mirrored_(is_mirrored(a)) {
  if (!mirrored_) {
    sectors_.push_back({0, a.cast<float>(), {}});
    return;
  }
  sectors_.push_back({0, even_part(a), {}});
  sectors_.push_back({sectors_.front().end(), odd_part(a), {}});
}

VectorXf SchurForm::ones() const {
  VectorXf unit = VectorXf::Ones(sectors_.front().size());
  if (mirrored_) {
    unit.head(size_ / 2).setConstant(std::numbers::sqrt2_v<float>);
  }
  return unit.normalized();
}

void SchurForm::reduce(std::size_t index) {
  SchurSector& sector = sectors_[index];
  sector.vectors.resize(sector.size(), sector.size());
  if (index > 0 || !conserves_) {
    real_schur(block_of(sector.form), block_of(sector.vectors));
  } else {
    const VectorXf w = reflector(ones());
    reflect_rows(w, sector.form);
    reflect_columns(w, sector.form);
    reduce_bordered(sector.form, sector.vectors);
    reflect_rows(w, sector.vectors);
  }
  clean(sector.form);
}

void SchurForm::fold_columns(const FloatBlock& x) const {
  if (!mirrored_) {
    return;
  }
  for (Index column = 0; column < x.columns; ++column) {
    float* values = x.data + column * x.stride;
    for (Index k = 0, l = x.rows - 1; k < l; ++k, --l) {
      const float first = values[k];
      const float second = values[l];
      values[k] = (first + second) * (std::numbers::sqrt2_v<float> / 2);
      values[l] = (first - second) * (std::numbers::sqrt2_v<float> / 2);
    }
  }
}

void SchurForm::fold_rows(const FloatBlock& x) const {
  if (!mirrored_) {
    return;
  }
  for (Index k = 0, l = x.columns - 1; k < l; ++k, --l) {
    float* __restrict first = x.data + k * x.stride;
    float* __restrict second = x.data + l * x.stride;
    for (Index row = 0; row < x.rows; ++row) {
      const float sum = first[row] + second[row];
      second[row] = (first[row] - second[row]) * (std::numbers::sqrt2_v<float> / 2);
      first[row] = sum * (std::numbers::sqrt2_v<float> / 2);
    }
  }
}

double SchurForm::bytes() const {
  double numbers = 0;
  for (const SchurSector& sector : sectors_) {
    numbers += static_cast<double>(sector.form.size() + sector.vectors.size());
  }
  return sizeof(float) * numbers;
}

void reduce(MPI_Comm comm, const std::vector<SchurForm*>& forms) {
  int task = 0;
  guard(comm, [&] {
    for (SchurForm* form : forms) {
      for (std::size_t k = 0; k < form->sectors().size(); ++k) {
        if (task++ % size(comm) == rank(comm)) {
          form->reduce(k);
        }
      }
    }
  });
  task = 0;
  for (SchurForm* form : forms) {
    for (SchurSector& sector : form->sectors()) {
      const int root = task++ % size(comm);
      const Index rows = sector.size();
      broadcast(comm, root, sector.form, rows);
      broadcast(comm, root, sector.vectors, rows);
    }
  }
}

}  // namespace sgdflux::la
