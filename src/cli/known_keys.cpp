#include "known_keys.hpp"

#include <algorithm>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/core/names.hpp"
#include "sgdflux/model/registry.hpp"

namespace sgdflux::cli {
namespace {

std::string section_of(const std::string& key) { return key.substr(0, key.find('.')); }

/// Sections whose keys are chosen by the user or by the model.
bool is_open(const std::string& section) {
  return section == "parameters" || section == "observe" || section == "model" || section == "mesh";
}

/// Keys that a typing error is compared with.
std::vector<std::string> all_keys() {
  std::vector<std::string> keys{"model.name"};
  for (const model::ModelInfo& info : model::models()) {
    for (const core::ParameterInfo& parameter : info.parameters) {
      keys.push_back("model." + parameter.name);
    }
  }
  for (const KeyInfo& info : known_keys()) {
    keys.push_back(info.key);
  }
  return keys;
}

bool is_known(const std::string& key) {
  const auto& keys = known_keys();
  return is_open(section_of(key)) || key.starts_with("evolve.schedule.") || key == "sample.schedule.eta" ||
         key == "sample.schedule.batch" || key.starts_with("continue.event.") ||
         std::any_of(keys.begin(), keys.end(), [&](const KeyInfo& info) { return info.key == key; });
}

std::vector<std::string> known_sections() {
  std::vector<std::string> sections{"parameters", "model", "mesh", "observe", "sweep"};
  for (const KeyInfo& info : known_keys()) {
    if (std::find(sections.begin(), sections.end(), section_of(info.key)) == sections.end()) {
      sections.push_back(section_of(info.key));
    }
  }
  return sections;
}

std::vector<std::string> keys_of(const std::string& section) {
  std::vector<std::string> keys;
  for (const KeyInfo& info : known_keys()) {
    if (section_of(info.key) == section) {
      keys.push_back(info.key);
    }
  }
  return keys;
}

void reject_unknown_key(const std::string& key, const std::string& origin) {
  if (is_known(key)) {
    return;
  }
  const std::vector<std::string> near = keys_of(section_of(key));
  throw core::SettingsError(origin + ": " +
                            (near.empty() ? core::unknown_name("section", section_of(key), known_sections())
                                          : core::unknown_name("key", key, near)));
}

void reject_unknown_sweep(const std::string& key, const std::string& origin) {
  if (key == "groups" || key == "restart") {
    return;
  }
  if (key.find('.') == std::string::npos || section_of(key) == "sweep" || section_of(key) == "output") {
    throw core::SettingsError(
        origin + ": sweep." + key +
        ": a sweep varies full keys such as model.T, none of [sweep] and [output]; its own words are groups and "
        "restart");
  }
  reject_unknown_key(key, origin);
}

}  // namespace

const std::vector<KeyInfo>& known_keys() {
  static const std::vector<KeyInfo> keys{
      {"mesh.file", "", "file with the lines of [mesh], weaker than the lines written here"},
      {"scheme.flux", "auto",
       "exact (1-D) | order2 | order4 | order6 | order8 | monotone (positive) | limited (positive, order 8 elsewhere) "
       "| auto"},
      {"scheme.damping", "auto", "0 central ... 1 upwind-biased in directions without noise, or auto"},
      {"scheme.estimate", "on", "error estimates from a second grid: on | off"},
      {"scheme.tolerance", "auto",
       "target of auto meshes in stationary: relative error of means and covariances, 1e-12 <= value < 1; missed: exit "
       "2 | "
       "auto: 1e-6, as far as a few seconds go"},
      {"scheme.max_cells", "4000000", "largest number of cells of auto meshes"},
      {"data.file", "", "CSV file with a header line"},
      {"data.x", "", "column(s) of the inputs by name, separated by blanks; * is all but y"},
      {"data.y", "", "column of the labels"},
      {"data.standardize", "off", "columns to mean 0 and variance 1: on | off"},
      {"data.generate", "",
       "linear: y = slope x + label_noise e with x, e ~ N(0, 1), an endless stream instead of a file"},
      {"data.slope", "", "of generated data (default 1)"},
      {"data.label_noise", "", "of generated data, >= 0 (default 1)"},
      {"estimate.kind", "auto",
       "network: moments of the diagonal network | regression: Hessian spectrum | auto: network for one input, else "
       "regression"},
      {"estimate.replicas", "200", "bootstrap resamples behind the standard errors, >= 2"},
      {"estimate.seed", "1", "seed of the bootstrap"},
      {"estimate.modes", "1", "eigenvalues written to model.ini: 1 | 2"},
      {"stationary.start", "",
       "where the mass starts, written like evolve.initial: which ergodic component is meant, or the weight of each"},
      {"evolve.initial", "",
       "density at time 0: formula >= 0, point(x0 y0; w1 w2) (centre; widths > 0) or a fields.h5"},
      {"evolve.until", "", "time at which the evolution ends, > 0"},
      {"evolve.outputs", "100",
       "n >= 1: 0 and n equal steps up to until; or times in [0, until]; or log(a, b) n, linear(a, b) n"},
      {"evolve.stepper", "auto",
       "exponential (constant parameters) | bdf | arkimex | rosw | cn | beuler | sdirk (keeps the density positive, "
       "for "
       "scheme.flux = limited or monotone) | auto: sdirk for these, else exponential, or bdf with a schedule"},
      {"evolve.step", "auto", "fixed step of the stepper, > 0, or auto: adaptive"},
      {"evolve.tolerance", "1e-8", "error allowed in a step of the stepper, 0 < value <= 1"},
      {"evolve.snapshots", "6", "densities that are kept, spread over the outputs, 0 <= n <= 10000"},
      {"evolve.checkpoint", "auto",
       "checkpoint.h5 in output.dir: minutes >= 0 between two | every N outputs | off | auto: every output, 2 s apart"},
      {"evolve.restart", "auto",
       "go on from a checkpoint: auto: from that in output.dir if it fits | on: it must | off | path of another"},
      {"spectrum.count", "8", "eigenvalues, an integer >= 2; the zero counts, pairs are never cut"},
      {"spectrum.target", "", "a real number: the eigenvalues nearest to it instead of the slowest"},
      {"correlate.observable", "", "formula f of C(t) = E[f(x_0) f(x_t)] - E[f]^2 (momentum-regression: theta)"},
      {"correlate.times", "log(1e-2, 1e3) 100", "times > 0: log(a, b) n, linear(a, b) n or increasing numbers"},
      {"correlate.frequencies", "", "of the power spectrum, radians per unit time > 0, written like times"},
      {"passage.start", "", "first-passage times from here: one number per variable"},
      {"passage.exit", "", "formula: the passage ends where it is > 0 (besides absorbing walls)"},
      {"passage.region", "", "formula: quasi-stationary density of the set where it is > 0"},
      {"passage.from", "", "formula: transition paths leave the set where it is > 0"},
      {"passage.to", "", "formula: transition paths arrive in the set where it is > 0"},
      {"continue.parameter", "", "the parameter to follow: model.<number> or parameters.<name>"},
      {"continue.from", "", "its first value"},
      {"continue.to", "", "its last value, in either direction; beyond its range: up to where that ends"},
      {"continue.step", "auto", "first step, > 0 | auto: a 50th of the way"},
      {"continue.min_step", "auto", "least step, > 0 | auto: 1e-4 of the way"},
      {"continue.max_step", "auto", "largest step, > 0 | auto: a tenth of the way"},
      {"continue.change", "0.1", "distance of neighbouring densities that steps aim at: total variation of marginals"},
      {"continue.track", "0", "eigenvalues besides the zero that are followed, an integer >= 0"},
      {"continue.events", "auto",
       "none | all | kinds: normalisability origin-diverges mode-appears mode-vanishes real-to-complex gap-closes | "
       "auto: the first four, all if eigenvalues are tracked"},
      {"continue.event.NAME", "",
       "formula: event where it crosses 0; of mean.x, cov.x.y, mode.x, net.x, circulation.x.y, entropy_production, "
       "formulas of [observe], numbers of [model] and [parameters], gap, frequency"},
      {"continue.stop", "never", "never | kinds and names of events that end the branch"},
      {"continue.tolerance", "1e-9", "of the places of events, relative to the whole way"},
      {"continue.sensitivities", "auto",
       "derivatives of means, covariances and formulas by the parameter: on | off | auto: in one variable, where they "
       "cost "
       "little"},
      {"continue.densities", "on", "the density of every point in points/NNNN.h5: on | off"},
      {"continue.restart", "auto",
       "go on with the study in output.dir, extended (to) or refined (max_step) if asked: auto: if there is one | on: "
       "there must be | off: begin anew"},
      {"lines.parameter", "",
       "second parameter, over which the events of the branch are traced: model.<number> or parameters.<name>"},
      {"lines.from", "", "one end of its range; the value that the branch has lies between both"},
      {"lines.to", "", "the other end"},
      {"lines.step", "auto", "largest step of it, > 0 | auto: a 20th of the range"},
      {"sample.kind", "sde", "sde: paths of the model's SDE | sgd: SGD itself on [data]"},
      {"sample.paths", "1000", "independent paths, 1 <= n <= 1e8"},
      {"sample.steps", "10000", "steps of each path after the burn-in, an integer >= 2"},
      {"sample.burn", "auto", "steps before anything is recorded, fewer than sample.steps | auto: steps / 5"},
      {"sample.every", "auto", "steps between records, an integer >= 1 | auto: 10, or fewer in short runs"},
      {"sample.blocks", "auto",
       "blocks of time, >= 2: for errors, burn-in check and series | auto: 8, or 32 for few paths"},
      {"sample.seed", "1", "of the random numbers, an integer >= 0"},
      {"sample.start", "",
       "where every path starts: a number per variable; sgd: v or all weights of a network, distances along "
       "eigenvectors"},
      {"sample.dt", "auto",
       "step of sde, > 0 | auto: 1/20 of the fastest time of the drift where the density is expected"},
      {"sample.integrator", "auto",
       "of sde: euler | milstein | platen (weak order 2) | baoab (kinetic) | exact (linear) | auto"},
      {"sample.half_steps", "on", "sde: estimate the bias of the step from coupled paths with half of it: on | off"},
      {"sample.eta", "", "learning rate of sgd, > 0 (default: the model's, or T times batch)"},
      {"sample.batch", "", "rows in a minibatch of sgd, an integer >= 1 (default: the model's, or 1)"},
      {"sample.schedule.eta", "", "formula of the step n that replaces sample.eta, > 0"},
      {"sample.schedule.batch", "", "formula of the step n that replaces sample.batch, rounded to an integer >= 1"},
      {"sample.replacement", "on",
       "minibatches: on (with replacement) | off (reshuffled epochs) | stream (every row once)"},
      {"sample.momentum", "", "of sgd, 0 <= value < 1 (default: the model's beta, or 0)"},
      {"sample.modes", "",
       "eigenvectors of the Hessian that sgd is observed along, 1 is the largest (default 1, or 1 2)"},
      {"sample.clip", "10",
       "clipped moments: at the quartiles after the burn-in and this many interquartile ranges, > 0"},
      {"sample.history", "64", "paths whose records are kept for correlations in time, >= 0"},
      {"sample.width", "512", "paths that are advanced together; changes no number"},
      {"sample.checkpoint", "auto",
       "checkpoint.h5 in output.dir: minutes >= 0 between two | every N blocks | off | auto: every block, 2 s apart"},
      {"sample.restart", "auto",
       "go on from a checkpoint: auto: from that in output.dir if it fits | on: it must | off | path of another"},
      {"validate.significance", "1e-3",
       "probability that all statistical checks together raise a false alarm, 0 < value < 0.5"},
      {"validate.batches", "",
       "with [data]: batch sizes S of SGD at the learning rates T S, three or more (default 1 2 3)"},
      {"validate.model_error", "0.01",
       "largest gap of SGD from the SDE at eta -> 0, relative to its scale, that is no disagreement, >= 0"},
      {"validate.drift_factor", "1",
       "multiplies the drift of the paths only, > 0: a test of the tests, which should end in a disagreement"},
      {"sweep.groups", "auto",
       "groups of ranks that compute points side by side, 1 <= n <= ranks | auto: as many as there are ranks or "
       "points"},
      {"sweep.restart", "auto",
       "points that an earlier run has finished: auto: take over what is of the same sweep | on: it must be | off"},
      {"output.dir", "", "folder for the results (default runs/<command>)"},
      {"output.fields", "on",
       "densities, currents and other numbers of every cell in fields.h5: on | off (marginals and other arrays stay)"},
  };
  return keys;
}

void complete(core::Settings& settings, const std::string& section) {
  for (const KeyInfo& info : known_keys()) {
    if (section_of(info.key) == section && !info.standard.empty() && !settings.has(info.key)) {
      settings.set(info.key, info.standard, "default");
    }
  }
}

void reject_unknown_keys(const core::Settings& settings) {
  for (const std::string& section : settings.sections()) {
    for (const std::string& key : settings.keys(section)) {
      const std::string full = section + "." + key;
      const std::string& origin = settings.find(full)->origin;
      section == "sweep" ? reject_unknown_sweep(key, origin) : reject_unknown_key(full, origin);
    }
  }
}

std::string unknown_option(const std::string& typed) {
  const std::string word = typed.substr(0, typed.find('='));
  const std::string name = word.substr(std::min(word.find_first_not_of('-'), word.size()));
  for (const std::string& key : all_keys()) {
    if (key.ends_with("." + name)) {
      return "unknown option '--" + name + "'; did you mean '--" + key + "'?";
    }
  }
  return core::unknown_name("option", "--" + name, {"--help", "--version", "--dry-run"});
}

}  // namespace sgdflux::cli
