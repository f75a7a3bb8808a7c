#include "sgdflux/study/warm_start.hpp"

namespace sgdflux::study {

struct WarmStart::State {
  double parameter = 0;
  Count count;
};

WarmStart::WarmStart() : state_(std::make_unique<State>()) {}
WarmStart::~WarmStart() = default;

void WarmStart::at(double parameter) { state_->parameter = parameter; }
WarmStart::Count WarmStart::count() const { return state_->count; }

}  // namespace sgdflux::study
