#include "continuation/assignment.hpp"

#include <algorithm>

namespace sgdflux::continuation {
namespace {

constexpr int most_steps = 100000;

/// What a unit may become: positions for its members, −1 for none.
struct Choice {
  double weight = 0;
  int first = -1;
  int second = -1;
};

class Search {
 public:
  Search(const std::vector<Unit>& before, const std::vector<Unit>& after, const Eigen::ArrayXXd& weight, double alone)
      : before_(before),
        after_(after),
        weight_(weight),
        alone_(alone),
        used_(static_cast<std::size_t>(weight.cols()), false),
        to_(static_cast<std::size_t>(weight.rows()), -1),
        best_(to_),
        bound_(before.size() + 1, 0) {
    for (std::size_t k = before.size(); k-- > 0;) {
      const auto rows = weight.middleRows(before[k].first, before[k].size);
      bound_[k] = bound_[k + 1] + (weight.cols() > 0 ? rows.max(0.).rowwise().maxCoeff().sum() : 0);
    }
  }

  std::vector<int> run() {
    descend(0, 0);
    return best_;
  }

 private:
  [[nodiscard]] bool is_free(int j) const { return !used_[static_cast<std::size_t>(j)]; }

  void add(int i, int j, int second, std::vector<Choice>& list) const {
    const double one = weight_(i, j);
    const double other = second < 0 ? 0 : weight_(i + 1, second);
    if (one > 0 && (second < 0 || other > 0)) {
      list.push_back({one + other, j, second});
    }
  }

  [[nodiscard]] std::vector<Choice> choices(const Unit& unit) const {
    std::vector<Choice> list{{}};
    for (std::size_t a = 0; a < after_.size(); ++a) {
      const Unit& one = after_[a];
      if (unit.size == 1) {
        const int j = is_free(one.first) ? one.first : one.first + one.size - 1;
        if (is_free(j)) {
          add(unit.first, j, -1, list);
        }
      } else if (one.size == 2 && is_free(one.first) && is_free(one.first + 1)) {
        add(unit.first, one.first, one.first + 1, list);
      } else if (one.size == 1 && is_free(one.first)) {
        add(unit.first, one.first, -1, list);
        for (std::size_t b = a + 1; b < after_.size(); ++b) {
          if (after_[b].size == 1 && is_free(after_[b].first)) {
            add(unit.first, one.first, after_[b].first, list);
          }
        }
      }
    }
    std::stable_sort(list.begin(), list.end(), [](const Choice& a, const Choice& b) { return a.weight > b.weight; });
    return list;
  }

  void set(const Unit& unit, const Choice& choice, bool taken) {
    const int members[] = {choice.first, choice.second};
    for (int k = 0; k < unit.size; ++k) {
      to_[static_cast<std::size_t>(unit.first + k)] = taken ? members[k] : -1;
      if (members[k] >= 0) {
        used_[static_cast<std::size_t>(members[k])] = taken;
      }
    }
  }

  /// What is taken off for reals that belong to a pair without the other one.
  [[nodiscard]] double loss() const {
    double lost = 0;
    for (const Unit& pair : before_) {
      const int j = to_[static_cast<std::size_t>(pair.first)];
      lost +=
          pair.size == 2 && j >= 0 && to_[static_cast<std::size_t>(pair.first + 1)] < 0 ? weight_(pair.first, j) : 0;
    }
    for (const Unit& pair : after_) {
      const auto user = std::find(to_.begin(), to_.end(), pair.first);
      if (pair.size == 2 && user != to_.end() && is_free(pair.first + 1)) {
        lost += weight_(user - to_.begin(), pair.first);
      }
    }
    return (1 - alone_) * lost;
  }

  void descend(std::size_t k, double total) {
    if (k == before_.size()) {
      total -= loss();
      if (total > best_total_) {
        best_total_ = total;
        best_ = to_;
      }
      return;
    }
    for (const Choice& choice : choices(before_[k])) {
      if (total + choice.weight + bound_[k + 1] <= best_total_ || ++steps_ > most_steps) {
        return;
      }
      set(before_[k], choice, true);
      descend(k + 1, total + choice.weight);
      set(before_[k], choice, false);
    }
  }

  const std::vector<Unit>& before_;
  const std::vector<Unit>& after_;
  const Eigen::ArrayXXd& weight_;
  double alone_;
  std::vector<bool> used_;
  std::vector<int> to_;
  std::vector<int> best_;
  std::vector<double> bound_;
  double best_total_ = 0;
  int steps_ = 0;
};

}  // namespace

std::vector<int> assign(const std::vector<Unit>& before, const std::vector<Unit>& after, const Eigen::ArrayXXd& weight,
                        double alone) {
  return Search(before, after, weight, alone).run();
}

}  // namespace sgdflux::continuation
