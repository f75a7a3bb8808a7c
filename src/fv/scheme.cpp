#include "sgdflux/fv/scheme.hpp"

#include <array>
#include <utility>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/core/names.hpp"

namespace sgdflux::fv {
namespace {

constexpr std::array<std::pair<Flux, const char*>, 7> names = {{{Flux::exact, "exact"},
                                                                {Flux::monotone, "monotone"},
                                                                {Flux::order2, "order2"},
                                                                {Flux::order4, "order4"},
                                                                {Flux::order6, "order6"},
                                                                {Flux::order8, "order8"},
                                                                {Flux::limited, "limited"}}};

}  // namespace

std::vector<std::string> flux_names() {
  std::vector<std::string> all;
  for (const auto& [flux, name] : names) {
    all.emplace_back(name);
  }
  return all;
}

std::string to_string(Flux flux) {
  if (flux == Flux::fitted) {
    return "fitted";
  }
  for (const auto& [known, name] : names) {
    if (known == flux) {
      return name;
    }
  }
  throw core::InternalError("flux without a name");
}

Flux parse_flux(const std::string& text) {
  for (const auto& [known, name] : names) {
    if (text == name) {
      return known;
    }
  }
  throw core::SettingsError(core::unknown_name("flux", text, flux_names()));
}

int half_width(Flux flux) {
  switch (flux) {
    case Flux::order4:
      return 2;
    case Flux::order6:
      return 3;
    case Flux::order8:
    case Flux::limited:
      return 4;
    default:
      return 1;
  }
}

int order(Flux flux) { return flux == Flux::monotone || flux == Flux::fitted ? 1 : 2 * half_width(flux); }

}  // namespace sgdflux::fv
