#pragma once
/// Comparisons that share one probability of a false alarm.
#include "sgdflux/study/validate.hpp"

namespace sgdflux::study {

class CheckList {
 public:
  /// No chance in it: |a − b| ≤ tolerance.
  void exact(const std::string& name, double a, double b, double tolerance);
  /// |a − b| ≤ z·sigma + floor, z by the share of the significance.
  void statistical(const std::string& name, double a, double b, double sigma, double floor);
  /// A p-value: a is p, b is 1, and it must not be below the share of the significance.
  void distribution(const std::string& name, double p_value);
  [[nodiscard]] std::vector<Check> finish(double significance) const;

 private:
  struct Entry {
    Check check;
    double sigma = 0;
    double floor = 0;
    bool p_value = false;
    bool random = false;
  };
  std::vector<Entry> entries_;
};

}  // namespace sgdflux::study
