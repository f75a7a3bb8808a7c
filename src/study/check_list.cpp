#include "check_list.hpp"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>

namespace sgdflux::study {

bool is_p_value(const Check& check) {
  return check.name.find("chi_squared") != std::string::npos ||
         check.name.find("kolmogorov_smirnov") != std::string::npos;
}

void CheckList::exact(const std::string& name, double a, double b, double tolerance) {
  entries_.push_back({{name, a, b, a - b, tolerance, true}, 0, 0, false, false});
}

void CheckList::statistical(const std::string& name, double a, double b, double sigma, double floor) {
  entries_.push_back({{name, a, b, a - b, 0, true}, sigma, floor, false, true});
}

void CheckList::distribution(const std::string& name, double p_value) {
  entries_.push_back({{name, p_value, 1, p_value - 1, 0, true}, 0, 0, true, true});
}

std::vector<Check> CheckList::finish(double significance) const {
  const auto random = std::count_if(entries_.begin(), entries_.end(), [](const Entry& entry) { return entry.random; });
  const double share = significance / static_cast<double>(std::max<std::ptrdiff_t>(random, 1));
  const double z = boost::math::quantile(boost::math::complement(boost::math::normal(), share / 2));
  std::vector<Check> checks;
  for (const Entry& entry : entries_) {
    Check check = entry.check;
    if (entry.random) {
      check.tolerance = entry.p_value ? 1 - share : z * entry.sigma + entry.floor;
    }
    check.pass = std::abs(check.difference) <= check.tolerance;
    checks.push_back(check);
  }
  return checks;
}

}  // namespace sgdflux::study
