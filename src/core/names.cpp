#include "sgdflux/core/names.hpp"

#include <Eigen/Core>
#include <algorithm>

#include "core/language.hpp"

namespace sgdflux::core {
namespace {

/// Damerau–Levenshtein distance in its optimal-alignment form: insertion, deletion, replacement and the exchange
/// of neighbours cost 1 each, and no letter is edited twice.
int distance(const std::string& a, const std::string& b) {
  const auto n = static_cast<Eigen::Index>(a.size());
  const auto m = static_cast<Eigen::Index>(b.size());
  Eigen::ArrayXXi d(n + 1, m + 1);
  d.col(0) = Eigen::ArrayXi::LinSpaced(n + 1, 0, static_cast<int>(n));
  d.row(0) = Eigen::ArrayXi::LinSpaced(m + 1, 0, static_cast<int>(m)).transpose();
  const auto at = [](const std::string& word, Eigen::Index i) { return word[static_cast<std::size_t>(i - 1)]; };
  for (Eigen::Index i = 1; i <= n; ++i) {
    for (Eigen::Index j = 1; j <= m; ++j) {
      const int replaced = d(i - 1, j - 1) + (at(a, i) == at(b, j) ? 0 : 1);
      d(i, j) = std::min({d(i - 1, j) + 1, d(i, j - 1) + 1, replaced});
      if (i > 1 && j > 1 && at(a, i) == at(b, j - 1) && at(a, i - 1) == at(b, j)) {
        d(i, j) = std::min(d(i, j), d(i - 2, j - 2) + 1);
      }
    }
  }
  return d(n, m);
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    text += (text.empty() ? "" : ", ") + name;
  }
  return text;
}

// <cctype> depends on the locale and is undefined for negative char.
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_word(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; }

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::string nearest_name(const std::string& typed, const std::vector<std::string>& known) {
  const auto nearest = std::min_element(known.begin(), known.end(), [&](const std::string& a, const std::string& b) {
    return distance(typed, a) < distance(typed, b);
  });
  return nearest == known.end() ? std::string() : *nearest;
}

std::string unknown_name(const std::string& what, const std::string& typed, const std::vector<std::string>& known) {
  const std::string start = "unknown " + what + " '" + typed + "'";
  if (known.empty()) {
    return start + "; none are known";
  }
  const std::string nearest = nearest_name(typed, known);
  const int near_enough = std::max(1, static_cast<int>(typed.size()) / 2);
  if (distance(typed, nearest) <= near_enough) {
    return start + "; did you mean '" + nearest + "'?";
  }
  return start + "; known are " + joined(known);
}

bool is_identifier(const std::string& name) {
  return !name.empty() && is_letter(name.front()) && std::all_of(name.begin(), name.end(), is_word) &&
         !contains(function_names(), name) && !contains(constant_names(), name);
}

}  // namespace sgdflux::core
