#include <sstream>

#include "components.hpp"
#include "sgdflux/core/digits.hpp"
#include "sgdflux/core/settings.hpp"
#include "sgdflux/la/handle.hpp"
#include "sgdflux/model/registry.hpp"
#include "sgdflux/theory/feller.hpp"

namespace sgdflux::study {
namespace {

bool has_branches(const model::Sde& sde) {
  return sde.name() == "diagonal-network" && sde.parameters().integer("depth") > 0;
}

std::string branch_words(int sign) { return sign > 0 ? "v > 0" : "v < 0"; }

/// The same network with weights of the other sign. T stands for eta and batch.
std::unique_ptr<model::Sde> other_branch(const model::Sde& sde) {
  core::Settings settings;
  settings.set("model.name", sde.name(), "");
  for (const core::ParameterInfo& info : sde.parameters().table()) {
    if (sde.parameters().has(info.name) && info.name != "eta" && info.name != "batch") {
      const double value = (info.name == "sign" ? -1 : 1) * sde.parameters().real(info.name);
      settings.set("model." + info.name, core::exact_digits(value), "");
    }
  }
  return model::make(settings);
}

bool normalisable(MPI_Comm comm, const model::Sde& sde) {
  bool result = false;
  la::guard(comm, [&] {
    const theory::Classification ends = theory::classify(sde);
    result = ends.normalisable() && ends.lower.unreachable && ends.upper.unreachable;
  });
  return result;
}

StationaryAnswer solve_branch(const Question& question, const model::Sde& branch) {
  StationaryOptions options = question.options;
  options.start.reset();
  options.mesh[0] = {options.mesh[0].name, "auto", {}, options.mesh[0].cells};
  return question.solve_other(branch, options);
}

}  // namespace

void add_network_components(const Question& question, StationaryAnswer& answer) {
  if (!has_branches(question.sde) || !answer.components.empty() || !answer.points.empty()) {
    return;
  }
  const bool weighed = question.options.start.has_value();
  const bool exists = answer.verdict == Verdict::converged || answer.verdict == Verdict::not_converged;
  const auto weight = [&](bool all) {
    return weighed ? core::Estimate{all ? 1. : 0., 0., {}} : core::undefined(no_start);
  };
  const int sign = question.sde.parameters().integer("sign");
  const auto other = other_branch(question.sde);
  const bool other_exists = normalisable(question.comm, *other);
  if (exists) {
    answer.components.push_back(component_of(branch_words(sign), answer));
    answer.components.back().weight = weight(true);
  }
  if (other_exists) {
    answer.components.push_back(component_of(branch_words(-sign), solve_branch(question, *other)));
    answer.components.back().weight = weight(false);
  }
  answer.points.push_back({"v = 0", weight(!exists), !exists || !other_exists});
}

}  // namespace sgdflux::study
