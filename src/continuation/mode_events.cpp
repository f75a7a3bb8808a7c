/// Interior maxima of marginal densities that come and go.
#include <algorithm>
#include <limits>
#include <optional>

#include "continuation/crossing.hpp"
#include "continuation/event_functions.hpp"
#include "continuation/marginal_profile.hpp"

namespace sgdflux::continuation {
namespace {

constexpr double rounding = 1e-11;  ///< of d ln p/dindex: differences of densities that are good to 1e−13 or so

/// Whether every maximum of `richer` lies where `poorer` can see.
bool sees_all(const Profile& poorer, const Profile& richer) {
  const std::vector<double> places = maxima(richer.extrema, richer.noise);
  return std::all_of(places.begin(), places.end(),
                     [&](double position) { return poorer.covers(richer.value_at(position)); });
}

bool open(const Profile& profile, std::size_t end) {
  const Stretch& stretch = profile.stretches[end / 2];
  return end % 2 == 0 ? stretch.open_first : stretch.open_last;
}

/// Whether a maximum may have been lost in the noise: the slope at an end of what is above it has changed sign, and
/// that end is none that maxima leave through.
bool lost_in_noise(const Profile& a, const Profile& b) {
  if (a.ends.size() != b.ends.size()) {
    return false;
  }
  for (std::size_t end = 0; end < a.ends.size(); ++end) {
    if (crosses(a.ends[end], b.ends[end]) && !open(a, end) && !open(b, end)) {
      return true;
    }
  }
  return false;
}

std::string maxima_text(int count) {
  return std::to_string(count) + (count == 1 ? " interior maximum" : " interior maxima");
}

/// Depth of the k-th maximum, which decides whether there is one.
Crossing crossing(const Profile& a, const Profile& b, int k, bool gained) {
  const std::string& quantity = a.quantity;
  const std::string what = "from here on the density of " + quantity + " has " + maxima_text(gained ? k : k - 1) +
                           " instead of " + std::to_string(gained ? k - 1 : k);
  const bool clear = crosses(depth(a.extrema, k), depth(b.extrema, k));
  const double offset = clear ? 0 : std::max(a.noise, b.noise);  // a depth between 0 and the noise does not count
  const double error = std::max(a.error, b.error);
  const auto value = [quantity, k, offset, error](Probe& probe) {
    const std::optional<Profile> found = profile(probe, quantity, error);
    return found ? depth(found->extrema, k) - offset : std::numeric_limits<double>::quiet_NaN();
  };
  return {gained ? "mode-appears" : "mode-vanishes", quantity, what, value, false, std::max(rounding, offset)};
}

class Modes final : public EventFunction {
 public:
  [[nodiscard]] std::vector<Crossing> between(Probe& a, Probe& b) const override {
    std::vector<Crossing> found;
    const std::vector<Profile> before = profiles(a);
    const std::vector<Profile> after = profiles(b);
    for (const Profile& first : before) {
      const auto second = std::find_if(after.begin(), after.end(),
                                       [&](const Profile& profile) { return profile.quantity == first.quantity; });
      if (second != after.end()) {
        compare(first, *second, found);
      }
    }
    return found;
  }

 private:
  static void compare(const Profile& a, const Profile& b, std::vector<Crossing>& found) {
    const int before = a.maxima();
    const int after = b.maxima();
    const bool gained = after > before;
    if (before == after || lost_in_noise(a, b) || !(gained ? sees_all(a, b) : sees_all(b, a))) {
      return;
    }
    for (int k = std::min(before, after) + 1; k <= std::max(before, after); ++k) {
      found.push_back(crossing(a, b, k, gained));
    }
  }
};

}  // namespace

std::unique_ptr<EventFunction> mode_event() { return std::make_unique<Modes>(); }

}  // namespace sgdflux::continuation
