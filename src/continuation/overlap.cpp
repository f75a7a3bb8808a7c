#include "continuation/overlap.hpp"

#include <algorithm>
#include <complex>

#include "sgdflux/la/halo.hpp"

namespace sgdflux::continuation {
namespace {

using Complex = std::complex<double>;
using Values = Eigen::Map<const Eigen::ArrayXd>;

const study::Field* find(const study::SpectrumAnswer& answer, std::size_t mode, const std::string& part) {
  const std::string path = "eigenfunction/" + std::to_string(mode) + "/" + part;
  const auto found = std::find_if(answer.fields.begin(), answer.fields.end(),
                                  [&](const study::Field& field) { return field.path == path; });
  return found == answer.fields.end() ? nullptr : &*found;
}

Eigen::ArrayXd values(const study::Field* field, Eigen::Index cells) {
  return field == nullptr
             ? Eigen::ArrayXd(Eigen::ArrayXd::Zero(cells))
             : Eigen::ArrayXd(Values(field->values.data(), static_cast<Eigen::Index>(field->values.size())));
}

/// Physical volume of each cell of this rank: what makes masses of densities in the variables.
Eigen::ArrayXd cell_volumes(const study::SpectrumAnswer& answer, const mesh::Box& box) {
  Eigen::ArrayXd volumes = Eigen::ArrayXd::Ones(box.cells());
  for (std::size_t d = 0; d < answer.mesh.size(); ++d) {
    const mesh::Axis axis(answer.mesh[d]);
    Eigen::ArrayXd centres(axis.cells());
    for (mesh::Index i = 0; i < axis.cells(); ++i) {
      centres(i) = axis.centre(i);
    }
    const Eigen::ArrayXd widths = axis.map().slope(centres) * axis.spacing();
    for (mesh::Index i = 0; i < box.cells(); ++i) {
      volumes(i) *= widths(box.cell(i)[d]);
    }
  }
  return volumes;
}

/// Vectors of one kind of every mode, as far as they are there: real and imaginary parts in turn, cells × 2 modes.
struct Vectors {
  Eigen::MatrixXd left;   ///< Q = ū
  Eigen::MatrixXd right;  ///< cell masses
};

Vectors gather(const study::SpectrumAnswer& answer) {
  const std::size_t modes = units(answer).size();
  const study::Field* any = find(answer, 0, "right_real");
  const Eigen::Index cells = any->box.cells();
  const Eigen::ArrayXd volumes = cell_volumes(answer, any->box);
  Vectors all{Eigen::MatrixXd(cells, 2 * modes), Eigen::MatrixXd(cells, 2 * modes)};
  for (std::size_t k = 0; k < modes; ++k) {
    const auto column = static_cast<Eigen::Index>(2 * k);
    all.left.col(column) = values(find(answer, k, "left_real"), cells);
    all.left.col(column + 1) = values(find(answer, k, "left_imaginary"), cells);
    all.right.col(column) = values(find(answer, k, "right_real"), cells) * volumes;
    all.right.col(column + 1) = values(find(answer, k, "right_imaginary"), cells) * volumes;
  }
  return all;
}

/// |⟨u_i, v_j⟩| of all eigenvalues of two answers from the products of real and imaginary parts of their modes.
Eigen::ArrayXXd moduli(const Eigen::MatrixXd& products, const std::vector<Unit>& left, const std::vector<Unit>& right) {
  const auto length = [](const std::vector<Unit>& of) { return of.empty() ? 0 : of.back().first + of.back().size; };
  Eigen::ArrayXXd result = Eigen::ArrayXXd::Zero(length(left), length(right));
  for (std::size_t i = 0; i < left.size(); ++i) {
    for (std::size_t j = 0; j < right.size(); ++j) {
      const Eigen::Matrix2d part =
          products.block<2, 2>(static_cast<Eigen::Index>(2 * i), static_cast<Eigen::Index>(2 * j));
      const double same = std::abs(Complex(part(0, 0) - part(1, 1), part(0, 1) + part(1, 0)));
      const double other = std::abs(Complex(part(0, 0) + part(1, 1), part(1, 0) - part(0, 1)));
      for (int a = 0; a < left[i].size; ++a) {
        for (int b = 0; b < right[j].size; ++b) {
          result(left[i].first + a, right[j].first + b) = a == b ? same : other;
        }
      }
    }
  }
  return result;
}

Eigen::MatrixXd products(MPI_Comm comm, const Eigen::MatrixXd& left, const Eigen::MatrixXd& right) {
  Eigen::MatrixXd result = left.transpose() * right;
  Eigen::ArrayXd entries = result.reshaped();
  la::sum(comm, entries);
  result.reshaped() = entries;
  return result;
}

}  // namespace

std::vector<Unit> units(const study::SpectrumAnswer& answer) {
  std::vector<Unit> result;
  for (std::size_t k = 0; k < answer.eigenvalues.size();) {
    const int size = answer.eigenvalues[k].value.imag() == 0 ? 1 : 2;
    result.push_back({static_cast<int>(k), size});
    k += static_cast<std::size_t>(size);
  }
  return result;
}

std::vector<bool> with_vectors(const study::SpectrumAnswer& answer) {
  std::vector<bool> result;
  std::size_t mode = 0;
  for (const Unit& unit : units(answer)) {
    const bool both = find(answer, mode, "right_real") != nullptr && find(answer, mode, "left_real") != nullptr;
    result.insert(result.end(), static_cast<std::size_t>(unit.size), both);
    ++mode;
  }
  return result;
}

bool same_cells(const study::SpectrumAnswer& before, const study::SpectrumAnswer& after) {
  const study::Field* a = find(before, 0, "right_real");
  const study::Field* b = find(after, 0, "right_real");
  return a != nullptr && b != nullptr && a->dimension == b->dimension && a->shape == b->shape;
}

Eigen::ArrayXXd squared_overlaps(MPI_Comm comm, const study::SpectrumAnswer& before,
                                 const study::SpectrumAnswer& after) {
  const Vectors old = gather(before);
  const Vectors fresh = gather(after);
  const std::vector<Unit> from = units(before);
  const std::vector<Unit> to = units(after);
  const Eigen::ArrayXXd there = moduli(products(comm, old.left, fresh.right), from, to);
  const Eigen::ArrayXXd back = moduli(products(comm, fresh.left, old.right), to, from);
  Eigen::ArrayXXd result = there * back.transpose();
  const Eigen::ArrayXd rows = result.rowwise().sum();
  const Eigen::ArrayXd columns = result.colwise().sum().transpose();
  for (Eigen::Index i = 0; i < result.rows(); ++i) {
    for (Eigen::Index j = 0; j < result.cols(); ++j) {
      result(i, j) /= std::max({1., rows(i), columns(j)});
    }
  }
  return result;
}

}  // namespace sgdflux::continuation
