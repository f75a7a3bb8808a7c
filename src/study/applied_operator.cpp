#include "applied_operator.hpp"

#include "kronecker_split.hpp"
#include "sgdflux/fv/two_point.hpp"
#include "sgdflux/la/kronecker.hpp"
#include "sgdflux/la/line_gauss_seidel.hpp"
#include "sgdflux/la/multigrid.hpp"
#include "sgdflux/la/session.hpp"

namespace sgdflux::study {
namespace {

std::vector<la::FaceRates> face_rates(const Assembly& assembly, const mesh::Box& box) {
  std::vector<la::FaceRates> faces;
  la::guard(assembly.comm, [&] {
    for (fv::TwoPoint& axis : fv::two_point_generator(assembly.problem, box)) {
      faces.push_back({std::move(axis.up), std::move(axis.down)});
    }
  });
  return faces;
}

std::unique_ptr<la::Preconditioner> multigrid(const Assembly& assembly) {
  return std::make_unique<la::Multigrid>(assembly.comm, la::decomposition(assembly.grid, assembly.partition),
                                         face_rates(assembly, assembly.owned));
}

/// Along the one axis that has noise; null when there is no such axis.
std::unique_ptr<la::Preconditioner> lines(const Assembly& assembly) {
  const int axis = noise_axes(assembly).only;
  if (axis < 0) {
    return nullptr;
  }
  const mesh::Box box = la::LineGaussSeidel::box(assembly.partition, axis, la::rank(assembly.comm));
  return std::make_unique<la::LineGaussSeidel>(assembly.comm, assembly.partition, face_rates(assembly, box), axis);
}

/// Null when no split is small enough.
std::unique_ptr<la::Preconditioner> groups(const Assembly& assembly) {
  std::optional<Split> split;
  GroupGenerators generators;
  la::guard(assembly.comm, [&] {
    split = kronecker_split(assembly);
    generators = split ? group_generators(assembly, *split) : GroupGenerators{};
  });
  return split ? std::make_unique<la::KroneckerSum>(assembly.comm, la::decomposition(assembly.grid, assembly.partition),
                                                    split->first, generators.first, generators.second)
               : nullptr;
}

}  // namespace

std::optional<Way> way_beyond_factors(const Assembly& assembly) {
  const Traits seen = traits(assembly);
  if (assembly.grid.cells() <= factored_cells(assembly.grid.dimension(), seen)) {
    return {};
  }
  for (const Way way : ways(assembly.grid, assembly.problem.scheme, seen)) {
    if (without_matrix(way)) {
      return way;
    }
  }
  return {};
}

std::unique_ptr<la::Preconditioner> approximate_inverse(const Assembly& assembly, Way way) {
  switch (way) {
    case Way::geometric:
      return multigrid(assembly);
    case Way::lines:
      return lines(assembly);
    default:
      return groups(assembly);
  }
}

AppliedOperator::AppliedOperator(const Assembly& assembly, std::unique_ptr<la::Preconditioner> preconditioner,
                                 la::Krylov krylov)
    : preconditioner_(std::move(preconditioner)),
      volume_(assembly.grid.cell_volume()),
      matrix_(assembly.comm, assembly.problem, assembly.partition),
      generator_{matrix_.matrix(), matrix_.rates(), *preconditioner_, krylov},
      no_rows_{assembly.owned, {}, {}} {}

std::unique_ptr<AppliedOperator> AppliedOperator::make(const Assembly& assembly, Way way) {
  const la::Krylov krylov = way == Way::geometric ? la::Krylov::bicgstab : la::Krylov::fgmres;
  std::unique_ptr<la::Preconditioner> preconditioner = approximate_inverse(assembly, way);
  if (!preconditioner) {
    return nullptr;
  }
  return std::unique_ptr<AppliedOperator>(new AppliedOperator(assembly, std::move(preconditioner), krylov));
}

std::unique_ptr<AppliedOperator> AppliedOperator::beyond_factors(const Assembly& assembly) {
  const std::optional<Way> way = way_beyond_factors(assembly);
  return way ? make(assembly, *way) : nullptr;
}

Eigen::ArrayXd AppliedOperator::start() const { return preconditioner_->start() / volume_; }

std::string AppliedOperator::name() const {
  return la::to_string(generator_.krylov) + " with " + preconditioner_->name() + ", no matrix";
}

}  // namespace sgdflux::study
