/// Whole studies give the same numbers on every number of ranks: each is compared with the same study on one rank
/// alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/session.hpp"
#include "support/studying.hpp"

namespace sgdflux::test {
namespace {

const MPI_Comm world = MPI_COMM_WORLD;

void expect_same(const std::map<std::string, core::Estimate>& all, const std::map<std::string, core::Estimate>& alone) {
  ASSERT_EQ(all.size(), alone.size());
  for (const auto& [name, estimate] : alone) {
    const core::Estimate& other = all.at(name);
    ASSERT_EQ(other.value.has_value(), estimate.value.has_value()) << name;
    EXPECT_EQ(other.reason, estimate.reason) << name;
    if (estimate.value) {
      EXPECT_NEAR(*other.value, *estimate.value, 1e-11 * std::max(1., std::abs(*estimate.value))) << name;
    }
  }
}

/// Direct solvers: to 1e−11. A mesh is small enough for them here.
study::StationaryAnswer expect_independent_of_ranks(const model::Sde& sde, const std::vector<std::string>& axes,
                                                    const StudySetup& setup, const std::string& formula) {
  const std::vector<model::Observable> observables{{sde, "formula", formula}};
  auto all = study_of(sde, axes, setup, observables, world);
  const auto alone = study_of(sde, axes, setup, observables, MPI_COMM_SELF);
  EXPECT_EQ(all.verdict, study::Verdict::converged) << all.reason;
  EXPECT_EQ(all.verdict, alone.verdict) << alone.reason;
  for (std::size_t d = 0; d < alone.mesh.size(); ++d) {
    EXPECT_EQ(all.mesh[d].to_string(), alone.mesh[d].to_string());
  }
  EXPECT_TRUE(has(all.solver, "LU, ")) << all.solver;
  expect_same(all.observables, alone.observables);
  expect_same(all.current.quantities, alone.current.quantities);
  EXPECT_LE(all.audit.mass_error, 1e-12);
  EXPECT_NEAR(all.current.max, alone.current.max, 1e-11 * std::max(1., alone.current.max));
  EXPECT_EQ(all.reference.has_value(), alone.reference.has_value());
  if (alone.reference && alone.reference->l1) {
    EXPECT_NEAR(*all.reference->l1, *alone.reference->l1, 1e-11);
  }
  return all;
}

TEST(Ranks, AgreeOnTheBoxTheMapsAndTheNumberOfCellsOfAnAutomaticMesh) {
  const auto wells = make_model(
      {{"name", "formula"}, {"variables", "x v"}, {"drift.x", "v"}, {"drift.v", "x - x^3 - v"}, {"noise.v.1", "0.5"}});
  const auto refined = expect_independent_of_ranks(*wells, {"auto 40", "auto 40"}, {}, "x^2");
  EXPECT_GE(refined.accuracy->rounds, 1);
  const auto tails = make_model({{"name", "formula"},
                                 {"variables", "x y"},
                                 {"drift.x", "-x"},
                                 {"drift.y", "-y"},
                                 {"noise.x.1", "sqrt(0.5*(1+x^2+y^2))"},
                                 {"noise.y.2", "sqrt(0.5*(1+x^2+y^2))"}});
  EXPECT_EQ(study_of(*tails, {"auto 40", "auto 40"}, {"auto", -1, false}, {}, world).mesh[0].to_string(),
            study_of(*tails, {"auto 40", "auto 40"}, {"auto", -1, false}, {}, MPI_COMM_SELF).mesh[0].to_string());
}

TEST(Ranks, AgreeOnTheNetworkWithAnAutomaticMesh) {
  const auto sde = make_model({{"name", "diagonal-network"},
                               {"T", "0.1"},
                               {"beta1", "1"},
                               {"beta2", "1"},
                               {"alpha1", "2"},
                               {"alpha2", "2"},
                               {"alpha3", "3"}});
  expect_independent_of_ranks(*sde, {"auto 300"}, {}, "v^2 - 2*v");
}

TEST(Ranks, AgreeOnMonotoneJumpsOfCorrelatedNoise) {
  const auto sde = make_model({{"name", "formula"},
                               {"variables", "x y"},
                               {"drift.x", "-x - 2*y"},
                               {"drift.y", "-y + 2*x"},
                               {"noise.x.1", "1 + 0.2*sin(y)"},
                               {"noise.y.1", "0.7"},
                               {"noise.y.2", "0.2"}});
  const auto answer =
      expect_independent_of_ranks(*sde, {"linear(-4, 4) 32", "linear(-4, 4) 30"}, {"monotone", -1, true}, "x*y");
  EXPECT_EQ(answer.audit.negative_mass, 0);
}

TEST(Ranks, AgreeOnLimitedFluxes) {
  const auto well = make_model(
      {{"name", "formula"}, {"variables", "x v"}, {"drift.x", "v"}, {"drift.v", "x - x^3 - v"}, {"noise.v.1", "0.3"}});
  const auto answer =
      expect_independent_of_ranks(*well, {"linear(-2.2, 2.2) 40", "linear(-2, 2) 36"}, {"limited", -1, false}, "x*v");
  EXPECT_EQ(answer.audit.negative_mass, 0);
  EXPECT_GT(answer.scheme_numbers.at("limited_cells"), 0);
}

TEST(Ranks, AgreeOnTheRing) {
  const auto sde =
      make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "0.7 - sin(x)"}, {"noise.x.1", "sqrt(2)"}});
  for (const char* flux : {"exact", "order8"}) {
    const auto answer = expect_independent_of_ranks(*sde, {"linear(0, 2*pi) 128 periodic"}, {flux}, "cos(x)");
    EXPECT_NEAR(answer.current.quantities.at("net.x").value.value(), .0797588551880543, 1e-9);
  }
}

