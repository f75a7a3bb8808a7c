#include "sgdflux/la/kronecker.hpp"

#include <algorithm>
#include <string>

#include "schur_form.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/session.hpp"
#include "slabs.hpp"
#include "tiled_sylvester.hpp"

namespace sgdflux::la {
namespace {

std::shared_ptr<SchurForm> second_form(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b,
                                       const std::shared_ptr<SchurForm>& first) {
  return a.rows() == b.rows() && a == b ? first : std::make_shared<SchurForm>(b);
}

}  // namespace

/// Columns of the matrix are the cells of the first group, rows those of the second: (σ − L)Z = σZ − BZ − ZAᵀ.
class KroneckerSum::Factors {
 public:
  Factors(MPI_Comm comm, const Decomposition& cells, const std::vector<int>& first, const Eigen::MatrixXd& a,
          const Eigen::MatrixXd& b)
      : comm_(comm),
        columns_(std::make_shared<SchurForm>(a)),
        rows_(second_form(a, b, columns_)),
        slabs_(comm, cells, first),
        owned_cells_(cells.boxes[static_cast<std::size_t>(rank(comm))].cells()) {
    reduce(comm, rows_ == columns_ ? std::vector<SchurForm*>{columns_.get()}
                                   : std::vector<SchurForm*>{columns_.get(), rows_.get()});
    sylvester_ = std::make_unique<TiledSylvester>(comm, *rows_, *columns_);
    slabs_.own_columns(sylvester_->owned());
    here_.resize(static_cast<std::size_t>(slabs_.numbers()));
    there_.resize(here_.size());
  }

  void apply(const SylvesterKind& kind, const double* r, double* z) {
    double largest = 0;
    for (Index i = 0; i < owned_cells_; ++i) {
      largest = std::max(largest, std::abs(r[i]));
    }
    largest = maximum(comm_, largest);
    if (largest == 0) {
      std::fill_n(z, owned_cells_, 0.0);
      return;
    }
    slabs_.to_slab(r, 1 / largest, here_.data());
    to_schur_coordinates();
    sylvester_->solve(kind, here_.data());
    from_schur_coordinates();
    slabs_.from_slab(here_.data(), largest, z);
    if (conserves() && !kind.transposed) {
      correct_mass(kind.sigma, r, z);
    }
  }

  [[nodiscard]] bool conserves() const { return rows_->conserves() && columns_->conserves(); }
  [[nodiscard]] Index rows() const { return rows_->size(); }
  [[nodiscard]] Index columns() const { return columns_->size(); }
  [[nodiscard]] double bytes() const {
    return columns_->bytes() + (rows_ == columns_ ? 0 : rows_->bytes()) + slabs_.bytes() + sylvester_->bytes() +
           sizeof(float) * static_cast<double>(here_.size() + there_.size());
  }

 private:
  [[nodiscard]] static FloatBlock matrix(std::vector<float>& values, Index rows, Index columns) {
    return {values.data(), rows, columns, rows};
  }

  /// X V: columns of all sectors of the first group.
  void multiply_columns(Op op) {
    const FloatBlock from = matrix(here_, slabs_.slab().size(), columns());
    const FloatBlock to = matrix(there_, from.rows, from.columns);
    for (const SchurSector& sector : columns_->sectors()) {
      multiply(constant(from).part(0, sector.begin, from.rows, sector.size()), Op::plain, block_of(sector.vectors), op,
               0, to.part(0, sector.begin, from.rows, sector.size()));
    }
    here_.swap(there_);
  }

  void multiply_rows(Op op) {
    const FloatBlock from = matrix(here_, rows(), slabs_.own_columns());
    const FloatBlock to = matrix(there_, from.rows, from.columns);
    for (const SchurSector& sector : rows_->sectors()) {
      multiply(block_of(sector.vectors), op, constant(from).part(sector.begin, 0, sector.size(), from.columns),
               Op::plain, 0, to.part(sector.begin, 0, sector.size(), from.columns));
    }
    here_.swap(there_);
  }

  void to_columns() {
    if (size(comm_) > 1) {
      slabs_.to_columns(here_.data(), there_.data());
      here_.swap(there_);
    }
  }
  void from_columns() {
    if (size(comm_) > 1) {
      slabs_.from_columns(here_.data(), there_.data());
      here_.swap(there_);
    }
  }

  void to_schur_coordinates() {
    columns_->fold_rows(matrix(here_, slabs_.slab().size(), columns()));
    multiply_columns(Op::plain);
    to_columns();
    rows_->fold_columns(matrix(here_, rows(), slabs_.own_columns()));
    multiply_rows(Op::transposed);
  }

  void from_schur_coordinates() {
    multiply_rows(Op::plain);
    rows_->fold_columns(matrix(here_, rows(), slabs_.own_columns()));
    from_columns();
    multiply_columns(Op::transposed);
    columns_->fold_rows(matrix(here_, slabs_.slab().size(), columns()));
  }

  /// Σz = Σr/σ, or 0, to rounding of double precision.
  void correct_mass(double sigma, const double* r, double* z) const {
    const Eigen::Map<const Eigen::ArrayXd> from(r, owned_cells_);
    Eigen::Map<Eigen::ArrayXd> to(z, owned_cells_);
    const double wanted = sigma > 0 ? sum(comm_, from.sum()) / sigma : 0;
    const auto cells = static_cast<double>(rows() * columns());
    to += (wanted - sum(comm_, to.sum())) / cells;
  }

  MPI_Comm comm_;
  std::shared_ptr<SchurForm> columns_;
  std::shared_ptr<SchurForm> rows_;
  Slabs slabs_;
  Index owned_cells_;
  std::unique_ptr<TiledSylvester> sylvester_;
  std::vector<float> here_;
  std::vector<float> there_;

 public:
  double sigma = 0;
};

KroneckerSum::KroneckerSum(MPI_Comm comm, const Decomposition& cells, const std::vector<int>& first,
                           const Eigen::MatrixXd& a, const Eigen::MatrixXd& b)
    : factors_(std::make_unique<Factors>(comm, cells, first, a, b)) {}

KroneckerSum::~KroneckerSum() = default;

void KroneckerSum::set_shift(double sigma) { factors_->sigma = sigma; }

void KroneckerSum::apply(const double* r, double* z) { factors_->apply({factors_->sigma, false}, r, z); }

void KroneckerSum::apply_transpose(const double* r, double* z) { factors_->apply({factors_->sigma, true}, r, z); }

std::string KroneckerSum::name() const {
  return "the inverse of a Kronecker sum of " + std::to_string(factors_->columns()) + " and " +
         std::to_string(factors_->rows()) + " cells (real Schur forms in single precision)";
}

double KroneckerSum::bytes() const { return factors_->bytes(); }

}  // namespace sgdflux::la
