#include "free_memory.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>

namespace sgdflux::study {
namespace {

namespace fs = std::filesystem;
constexpr double infinite = std::numeric_limits<double>::infinity();

/// Address space that libraries and MPI still ask for when they are first used (OpenBLAS has what it needs from the start
/// of the session).
constexpr double libraries = 160e6;

double number_in(const fs::path& file) {
  std::ifstream stream(file);
  double value = 0;
  return stream >> value ? value : infinite;  // "max" is no number
}

/// The value behind `name` in lines "name value"; NaN when there is none.
double entry(const fs::path& file, const std::string& name) {
  std::ifstream stream(file);
  std::string word;
  for (std::string line; std::getline(stream, line);) {
    std::istringstream words(line);
    double value = 0;
    if (words >> word >> value && word == name) {
      return value;
    }
  }
  return std::numeric_limits<double>::quiet_NaN();
}

/// Names of the files of one version of control groups.
struct Version {
  const char* limit;
  const char* used;
};

double left_in(const fs::path& group, const Version& version) {
  const double limit = number_in(group / version.limit);
  const double used = number_in(group / version.used);
  if (!std::isfinite(limit) || !std::isfinite(used)) {
    return limit;
  }
  const double caches = entry(group / "memory.stat", "inactive_file");
  return std::max(0., limit - std::max(0., used - (std::isnan(caches) ? 0 : caches)));
}

/// Up from `group` to the root of the hierarchy: every limit on the way counts.
double least_above(const fs::path& root, const std::string& group, const Version& version) {
  fs::path at = (root / fs::path(group).relative_path()).lexically_normal();
  double least = left_in(root, version);
  while (at != root.lexically_normal() && at.has_relative_path()) {
    least = std::min(least, left_in(at, version));
    at = at.parent_path();
  }
  return least;
}

/// "0::/a/b" or "4:cpu,memory:/a/b": the controllers and the path.
std::pair<std::string, std::string> controllers_and_path(const std::string& line) {
  const auto first = line.find(':');
  const auto second = line.find(':', first + 1);
  if (first == std::string::npos || second == std::string::npos) {
    return {"none", ""};
  }
  return {line.substr(first + 1, second - first - 1), line.substr(second + 1)};
}

bool has_memory(const std::string& controllers) {
  return ("," + controllers + ",").find(",memory,") != std::string::npos;
}

double limited(int resource, const char* used) {
  rlimit limit{};
  if (getrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
    return infinite;
  }
  const double held = 1024 * entry("/proc/self/status", used);
  return std::max(0., static_cast<double>(limit.rlim_cur) - (std::isnan(held) ? 0 : held) - libraries);
}

}  // namespace

double machine_memory() {
  const double kilobytes = entry("/proc/meminfo", "MemAvailable:");
  return std::isnan(kilobytes) ? infinite : 1024 * kilobytes;
}

double group_memory(const fs::path& mount, const std::string& membership) {
  double least = infinite;
  std::istringstream lines(membership);
  for (std::string line; std::getline(lines, line);) {
    const auto [controllers, path] = controllers_and_path(line);
    if (controllers.empty()) {
      least = std::min(least, least_above(mount, path, {"memory.max", "memory.current"}));
    } else if (has_memory(controllers)) {
      least = std::min(least, least_above(mount / "memory", path, {"memory.limit_in_bytes", "memory.usage_in_bytes"}));
    }
  }
  return least;
}

double group_memory() {
  std::ostringstream membership;
  membership << std::ifstream("/proc/self/cgroup").rdbuf();
  return group_memory("/sys/fs/cgroup", membership.str());
}

double process_memory() { return std::min(limited(RLIMIT_AS, "VmSize:"), limited(RLIMIT_DATA, "VmData:")); }

}  // namespace sgdflux::study
