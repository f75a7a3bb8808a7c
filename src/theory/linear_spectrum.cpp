#include "sgdflux/theory/linear_spectrum.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <queue>
#include <string>

#include "sgdflux/core/errors.hpp"

namespace sgdflux::theory {
namespace {

using Complex = std::complex<double>;

constexpr double same = 1e-10;  ///< relative; sums of rates that agree to this are one number up to rounding

/// A real rate, or both members γ ± iδ of a pair: with N quanta in a pair its frequency is (N − 2k)δ, k = 0 … N.
struct Mode {
  double decay;
  double frequency;
};

/// Quanta of every mode. All eigenvalues of one shell have exactly one real part.
using Shell = std::vector<int>;

std::vector<Mode> modes_of(const std::vector<Complex>& rates) {
  std::vector<Mode> modes;
  for (std::size_t k = 0; k < rates.size(); ++k) {
    if (!(rates[k].real() > 0) || !std::isfinite(std::abs(rates[k]))) {
      throw core::SettingsError("rate " + std::to_string(rates[k].real()) +
                                " of the drift matrix: its real part must be positive for the generator to have "
                                "eigenvalues with a stationary density");
    }
    modes.push_back({rates[k].real(), std::abs(rates[k].imag())});
    if (rates[k].imag() != 0) {
      if (k + 1 == rates.size() || rates[k + 1] != std::conj(rates[k])) {
        throw core::InternalError("generator_eigenvalues: a complex rate without its conjugate next to it");
      }
      ++k;
    }
  }
  return modes;
}

double decay(const std::vector<Mode>& modes, const Shell& shell) {
  double sum = 0;
  for (std::size_t k = 0; k < modes.size(); ++k) {
    sum += shell[k] * modes[k].decay;
  }
  return sum;
}

/// Imaginary parts of a shell: those ≥ 0, each standing for a pair unless it is 0.
std::vector<double> frequencies(const std::vector<Mode>& modes, const Shell& shell) {
  std::vector<double> sums{0};
  double scale = 0;
  for (std::size_t k = 0; k < modes.size(); ++k) {
    if (modes[k].frequency == 0) {
      continue;
    }
    std::vector<double> next;
    for (int down = 0; down <= shell[k]; ++down) {
      for (const double sum : sums) {
        next.push_back(sum + (shell[k] - 2 * down) * modes[k].frequency);
      }
    }
    scale += shell[k] * modes[k].frequency;
    sums = std::move(next);
  }
  std::vector<double> result;
  for (const double sum : sums) {
    if (std::abs(sum) <= same * scale) {
      result.push_back(0);
    } else if (sum > 0) {
      result.push_back(sum);
    }
  }
  return result;
}

/// Half-plane representatives (decay, frequency ≥ 0) of all eigenvalues up to the shell that completes `count`, and of
/// every later shell that decays as fast as that one.
std::vector<Mode> enumerate(const std::vector<Mode>& modes, int count) {
  using Entry = std::pair<double, Shell>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> waiting;
  waiting.emplace(0, Shell(modes.size(), 0));
  std::vector<Mode> found;
  int total = 0;
  double last = 0;
  while (total < count || waiting.top().first <= last * (1 + same)) {
    const auto [value, shell] = waiting.top();
    waiting.pop();
    for (const double frequency : frequencies(modes, shell)) {
      found.push_back({value, frequency});
      total += frequency > 0 ? 2 : 1;
    }
    last = value;
    // Each shell has one parent: the one with a quantum less in the last mode that has any.
    std::size_t first = shell.size() - 1;
    while (first > 0 && shell[first] == 0) {
      --first;
    }
    for (std::size_t k = first; k < shell.size(); ++k) {
      Shell child = shell;
      ++child[k];
      waiting.emplace(decay(modes, child), child);
    }
  }
  return found;
}

/// By decay; runs of equal decay by frequency.
void sort(std::vector<Mode>& found) {
  std::sort(found.begin(), found.end(), [](const Mode& a, const Mode& b) { return a.decay < b.decay; });
  for (auto start = found.begin(); start != found.end();) {
    const double limit = start->decay * (1 + same);
    const auto end = std::find_if(start, found.end(), [limit](const Mode& m) { return m.decay > limit; });
    std::stable_sort(start, end, [](const Mode& a, const Mode& b) { return a.frequency < b.frequency; });
    start = end;
  }
}

}  // namespace

std::vector<Complex> drift_rates(const Eigen::MatrixXd& drift_matrix) {
  const Eigen::VectorXcd values = Eigen::EigenSolver<Eigen::MatrixXd>(drift_matrix, false).eigenvalues();
  std::vector<Mode> modes;
  for (const Complex& value : values) {
    if (value.imag() >= 0) {
      modes.push_back({value.real(), value.imag()});
    }
  }
  std::sort(modes.begin(), modes.end(), [](const Mode& a, const Mode& b) {
    return a.decay != b.decay ? a.decay < b.decay : a.frequency < b.frequency;
  });
  std::vector<Complex> rates;
  for (const Mode& mode : modes) {
    rates.emplace_back(mode.decay, mode.frequency);
    if (mode.frequency > 0) {
      rates.emplace_back(mode.decay, -mode.frequency);
    }
  }
  return rates;
}

std::vector<Complex> generator_eigenvalues(const std::vector<Complex>& rates, int count) {
  if (count < 1) {
    throw core::SettingsError("count = " + std::to_string(count) + ": must be 1 or more");
  }
  std::vector<Mode> found = enumerate(modes_of(rates), count);
  sort(found);
  std::vector<Complex> result;
  for (const Mode& mode : found) {
    if (static_cast<int>(result.size()) >= count) {
      break;
    }
    result.emplace_back(mode.decay > 0 ? -mode.decay : 0.0, mode.frequency);
    if (mode.frequency > 0) {
      result.emplace_back(-mode.decay, -mode.frequency);
    }
  }
  return result;
}

}  // namespace sgdflux::theory
