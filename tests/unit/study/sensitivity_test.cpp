/// Sensitivities of stationary averages against exact laws and against central differences of whole solves.
#include <gtest/gtest.h>

#include <cmath>

#include "sgdflux/theory/ziyin_2023.hpp"
#include "support/sensitivities.hpp"

namespace sgdflux::study {
namespace {

using test::Family;

void show(const StationaryAnswer& answer, const std::function<double(const std::string&, double)>& truth={}) {
  std::printf("%s %s cells %ld\n", to_string(answer.verdict).c_str(), answer.reason.c_str(), (long)answer.mesh[0].cells);
  for (const auto& r : answer.remarks) std::printf("remark %s\n", r.c_str());
  for (const auto& [parameter, list] : answer.sensitivities)
  for (const auto& [name, e] : list) {
    std::printf("%s d %s = %.15g +- %.3g %s", parameter.c_str(), name.c_str(), e.value.value_or(NAN), e.error.value_or(NAN), e.reason.c_str());
    if (truth && e.value) { const double t = truth(name, 0); std::printf(" truth %.15g relative %.2g", t, *e.value / t - 1); }
    std::printf("\n");
  }
}

void against_solves(const Family& f, const std::vector<std::string>& axes, double step, const test::StudySetup& setup = {}) {
  const auto answer = f.study(axes, setup);
  std::map<double, StationaryAnswer> at;
  test::StudySetup fast = setup; fast.estimate = false; fast.flux = answer.flux;
  for (int k : {-3,-2,-1,1,2,3}) at[k] = f.study(answer.mesh, f.value + k*step, false, fast);
  show(answer, [&](const std::string& name, double) {
    return test::central([&](double p) { return at.at(std::round((p - f.value)/step)).observables.at(name).value.value_or(NAN); }, f.value, step); });
}

TEST(Probe, Network) {
  for (const int depth : {0, 1, 2, 3})
  for (const double t : {.1, .2, .3}) {
    const Family family{{{"name", "diagonal-network"}, {"depth", std::to_string(depth)}}, "T", t, 1e-3 * t};
    std::printf("depth %d T %g\n", depth, t);
    show(family.study({"auto 400"}), [&](const std::string& name, double) {
      return test::central([&](double p) {
        theory::DiagonalNetwork n; n.depth = depth; n.temperature = p;
        theory::DiagonalNetworkLaw law(n);
        return name == "mean.v" ? law.mean_v() : name == "cov.v.v" ? law.variance_v() : name == "mean.s" ? law.mean_s() : name == "cov.s.s" ? law.variance_s() : name=="cov.s.v" ? law.covariance_s_v() : NAN; }, t, 2e-3); });
  }
}

TEST(Probe, Momentum) {
  for (const auto& [p, v] : std::vector<std::pair<std::string, double>>{{"eta", .1}, {"beta", .9}, {"rho", 1}, {"sigma2", 1}, {"weight_decay", .1}}) {
    const Family family{{{"name", "momentum-regression"}}, p, v, 1e-3 * v};
    against_solves(family, {"auto 48", "auto 48"}, 1e-2 * v);
  }
}

TEST(Probe, Kinetic) {
  for (const char* cells : {"auto 64", "auto 160"}) {
  const Family family{{{"name", "formula"}, {"variables", "x v"}, {"parameters", "th=0.25"}, {"drift.x", "v"}, {"drift.v", "x - x^3 - v"}, {"noise.v.1", "sqrt(2*th)"}, {"derived.energy", "v^2/2 - x^2/2 + x^4/4"}},
    "th", .25, 1e-3, {{"right", "x > 0.3"}, {"fourth", "x^4*th"}, {"edge", "x > th"}}};
  against_solves(family, {cells, cells}, 1e-3);
  }
}

TEST(Probe, Correlated) {
  const Family family{{{"name", "formula"}, {"variables", "x y"}, {"parameters", "c=0.5"}, {"drift.x", "-x + y/2"}, {"drift.y", "-y - x/2"}, {"noise.x.1", "1"}, {"noise.y.1", "c"}, {"noise.y.2", "0.8"}},
    "c", .5, 1e-3};
  against_solves(family, {"linear(-4, 4) 60", "linear(-4, 4) 60"}, 1e-3, {"monotone"});
}

}  // namespace
}  // namespace sgdflux::study
