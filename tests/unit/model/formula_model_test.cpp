#include <cmath>

#include "model_test_tools.hpp"
#include "sgdflux/model/observable.hpp"

namespace sgdflux::model {
namespace {

const std::pair<std::string, std::string> name = {"name", "formula"};

TEST(FormulaModel, EvaluatesTheExampleOfTheManual) {
  const auto sde = make_from({name,
                              {"variables", "x v"},
                              {"parameters", "D=0.5 F = 2*k"},
                              {"parameters.k", "1.5"},
                              {"D", "2"},
                              {"drift.x", "v"},
                              {"drift.v", "-x + F"},
                              {"noise.v.1", "sqrt(2*D)"},
                              {"derived.energy", "v^2/2 + x^2/2"},
                              {"derived.twice", "2*energy"}});
  const Batch x = Batch::Random(2000, 2);
  const Batch b = sde->drift(x);
  EXPECT_TRUE(b.col(0).isApprox(x.col(1)));
  EXPECT_TRUE(b.col(1).isApprox(-x.col(0) + 3));
  ASSERT_EQ(sde->noises(), 1);
  EXPECT_EQ(sde->noise_factor(x).col(0).abs().maxCoeff(), 0);
  EXPECT_TRUE(sde->noise_factor(x).col(1).isApproxToConstant(2));
  EXPECT_TRUE(sde->derive(1, x).isApprox(x.square().rowwise().sum()));
  EXPECT_EQ(sde->parameters().scalars(), (std::map<std::string, double>{{"D", 2}, {"F", 3}}));
  EXPECT_EQ(sde->parameters().text("drift.v"), "-x + F");
}

TEST(FormulaModel, FillsTheFullNoiseMatrix) {
  const auto sde = make_from({name,
                              {"variables", "x y"},
                              {"drift.x", "-x"},
                              {"drift.y", "-y"},
                              {"noise.x.1", "1"},
                              {"noise.x.3", "x"},
                              {"noise.y.2", "y"},
                              {"noise.y.3", "2"}});
  ASSERT_EQ(sde->noises(), 3);
  const Batch x = Batch::Random(9, 2);
  Batch expected = Batch::Zero(9, 6);
  expected.col(0) = 1;
  expected.col(2) = x.col(0);
  expected.col(4) = x.col(1);
  expected.col(5) = 2;
  EXPECT_TRUE(sde->noise_factor(x).isApprox(expected));
  EXPECT_TRUE(sde->diffusion(x).col(1).isApprox(2 * x.col(0)));
}

/// ½ Σ_jk s_jk ∂_j s_ik by hand for a noise matrix in which every term counts.
TEST(FormulaModel, StratonovichNoiseBecomesIto) {
  const auto sde = make_from({name,
                              {"calculus", "stratonovich"},
                              {"variables", "x y"},
                              {"drift.x", "-x"},
                              {"drift.y", "-y"},
                              {"noise.x.1", "sin(x)*exp(y)"},
                              {"noise.y.1", "x^2*y"},
                              {"noise.x.2", "x*y"},
                              {"noise.y.2", "1 + y^2"}});
  const Batch p = 2 * Batch::Random(200, 2);
  const Eigen::ArrayXd x = p.col(0);
  const Eigen::ArrayXd y = p.col(1);
  const Eigen::ArrayXd s1 = x.sin() * y.exp();
  const Eigen::ArrayXd s2 = x.square() * y;
  const Eigen::ArrayXd extra_x = s1 * x.cos() * y.exp() + s2 * s1 + x * y * y + (1 + y.square()) * x;
  const Eigen::ArrayXd extra_y = s1 * 2 * x * y + s2 * x.square() + (1 + y.square()) * 2 * y;
  const Batch b = sde->drift(p);
  EXPECT_LT((b.col(0) - (-x + extra_x / 2)).abs().maxCoeff(), 1e-10);
  EXPECT_LT((b.col(1) - (-y + extra_y / 2)).abs().maxCoeff(), 1e-10);
  ASSERT_EQ(sde->remarks().size(), 1U);
  EXPECT_TRUE(has(sde->remarks()[0], "Stratonovich"));
}

/// Scales from 1e-6 to 1e6, and a square root near the end of its domain.
TEST(FormulaModel, ConversionIsAccurateAtEveryScale) {
  const auto error = [](const std::string& noise, double x, double exact) {
    const auto sde =
        make_from({name, {"calculus", "stratonovich"}, {"variables", "x"}, {"drift.x", "0"}, {"noise.x.1", noise}});
    return std::abs(sde->drift(Batch::Constant(1, 1, x))(0, 0) / exact - 1);
  };
  EXPECT_LT(error("sqrt(x)", 1e-4, 0.25), 1e-10);
  EXPECT_LT(error("sqrt(x)", 1e-6, 0.25), 1e-9);
  EXPECT_LT(error("sqrt(x)", 1e6, 0.25), 1e-10);
  EXPECT_LT(error("x^2", 1e-6, 1e-18), 1e-10);
  EXPECT_LT(error("2 + sin(1e4*x)", 0.3, 0.5 * (2 + std::sin(3e3)) * 1e4 * std::cos(3e3)), 1e-9);
  EXPECT_LT(error("exp(x/1000)", 5, 0.5 * std::exp(0.01) / 1000), 1e-10);
}

TEST(FormulaModel, DomainsMayBeInfinite) {
  const auto sde = make_from({name,
                              {"variables", "x y z"},
                              {"drift.x", "1"},
                              {"drift.y", "1"},
                              {"drift.z", "1"},
                              {"domain.x", "0 inf"},
                              {"domain.y", "-pi pi/2"}});
  EXPECT_EQ(sde->natural_domain(0).lower, 0);
  EXPECT_EQ(sde->natural_domain(0).upper, std::numeric_limits<double>::infinity());
  EXPECT_DOUBLE_EQ(sde->natural_domain(1).upper, M_PI / 2);
  EXPECT_EQ(sde->natural_domain(2).lower, -std::numeric_limits<double>::infinity());
  EXPECT_EQ(sde->typical_point(), Eigen::Vector3d(1, 0, 0));
  EXPECT_EQ(sde->noises(), 0);
  EXPECT_EQ(sde->diffusion(Batch::Random(3, 3)).abs().maxCoeff(), 0);
}

TEST(FormulaModel, RefusalsNameTheNearest) {
  const std::pair<std::string, std::string> variables = {"variables", "x vel"};
  const std::pair<std::string, std::string> dx = {"drift.x", "vel"};
  const std::pair<std::string, std::string> dv = {"drift.vel", "-x"};
  EXPECT_TRUE(has(refusal({name, dx}), "model.variables must be given"));
  EXPECT_TRUE(has(refusal({name, variables, dx}), "model.drift.vel must be given"));
  EXPECT_TRUE(
      has(refusal({name, variables, dx, dv, {"drift.val", "1"}}), "unknown variable 'val'; did you mean 'vel'?"));
  EXPECT_TRUE(has(refusal({name, variables, dx, dv, {"noise.ve.1", "1"}}), "did you mean 'vel'?"));
  EXPECT_TRUE(has(refusal({name, variables, dx, dv, {"noise.x.0", "1"}}), "number of the Wiener process"));
  EXPECT_TRUE(has(refusal({name, variables, dx, dv, {"noise.x", "1"}}), "number of the Wiener process"));
  EXPECT_TRUE(has(refusal({name, variables, dx, dv, {"calculs", "ito"}}), "did you mean 'calculus'?"));
  EXPECT_TRUE(has(refusal({name, variables, dx, dv, {"calculus", "itoo"}}), "did you mean 'ito'?"));
  EXPECT_TRUE(has(refusal({name, variables, dx, dv, {"domain.x", "1 0"}}), "lower < upper"));
  EXPECT_TRUE(has(refusal({name, variables, dx, dv, {"domain.x", "1"}}), "lower and upper"));
  EXPECT_TRUE(
      has(refusal({name, variables, dx, {"drift.vel", "-y"}}), "run.ini:1: model.drift.vel = -y: unknown symbol 'y'"));
  EXPECT_TRUE(has(refusal({name, variables, dx, dv, {"parameters", "D"}}), "write name=value"));
  EXPECT_TRUE(has(refusal({name, variables, dx, dv, {"parameters", "x=1"}}), "already taken"));
  EXPECT_TRUE(has(refusal({name, variables, dx, dv, {"parameters", "D=1 D=2"}}), "already taken"));
  EXPECT_TRUE(has(refusal({name, variables, dx, dv, {"derived.vel", "x"}}), "already taken"));
  EXPECT_TRUE(has(refusal({name, variables, dx, dv, {"derived.a", "b"}, {"derived.b", "x"}}), "unknown symbol 'b'"));
  EXPECT_TRUE(has(refusal({name, {"variables", "x sin"}, dx}), "'sin' is no valid name"));
  EXPECT_TRUE(has(refusal({name, {"variables", "x y z u v"}, dx}), "one to four"));
}

TEST(Observable, UsesVariablesDerivedParametersAndConstants) {
  const auto sde = make_from({{"name", "diagonal-network"}, {"sign", "-1"}, {"eta", "0.2"}, {"batch", "4"}});
  const Batch s = Batch::Random(1500, 1);
  const Eigen::ArrayXd v = -s.col(0).exp();
  const Observable loss(*sde, "loss", "beta1*v^2 - 2*beta2*v + T*s + k", {{"k", 7}});
  EXPECT_EQ(loss.name(), "loss");
  EXPECT_TRUE(loss(s).isApprox(v.square() - 2 * v + 0.05 * s.col(0) + 7, 1e-14));
  const auto pair = make_from({{"name", "balance-pair"}});
  const Batch x = Batch::Random(20, 2);
  EXPECT_TRUE(Observable(*pair, "o", "imbalance/w")(x).isApprox(pair->derive(3, x) / pair->derive(2, x), 1e-14));
  EXPECT_THROW(Observable(*sde, "loss", "beta3*v"), core::SettingsError);
}

TEST(Observable, TheModelsParameterHidesAConstantOfTheSameName) {
  const auto sde = make_from({{"name", "diagonal-network"}, {"T", "0.2"}});
  EXPECT_EQ(Observable(*sde, "o", "T", {{"T", 5}})(Batch::Zero(1, 1))[0], 0.2);
}

TEST(Registry, KnowsEveryModelAndTheNearestName) {
  ASSERT_EQ(models().size(), 5U);
  for (const ModelInfo& info : models()) {
    EXPECT_EQ(describe(info.name).name, info.name);
    EXPECT_FALSE(info.summary.empty() || info.equations.empty() || info.variables.empty() || info.parameters.empty())
        << info.name;
  }
  EXPECT_TRUE(has(refusal({}), "model.name must be given: one of diagonal-network, balance-pair"));
  EXPECT_EQ(refusal({{"name", "diagonal-netwrk"}}),
            "run.ini:1: model.name: unknown model 'diagonal-netwrk'; did you mean 'diagonal-network'?");
  EXPECT_THROW(static_cast<void>(describe("formul")), core::SettingsError);
}

/// `describe` prints the very table that the model reads.
TEST(Registry, DescriptionsShowTheTablesThatModelsRead) {
  for (const char* model : {"diagonal-network", "balance-pair", "momentum-regression"}) {
    const auto sde = make_from({{"name", model}});
    EXPECT_EQ(sde->name(), model);
    const auto& told = describe(model).parameters;
    const auto& read = sde->parameters().table();
    ASSERT_EQ(told.size(), read.size());
    for (std::size_t k = 0; k < told.size(); ++k) {
      EXPECT_EQ(told[k].name + told[k].standard, read[k].name + read[k].standard);
    }
  }
}

TEST(Sde, WithoutDerivedQuantitiesDeriveIsADefect) {
  const auto sde = make_from({{"name", "momentum-regression"}});
  EXPECT_THROW(static_cast<void>(sde->derive(0, Batch::Zero(1, 2))), core::InternalError);
}

}  // namespace
}  // namespace sgdflux::model
