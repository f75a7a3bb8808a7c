#include "applied_operator.hpp"

#include "kronecker_split.hpp"
#include "memory.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/fv/two_point.hpp"
#include "sgdflux/la/kronecker.hpp"
#include "sgdflux/la/multigrid.hpp"
#include "sgdflux/la/session.hpp"

namespace sgdflux::study {
namespace {

/// Cells up to which one LU of a shifted generator costs less than the many solves that it serves.
core::Index factored_cells(int dimension) {
  return dimension == 1 ? core::Index{1} << 31 : dimension == 2 ? 150000 : 14000;
}

std::unique_ptr<la::Preconditioner> multigrid(const Assembly& assembly) {
  std::vector<la::FaceRates> faces;
  la::guard(assembly.comm, [&] {
    for (fv::TwoPoint& axis : fv::two_point_generator(assembly.problem, assembly.owned)) {
      faces.push_back({std::move(axis.up), std::move(axis.down)});
    }
  });
  return std::make_unique<la::Multigrid>(assembly.comm, la::decomposition(assembly.grid, assembly.partition),
                                         std::move(faces));
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
  if (assembly.grid.cells() <= factored_cells(assembly.grid.dimension())) {
    return {};
  }
  for (const Way way : ways(assembly.grid, assembly.problem.scheme, traits(assembly))) {
    if (way == Way::geometric || way == Way::kronecker) {
      return way;
    }
  }
  return {};
}

void require_factors(const Assembly& assembly) {
  const mesh::Grid& grid = assembly.grid;
  if (grid.cells() <= factored_cells(grid.dimension())) {
    return;
  }
  const double needed = bytes(Way::direct, grid, assembly.problem.scheme, traits(assembly), la::size(assembly.comm));
  const double available = usable_memory(assembly.comm, 0);
  if (needed > available) {
    throw core::SettingsError("mesh: this model and scheme.flux need factors of the generator here, about " +
                              in_gigabytes(needed) + " for " + std::to_string(grid.cells()) + " cells, but " +
                              in_gigabytes(available) + " are available: use fewer cells");
  }
}

std::unique_ptr<la::Preconditioner> approximate_inverse(const Assembly& assembly, Way way) {
  return way == Way::geometric ? multigrid(assembly) : groups(assembly);
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
  auto result = way ? make(assembly, *way) : nullptr;
  if (!result) {
    require_factors(assembly);
  }
  return result;
}

Eigen::ArrayXd AppliedOperator::start() const { return preconditioner_->start() / volume_; }

std::string AppliedOperator::name() const {
  return la::to_string(generator_.krylov) + " with " + preconditioner_->name() + ", no matrix";
}

}  // namespace sgdflux::study