TEST(Ranks, AgreeOnMomentumWithItsCurrentToTheFaces) {
  const auto sde = make_model({{"name", "momentum-regression"}});
  const auto answer = expect_independent_of_ranks(*sde, {"auto 40", "auto 40"}, {"order8", 1, true}, "theta^2*v");
  EXPECT_LE(answer.current.divergence, 1e-10);
}

TEST(Ranks, AgreeOnCorrelatedNonlinearNoiseWithOnePeriodicAxis) {
  const auto sde = make_model({{"name", "formula"},
                               {"variables", "x y"},
                               {"drift.x", "0.5 + sin(x)*y"},
                               {"drift.y", "-y + cos(x)"},
                               {"noise.x.1", "1"},
                               {"noise.y.1", "0.5*sin(x)"},
                               {"noise.y.2", "1 + 0.2*cos(y)"}});
  expect_independent_of_ranks(*sde, {"linear(0, 2*pi) 24 periodic", "sinh(-7, 7, 4) 30"}, {"order6", -1, true},
                              "sin(x)*y");
}

TEST(Ranks, AgreeOnTheMonotoneSchemeWhoseDensityStaysPositive) {
  const auto sde = make_model({{"name", "formula"},
                               {"variables", "x v"},
                               {"drift.x", "v"},
                               {"drift.v", "x - x^3 - v"},
                               {"noise.v.1", "sqrt(0.5)"}});
  const auto answer =
      expect_independent_of_ranks(*sde, {"linear(-2.5, 2.5) 30", "linear(-3, 3) 32"}, {"monotone", -1, false}, "x^2");
  EXPECT_GE(answer.audit.min_density, 0);
}

TEST(Ranks, AgreeOnThreeAndFourVariables) {
  const auto three = make_model({{"name", "ornstein-uhlenbeck"},
                                 {"drift_matrix", "1 -0.6 0.3; 0.8 1.4 -0.5; -0.2 0.7 1.2"},
                                 {"noise_matrix", "1 0 0; 0.3 0.9 0; -0.2 0.1 1.1"}});
  expect_independent_of_ranks(*three, {"linear(-3, 3) 14", "linear(-3, 3) 15", "linear(-3, 3) 13"},
                              {"order4", -1, false}, "x1*x2*x3");
  const auto four = make_model({{"name", "ornstein-uhlenbeck"},
                                {"drift_matrix", "1 -0.5 0 0.2; 0.6 1.2 -0.3 0; 0 0.4 1.1 -0.4; -0.3 0 0.5 0.9"},
                                {"noise_matrix", "1 0 0 0; 0 0.9 0 0; 0 0 1.1 0; 0 0 0 0.8"}});
  expect_independent_of_ranks(*four, {"linear(-3, 3) 8", "linear(-3, 3) 7", "linear(-3, 3) 8", "linear(-3, 3) 8"},
                              {"monotone", -1, false}, "x1*x4");
}

