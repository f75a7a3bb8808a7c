#include "sgdflux/continuation/tracking.hpp"

#include <algorithm>

#include "continuation/overlap.hpp"

namespace sgdflux::continuation {
namespace {

/// Position of the eigenvalue nearest to `value` that has no label yet, −1 when there is none.
int nearest(const study::SpectrumAnswer& answer, const std::vector<int>& labels, std::complex<double> value) {
  int best = -1;
  for (std::size_t k = 0; k < labels.size(); ++k) {
    const auto distance = [&](std::size_t i) { return std::abs(answer.eigenvalues[i].value - value); };
    if (labels[k] < 0 && (best < 0 || distance(k) < distance(static_cast<std::size_t>(best)))) {
      best = static_cast<int>(k);
    }
  }
  return best;
}

bool labelled(const std::vector<int>& labels, const Unit& unit) {
  const auto first = labels.begin() + unit.first;
  return std::any_of(first, first + unit.size, [](int label) { return label >= 0; });
}

/// Numbers what has none: the rest of pairs that are followed, then the slowest until `most` besides the zero are.
std::vector<int> number_others(const study::SpectrumAnswer& answer, int most, std::vector<int>& labels, int& next) {
  std::vector<int> fresh;
  const auto number = [&](const Unit& unit) {
    for (int k = unit.first; k < unit.first + unit.size; ++k) {
      int& label = labels[static_cast<std::size_t>(k)];
      if (label < 0) {
        label = next++;
        fresh.push_back(k);
      }
    }
  };
  const std::vector<Unit> all = units(answer);
  for (const Unit& unit : all) {
    if (labelled(labels, unit)) {
      number(unit);
    }
  }
  for (const Unit& unit : all) {
    if (std::count_if(labels.begin(), labels.end(), [](int label) { return label >= 0; }) < most + 1) {
      number(unit);
    }
  }
  return fresh;
}

}  // namespace

std::vector<Tracked> Tracker::continued(const study::SpectrumAnswer& answer, std::vector<int>& labels) const {
  std::vector<Tracked> result;
  if (labels_.empty()) {
    return result;
  }
  const Match found = match(comm_, last_, answer);
  for (std::size_t i = 0; i < labels_.size(); ++i) {
    if (labels_[i] >= 0 && found.to[i] >= 0) {
      const auto k = static_cast<std::size_t>(found.to[i]);
      labels[k] = labels_[i];
      result.push_back({labels_[i], answer.eigenvalues[k], found.overlap[i]});
    }
  }
  return result;
}

std::vector<Tracked> Tracker::follow(const study::SpectrumAnswer& answer, int most) {
  if (answer.eigenvalues.empty()) {
    return {};
  }
  std::vector<int> labels(answer.eigenvalues.size(), -1);
  std::vector<Tracked> result = continued(answer, labels);
  for (const int k : number_others(answer, most, labels, next_)) {
    result.push_back({labels[static_cast<std::size_t>(k)], answer.eigenvalues[static_cast<std::size_t>(k)], 1});
  }
  std::sort(result.begin(), result.end(), [](const Tracked& a, const Tracked& b) { return a.branch < b.branch; });
  last_ = answer;
  labels_ = std::move(labels);
  return result;
}

void Tracker::resume(const study::SpectrumAnswer& last, const std::vector<Tracked>& labels, int next) {
  last_ = last;
  labels_.assign(last.eigenvalues.size(), -1);
  next_ = next;
  for (const Tracked& one : labels) {
    const int k = nearest(last, labels_, one.eigenvalue.value);
    if (k >= 0) {
      labels_[static_cast<std::size_t>(k)] = one.branch;
    }
    next_ = std::max(next_, one.branch + 1);
  }
}

}  // namespace sgdflux::continuation
