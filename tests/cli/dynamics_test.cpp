/// evolve, spectrum, correlate and passage as a person meets them: reports, files, checkpoints, sweeps, reruns.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "support/killing.hpp"

namespace sgdflux::test {
namespace {

using Json = nlohmann::json;

/// dx = −x dt + dW: mean x₀e^{−t}, variance 1/2 + (w² − 1/2)e^{−2t}, eigenvalues −k.
const std::string relaxation =
    "[model]\nname = ornstein-uhlenbeck\ndrift_matrix = 1\nnoise_matrix = 1\ncenter = 0\n[mesh]\nx1 = linear(-6, 6) "
    "96\n"
    "[scheme]\nflux = order8\n[observe]\nsquare = x1^2\n"
    "[evolve]\ninitial = point(1; 0.5)\nuntil = 2\noutputs = 0.5 1 2\n"
    "[spectrum]\ncount = 4\n[correlate]\nobservable = x1\ntimes = log(0.1, 10) 5\n"
    "[output]\ndir = out\n";
/// Mean time from −1 to 1: 14.277736637; both wells are left at the rate .187170418089/2.
const std::string well =
    "[model]\nname = formula\nvariables = x\nparameters = D=0.25\ndrift.x = x - x^3\nnoise.x.1 = sqrt(2*D)\n"
    "[mesh]\nx = linear(-3, 3) 200\n[passage]\nstart = -1\nexit = x - 1\n[output]\ndir = out\n";

Json report_of(const Sandbox& sandbox, const std::string& file = "out/report.json") {
  return Json::parse(sandbox.read(file));
}

/// What every report has, whatever the command.
void expect_common_members(const Json& report, const std::string& command) {
  EXPECT_EQ(report["format_version"], Json({1, 5}));
  EXPECT_EQ(report["command"], command);
  EXPECT_EQ(report["verdict"], "converged");
  EXPECT_EQ(report["exit_code"], 0);
  for (const char* member : {"model", "mesh", "scheme", "audit", "observables", "settings", "seconds", "provenance"}) {
    EXPECT_TRUE(report[member].is_object()) << member;
  }
  for (const char* name : {"mass_error", "negative_mass", "min_density", "residual", "outside_mass"}) {
    EXPECT_TRUE(report["audit"].contains(name)) << name;
  }
}

void expect_series(const Json& series, std::size_t length) {
  ASSERT_EQ(series["value"].size(), length);
  ASSERT_EQ(series["error"].size(), length);
  for (std::size_t i = 0; i < length; ++i) {
    EXPECT_EQ(series["value"][i].is_null(), series["error"][i].is_null()) << i;
    EXPECT_TRUE(series["value"][i].is_number() || series["reason"].is_string()) << i;
  }
}

std::string header_of(const std::string& csv) { return csv.substr(0, csv.find('\n')); }

TEST(Evolve, ReportsSeriesFinalValuesAndExactOnes) {
  const Sandbox sandbox;
  sandbox.write("run.ini", relaxation);
  const Result result = sandbox.run("evolve run.ini");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err, "");
  const Json report = report_of(sandbox);
  expect_common_members(report, "evolve");
  EXPECT_EQ(report["times"], Json({0.5, 1.0, 2.0}));
  for (const char* name : {"mean.x1", "cov.x1.x1", "square", "mass", "negative_mass"}) {
    expect_series(report["observables"][name], 3);
  }
  for (int k = 0; k < 3; ++k) {
    const double time = report["times"][k].get<double>();
    EXPECT_NEAR(report["observables"]["mean.x1"]["value"][k].get<double>(), std::exp(-time), 1e-6);
    EXPECT_NEAR(report["observables"]["cov.x1.x1"]["value"][k].get<double>(), 0.5 - 0.25 * std::exp(-2 * time), 1e-6);
    EXPECT_NEAR(report["reference"]["observables"]["mean.x1"][k].get<double>(), std::exp(-time), 1e-14);
  }
  EXPECT_EQ(report["final"]["mean.x1"]["value"], report["observables"]["mean.x1"]["value"][2]);
  EXPECT_FALSE(report.contains("restart"));
  EXPECT_TRUE(header_of(sandbox.read("out/series.csv")).starts_with("time,cov.x1.x1,cov.x1.x1.error,"));
  EXPECT_EQ(std::string(header_of(sandbox.read("out/density.csv"))).find("x1,snapshot.0.density"), 0U);
  for (const char* name : {"out/fields.h5", "out/fields.xdmf", "out/settings.ini"}) {
    EXPECT_TRUE(sandbox.exists(name)) << name;
  }
  EXPECT_FALSE(sandbox.exists("out/checkpoint.h5"));
}

TEST(Evolve, KeepsTheDensityPositiveAndSaysWhatThatTook) {
  const Sandbox sandbox;
  sandbox.write("run.ini", relaxation);
  for (const std::string flux : {"limited", "monotone"}) {
    const Result done = sandbox.run("evolve run.ini --scheme.flux=" + flux + " '--mesh.x1=linear(-6, 6) 40'" +
                                    " '--evolve.initial=point(1; 0.25)' --evolve.tolerance=1e-5");
    ASSERT_EQ(done.exit_code, 0) << done.err;
    const Json report = report_of(sandbox);
    expect_common_members(report, "evolve");
    EXPECT_EQ(report["scheme"]["flux"], flux);
    EXPECT_TRUE(report["scheme"]["solver"].get<std::string>().starts_with("sdirk"));
    EXPECT_EQ(report["audit"]["negative_mass"], 0);
    EXPECT_GE(report["audit"]["min_density"].get<double>(), 0);
    EXPECT_LE(report["audit"]["mass_error"].get<double>(), 1e-13);
    EXPECT_NE(report["remarks"].dump().find("kept positive"), std::string::npos);
    const Json& mean = report["observables"]["mean.x1"];
    EXPECT_LE(std::abs(mean["value"][2].get<double>() - std::exp(-2.)), mean["error"][2].get<double>());
  }
  const Result refused = sandbox.run("evolve run.ini --scheme.flux=limited --evolve.stepper=bdf");
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_NE(refused.err.find("evolve.stepper = bdf"), std::string::npos) << refused.err;
  EXPECT_NE(refused.err.find("use sdirk"), std::string::npos) << refused.err;
}

TEST(Evolve, EndsAtUntilWhateverTheOutputs) {
  const Sandbox sandbox;
  sandbox.write("run.ini", relaxation);
  const std::string run = "evolve run.ini --scheme.estimate=off --evolve.outputs=";
  ASSERT_EQ(sandbox.run(run + "4").exit_code, 0);
  EXPECT_EQ(report_of(sandbox)["times"], Json({0.0, 0.5, 1.0, 1.5, 2.0}));
  ASSERT_EQ(sandbox.run(run + "'0.25 1.5'").exit_code, 0);
  EXPECT_EQ(report_of(sandbox)["times"], Json({0.25, 1.5, 2.0}));
  ASSERT_EQ(sandbox.run(run + "'log(0.02, 2) 3'").exit_code, 0);
  const Json times = report_of(sandbox)["times"];
  ASSERT_EQ(times.size(), 3U);
  EXPECT_NEAR(times[1].get<double>(), 0.2, 1e-15);
  EXPECT_EQ(times[2], 2.0);
}

TEST(Evolve, GoesOnFromTheFieldsOfAnotherRun) {
  const Sandbox sandbox;
  sandbox.write("a/run.ini", relaxation);
  ASSERT_EQ(sandbox.run("evolve a/run.ini --evolve.until=1 --evolve.outputs=1 --output.dir=a/half").exit_code, 0);
  sandbox.write("a/on.ini", relaxation + "[evolve]\ninitial = half/fields.h5\nuntil = 1\noutputs = 1\n");
  const Result result = sandbox.run("evolve a/on.ini");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json report = report_of(sandbox);
  EXPECT_NEAR(report["final"]["mean.x1"]["value"].get<double>(), std::exp(-2.0), 1e-6);
  EXPECT_EQ(report["provenance"]["inputs"].size(), 2U);
  EXPECT_EQ(report["settings"]["evolve.initial"], "../a/half/fields.h5");
  ASSERT_EQ(sandbox.run("rerun out/report.json").exit_code, 0);
  EXPECT_EQ(report_of(sandbox, "out-rerun/report.json")["final"], report["final"]);
  EXPECT_EQ(sandbox.run("evolve a/on.ini --model.name=formula --model.variables=x --model.drift.x=-x").exit_code, 1);
}

TEST(Evolve, FollowsSchedulesOfParametersAndConstants) {
  const Sandbox sandbox;
  sandbox.write("run.ini",
                "[parameters]\nk = 1\n[model]\nname = formula\nvariables = x\nparameters = F=0\ndrift.x = F - k*x\n"
                "noise.x.1 = 1\n[mesh]\nx = linear(-6, 6) 96\n[scheme]\nflux = order8\n"
                "[evolve]\ninitial = point(1; 0.5)\nuntil = 1\noutputs = 1\ntolerance = 1e-8\n[output]\ndir = out\n");
  ASSERT_EQ(sandbox.run("evolve run.ini --evolve.schedule.k=2*t").exit_code, 0);  // mean e^{−t²}
  EXPECT_NEAR(report_of(sandbox)["final"]["mean.x"]["value"].get<double>(), std::exp(-1.0), 1e-5);
  ASSERT_EQ(sandbox.run("evolve run.ini --evolve.schedule.F=t").exit_code, 0);  // mean t − 1 + 2e^{−t}
  EXPECT_NEAR(report_of(sandbox)["final"]["mean.x"]["value"].get<double>(), 2 * std::exp(-1.0), 1e-5);
}

TEST(Evolve, IsSweptOverUntil) {
  const Sandbox sandbox;
  sandbox.write("run.ini", relaxation + "[evolve]\noutputs = 1\n[sweep]\nevolve.until = 0.5 1\n");
  ASSERT_EQ(sandbox.run("evolve run.ini").exit_code, 0);
  const Json runs = report_of(sandbox)["runs"];
  ASSERT_EQ(runs.size(), 2U);
  for (const Json& run : runs) {
    EXPECT_NEAR(run["observables"]["mean.x1"]["value"].get<double>(),
                std::exp(-run["settings"]["evolve.until"].get<double>()), 1e-6);
  }
}

const std::string slow =
    relaxation + "[evolve]\nstepper = bdf\noutputs = 60\nuntil = 3\ntolerance = 1e-6\ncheckpoint = 0\n";

void expect_same_numbers(const Json& a, const Json& b) {
  ASSERT_EQ(a.size(), b.size());
  for (const auto& [name, series] : a.items()) {
    for (std::size_t k = 0; k < series["value"].size(); ++k) {
      if (series["value"][k].is_number()) {
        EXPECT_NEAR(series["value"][k].get<double>(), b[name]["value"][k].get<double>(), 1e-12) << name << ' ' << k;
        EXPECT_NEAR(series["error"][k].get<double>(), b[name]["error"][k].get<double>(), 1e-12) << name << ' ' << k;
      }
    }
  }
}

TEST(EvolveCheckpoint, AKilledRunGoesOnToTheSameNumbers) {
  const Sandbox sandbox;
  sandbox.write("run.ini", slow);
  ASSERT_TRUE(killed_at(sandbox, {"evolve", "run.ini"}, "out/checkpoint.h5"));
  const Result other = sandbox.run("evolve run.ini --evolve.restart=on --model.center=0.1");
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_NE(other.err.find("model.center = 0 there, 0.1 here"), std::string::npos) << other.err;
  const Result mesh = sandbox.run("evolve run.ini --evolve.restart=on --mesh.x1='linear(-6, 6) 90'");
  EXPECT_EQ(mesh.exit_code, 1);
  EXPECT_NE(mesh.err.find("mesh.x1"), std::string::npos) << mesh.err;
  const Result on = sandbox.run("evolve run.ini --evolve.restart=on");
  ASSERT_EQ(on.exit_code, 0) << on.err;
  const Json resumed = report_of(sandbox);
  EXPECT_GE(resumed["restart"]["outputs"].get<int>(), 1);
  EXPECT_FALSE(sandbox.exists("out/checkpoint.h5"));
  ASSERT_EQ(sandbox.run("evolve run.ini --output.dir=whole").exit_code, 0);
  const Json whole = report_of(sandbox, "whole/report.json");
  EXPECT_FALSE(whole.contains("restart"));
  expect_same_numbers(resumed["observables"], whole["observables"]);
  EXPECT_EQ(header_of(sandbox.read("out/density.csv")), header_of(sandbox.read("whole/density.csv")));
  EXPECT_EQ(sandbox.run("rerun out/report.json --evolve.outputs=1").exit_code, 0) << "a report asks for no checkpoint";
}

TEST(EvolveCheckpoint, ThatIsDamagedIsAFileErrorAndStays) {
  const Sandbox sandbox;
  sandbox.write("run.ini", slow);
  ASSERT_TRUE(killed_at(sandbox, {"evolve", "run.ini"}, "out/checkpoint.h5"));
  std::filesystem::resize_file(sandbox.path("out/checkpoint.h5"), 3000);
  const Result result = sandbox.run("evolve run.ini");
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_NE(result.err.find("out/checkpoint.h5"), std::string::npos) << result.err;
  EXPECT_TRUE(sandbox.exists("out/checkpoint.h5"));
  EXPECT_EQ(sandbox.run("evolve run.ini --evolve.restart=off --evolve.outputs=1").exit_code, 0);
}

TEST(EvolveCheckpoint, OfOtherSettingsIsNotUsedUnasked) {
  const Sandbox sandbox;
  sandbox.write("run.ini", slow);
  ASSERT_TRUE(killed_at(sandbox, {"evolve", "run.ini"}, "out/checkpoint.h5"));
  const Result result = sandbox.run("evolve run.ini --evolve.outputs=2");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json remarks = report_of(sandbox)["remarks"];
  ASSERT_FALSE(remarks.empty());
  EXPECT_NE(remarks.back().get<std::string>().find("evolve.outputs = 60 there, 2 here"), std::string::npos) << remarks;
}

TEST(Spectrum, ReportsEigenvaluesWithErrorsAndExactOnes) {
  const Sandbox sandbox;
  sandbox.write("run.ini", relaxation);
  const Result result = sandbox.run("spectrum run.ini");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json report = report_of(sandbox);
  expect_common_members(report, "spectrum");
  ASSERT_EQ(report["eigenvalues"].size(), 4U);
  for (int k = 0; k < 4; ++k) {
    const Json& mode = report["eigenvalues"][static_cast<std::size_t>(k)];
    EXPECT_NEAR(mode["re"].get<double>(), -k, 1e-6);
    EXPECT_EQ(mode["im"], 0.0);
    EXPECT_GE(mode["error"].get<double>(), std::abs(mode["re"].get<double>() + k));
    for (const char* name : {"residual", "condition", "frequency", "dissipation", "box_dependence"}) {
      EXPECT_TRUE(mode[name].is_number()) << name;
    }
  }
  EXPECT_TRUE(report["eigenvalues"][0]["quality"].is_null());
  EXPECT_TRUE(report["rejected"].is_array());
  EXPECT_TRUE(report["oscillation"].is_null());
  EXPECT_NEAR(report["reference"]["eigenvalues"][3]["re"].get<double>(), -3, 1e-13);
  EXPECT_EQ(header_of(sandbox.read("out/eigenvalues.csv")),
            "re,im,error,residual,condition,frequency,quality,dissipation,box_dependence");
}

TEST(Spectrum, IsSweptOverCountAndRepeated) {
  const Sandbox sandbox;
  sandbox.write("run.ini", relaxation + "[scheme]\nestimate = off\n[sweep]\nspectrum.count = 2 3\n");
  ASSERT_EQ(sandbox.run("spectrum run.ini").exit_code, 0);
  const Json runs = report_of(sandbox)["runs"];
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_NEAR(runs[1]["observables"]["eigenvalue.2.re"]["value"].get<double>(), -2, 1e-6);
  EXPECT_EQ(report_of(sandbox, "out/0002/report.json")["eigenvalues"].size(), 3U);
  ASSERT_EQ(sandbox.run("rerun out/0002/report.json --output.dir=again").exit_code, 0);
  EXPECT_EQ(report_of(sandbox, "again/report.json")["eigenvalues"],
            report_of(sandbox, "out/0002/report.json")["eigenvalues"]);
}

TEST(Spectrum, NearATargetIsThere) {
  const Sandbox sandbox;
  sandbox.write("run.ini", relaxation);
  ASSERT_EQ(sandbox.run("spectrum run.ini --spectrum.target=-2.9 --spectrum.count=2").exit_code, 0);
  const Json modes_found = report_of(sandbox)["eigenvalues"];
  double nearest = 10;
  for (const Json& mode : modes_found) {
    nearest = std::min(nearest, std::abs(mode["re"].get<double>() + 3));
  }
  EXPECT_LT(nearest, 1e-6);
}

TEST(Correlate, ReportsSeriesPowerAndStationaryNumbers) {
  const Sandbox sandbox;
  sandbox.write("run.ini", relaxation);
  const Result result = sandbox.run("correlate run.ini --correlate.frequencies='1 2'");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json report = report_of(sandbox);
  expect_common_members(report, "correlate");
  ASSERT_EQ(report["times"].size(), 5U);
  for (const char* name : {"autocorrelation", "displacement", "exponent"}) {
    expect_series(report["observables"][name], 5);
  }
  for (std::size_t k = 0; k < 5; ++k) {
    const double decay = std::exp(-report["times"][k].get<double>());
    EXPECT_NEAR(report["observables"]["autocorrelation"]["value"][k].get<double>(), 0.5 * decay, 1e-7);
    EXPECT_NEAR(report["observables"]["displacement"]["value"][k].get<double>(), 1 - decay, 1e-7);
  }
  EXPECT_EQ(report["power_spectrum"]["frequencies"], Json({1.0, 2.0}));
  expect_series(report["power_spectrum"], 2);
  EXPECT_NEAR(report["power_spectrum"]["value"][1].get<double>(), 0.2, 1e-7);  // 1/(1 + ω²)
  EXPECT_TRUE(report["stationary"].is_object());
  EXPECT_TRUE(header_of(sandbox.read("out/correlate.csv"))
                  .starts_with("time,autocorrelation,autocorrelation.error,displacement,"));
  EXPECT_EQ(header_of(sandbox.read("out/power.csv")), "frequency,power,power.error");
}

const std::string modes =
    "[model]\nname = momentum-regression\nrho = @modes.csv\neta = 0.1\nbeta = 0.9\nbatch = 32\nsigma2 = 1\n"
    "[mesh]\ntheta = auto 40\nv = auto 40\n[correlate]\ntimes = 0.1 1 10\n[output]\ndir = ../out\n";

TEST(Correlate, SumsOverAHessianSpectrum) {
  const Sandbox sandbox;
  sandbox.write("a/modes.csv", "mode,hessian_eigenvalue\n1,3\n2,1\n");
  sandbox.write("a/run.ini", modes + "[scheme]\nestimate = off\n");
  const Result result = sandbox.run("correlate a/run.ini --output.dir=out");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json report = report_of(sandbox);
  EXPECT_EQ(report["problems"], 2);
  EXPECT_EQ(report["model"]["parameters"]["rho"], Json({3.0, 1.0}));
  EXPECT_EQ(report["provenance"]["inputs"].size(), 2U);
  std::vector<double> sum(3, 0);
  for (const std::string rho : {"3", "1"}) {
    ASSERT_EQ(sandbox.run("correlate a/run.ini --output.dir=one --model.rho=" + rho).exit_code, 0);
    const Json one = report_of(sandbox, "one/report.json")["observables"]["displacement"]["value"];
    for (std::size_t k = 0; k < 3; ++k) {
      sum[k] += one[k].get<double>();
    }
  }
  for (std::size_t k = 0; k < 3; ++k) {
    EXPECT_NEAR(report["observables"]["displacement"]["value"][k].get<double>(), sum[k], 1e-10);
    EXPECT_NEAR(report["reference"]["displacement"][k].get<double>(), sum[k], 1e-5 * sum[k]);
  }
  ASSERT_EQ(sandbox.run("rerun out/report.json").exit_code, 0);
  EXPECT_EQ(report_of(sandbox, "out-rerun/report.json")["observables"], report["observables"]);
}

TEST(Passage, ReportsTimesRatesAndSettings) {
  const Sandbox sandbox;
  sandbox.write("run.ini", well);
  const Result result = sandbox.run("passage run.ini --passage.region=-x --passage.from='-x-0.8' --passage.to='x-0.8'");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json report = report_of(sandbox);
  expect_common_members(report, "passage");
  for (const char* name : {"mean_time", "variance", "exit_rate", "relaxation", "rate", "rate_backward",
                           "probability_reactive", "transition_time"}) {
    ASSERT_TRUE(report.contains(name)) << name;
    EXPECT_TRUE(report[name]["value"].is_number() && report[name]["error"].is_number()) << name << report[name];
  }
  EXPECT_NEAR(report["mean_time"]["value"].get<double>(), 14.277736637, 1e-5);
  EXPECT_NEAR(report["rate"]["value"].get<double>(), report["rate_backward"]["value"].get<double>(), 1e-7);
  EXPECT_TRUE(sandbox.exists("out/density.csv"));
  ASSERT_EQ(sandbox.run("rerun out/report.json").exit_code, 0);
  EXPECT_EQ(report_of(sandbox, "out-rerun/report.json")["mean_time"], report["mean_time"]);
}

TEST(Passage, IsSwept) {
  const Sandbox sandbox;
  sandbox.write("run.ini", well + "[scheme]\nestimate = off\n[sweep]\npassage.start = -1 0\n");
  ASSERT_EQ(sandbox.run("passage run.ini").exit_code, 0);
  const Json runs = report_of(sandbox)["runs"];
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_GT(runs[0]["observables"]["mean_time"]["value"].get<double>(),
            runs[1]["observables"]["mean_time"]["value"].get<double>());
}

TEST(Dynamics, TwoRanksLeaveOneReportWithTheSameNumbers) {
  const Sandbox sandbox;
  sandbox.write("run.ini", relaxation);
  for (const std::string command : {"evolve", "correlate"}) {
    ASSERT_EQ(sandbox.run(command + " run.ini --output.dir=one").exit_code, 0);
    const Result result = sandbox.run(command + " run.ini --output.dir=two", 2);
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(lines_starting(result.out, "  written to").size(), 1U) << result.out;
    const Json one = report_of(sandbox, "one/report.json")["observables"];
    const Json two = report_of(sandbox, "two/report.json")["observables"];
    const std::string name = command == "evolve" ? "mean.x1" : "displacement";
    for (std::size_t k = 0; k < one[name]["value"].size(); ++k) {
      EXPECT_NEAR(one[name]["value"][k].get<double>(), two[name]["value"][k].get<double>(), 1e-11) << name;
    }
  }
}

}  // namespace
}  // namespace sgdflux::test