TEST(Ranks, AgreeOnFieldsCellByCell) {
  const auto sde =
      make_model({{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "1 -1; 1 1"}, {"noise_matrix", "1 0; 0.3 1"}});
  const StudySetup setup{"order8", -1, false};
  const auto all = study_of(*sde, {"auto 30", "auto 28"}, setup, {}, world);
  const auto alone = study_of(*sde, {"auto 30", "auto 28"}, setup, {}, MPI_COMM_SELF);
  ASSERT_EQ(all.fields.size(), alone.fields.size());
  for (std::size_t f = 0; f < all.fields.size(); ++f) {
    const study::Field& part = all.fields[f];
    const study::Field& whole = alone.fields[f];
    EXPECT_EQ(part.path, whole.path);
    EXPECT_EQ(part.shape, whole.shape);
    const double scale =
        Eigen::Map<const Eigen::ArrayXd>(whole.values.data(), static_cast<Eigen::Index>(whole.values.size()))
            .abs()
            .maxCoeff();
    for (Index i = 0; i < part.box.cells(); ++i) {
      EXPECT_NEAR(part.values[static_cast<std::size_t>(i)],
                  whole.values[static_cast<std::size_t>(whole.box.position(part.box.cell(i)))],
                  1e-11 * std::max(scale, 1.))
          << part.path;
    }
    const double count = la::sum(world, static_cast<double>(part.box.cells()));
    EXPECT_EQ(count, static_cast<double>(whole.box.cells())) << part.path << " is written once";
  }
}

/// Above the size of the direct solver: within the error that is reported.
void expect_agreement_within_error(const model::Sde& sde, const std::vector<std::string>& axes,
                                   const std::string& flux) {
  const StudySetup setup{flux, -1, false};
  const auto all = study_of(sde, axes, setup, {}, world);
  const auto alone = study_of(sde, axes, setup, {}, MPI_COMM_SELF);
  ASSERT_EQ(all.verdict, study::Verdict::converged) << all.reason;
  EXPECT_FALSE(has(all.solver, "inverse iterations")) << all.solver;
  EXPECT_LE(all.audit.mass_error, 1e-12);
  for (const auto& [name, estimate] : alone.observables) {
    if (estimate.value) {
      const double error = std::max(*estimate.error, all.observables.at(name).error.value());
      EXPECT_NEAR(all.observables.at(name).value.value(), *estimate.value, 2 * error) << name << ", " << all.solver;
      EXPECT_LE(error, 1e-6) << name;
    }
  }
}

TEST(Ranks, AgreeWithinTheReportedErrorOfIterativeSolvers) {
  const auto noisy =
      make_model({{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "1 -0.8; 0.8 1"}, {"noise_matrix", "1 0; 0.3 1"}});
  expect_agreement_within_error(*noisy, {"auto 150", "auto 150"}, "order2");
  expect_agreement_within_error(*make_model({{"name", "momentum-regression"}}), {"auto 150", "auto 150"}, "order4");
}

TEST(Ranks, AgreeWhenNoiseIsCorrelatedOnTheCellsOfSomeRanksOnly) {
  const auto sde = make_model({{"name", "formula"},
                               {"variables", "x y"},
                               {"drift.x", "-x"},
                               {"drift.y", "-y"},
                               {"noise.x.1", "1"},
                               {"noise.y.1", "x > 0 ? 0.8 : 0"},
                               {"noise.y.2", "1"}});
  const auto answer = expect_independent_of_ranks(*sde, {"linear(-4, 4) 48", "linear(-6, 6) 48"}, {"order8"}, "x*y");
  EXPECT_NEAR(answer.observables.at("cov.y.y").value.value(), .66, 1e-6);  // moment equation: ½(1 + .64·½)
}

TEST(Ranks, AllRefuseTogether) {
  const auto sde = make_model({{"name", "diagonal-network"},
                               {"T", "0.5"},
                               {"beta1", "1"},
                               {"beta2", "1"},
                               {"alpha1", "2"},
                               {"alpha2", "2"},
                               {"alpha3", "3"}});
  EXPECT_EQ(study_of(*sde, {"auto 100"}, {}, {}, world).verdict, study::Verdict::no_stationary_density);
}

TEST(Ranks, AllThrowWhenTheCoefficientsOfOneAreNotNumbers) {
  // NaN in the last corner only: one rank sees it.
  const auto sde = make_model({{"name", "formula"},
                               {"variables", "x y"},
                               {"drift.x", "-x + (x > 1.8 && y > 1.8 ? sqrt(-1) : 0)"},
                               {"drift.y", "-y"},
                               {"noise.x.1", "1"},
                               {"noise.y.2", "1"}});
  const std::string message = error_of([&] {
    static_cast<void>(study_of(*sde, {"linear(-2, 2) 20", "linear(-2, 2) 20"}, {"order4"}, {}, world));
  });
  EXPECT_TRUE(has(message, "NaN") && has(message, "x = 1.9")) << message;
  EXPECT_EQ(la::sum(world, 1), la::size(world)) << "and all go on together";
}

}  // namespace
}  // namespace sgdflux::test
