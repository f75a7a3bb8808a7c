#include "sgdflux/continuation/branch.hpp"
#include "words.hpp"

namespace sgdflux::continuation {
namespace {

/// Where points ceased to have one density because there are several: no event, but to be said.
std::string several_components(const Branch& branch) {
  int count = 0;
  const Point* first = nullptr;
  for (const Point& point : branch.points) {
    const bool several = point.answer.verdict == study::Verdict::several_ergodic_components;
    count += several ? 1 : 0;
    first = several && first == nullptr ? &point : first;
  }
  return count == 0 ? ""
                    : std::to_string(count) + " points, the first at " + text(first->parameter) +
                          ", have several ergodic components instead of one density";
}

}  // namespace

Judgement judge(const Branch& branch) {
  const Point* doubted = nullptr;
  bool any = false;
  for (const Point& point : branch.points) {
    const study::Verdict verdict = point.answer.verdict;
    any = any || verdict == study::Verdict::converged || verdict == study::Verdict::not_converged;
    doubted = verdict == study::Verdict::not_converged && doubted == nullptr ? &point : doubted;
  }
  if (!any && !branch.points.empty()) {
    return {branch.points.front().answer.verdict,
            "no point has a stationary density; at the first one, " + branch.points.front().answer.reason};
  }
  if (doubted != nullptr) {
    return {study::Verdict::not_converged, "at the value " + text(doubted->parameter) + ": " + doubted->answer.reason};
  }
  return {study::Verdict::converged, several_components(branch)};
}

}  // namespace sgdflux::continuation
