#include "sweep_distribution.hpp"

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "outcome_json.hpp"
#include "sgdflux/la/groups.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/session.hpp"

namespace sgdflux::cli {
namespace {

using Json = nlohmann::ordered_json;
using Outcomes = std::vector<std::optional<Outcome>>;

void print_progress(const Workload& work, std::size_t point) {
  std::cout << "[" << point + 1 << "/" << work.points.size() << "]";
  for (const auto& [key, value] : work.points[point].varied) {
    std::cout << ' ' << key << " = " << value;
  }
  std::cout << " -> " << work.runs[point].resolved.settings.text("output.dir", "") << std::endl;
}

/// Settings and unsolvable points do not end a sweep; files and defects do. Every point is as if it were run alone, so
/// it has to use the PETSc options by itself.
Outcome run_point(const Workload& work, std::size_t point, MPI_Comm comm) {
  Run run = work.runs[point];
  run.comm = comm;
  run.info.ranks = la::size(comm);
  la::renew_options();
  if (la::rank(comm) == 0) {
    print_progress(work, point);
  }
  try {
    return work.task.run(run);
  } catch (const core::Error& error) {
    if (error.code() != core::ExitCode::settings && error.code() != core::ExitCode::not_converged) {
      throw;
    }
    return {error.code(), "failed", error.what(), {}};
  }
}

/// As it reads in a report, so that it does not matter how it has travelled.
Outcome as_reported(const Outcome& outcome) { return outcome_from(outcome_json(outcome)); }

/// What is written to std::cout as long as it lives is kept instead.
class Captured {
 public:
  Captured() : screen_(std::cout.rdbuf(text_.rdbuf())) {}
  ~Captured() { std::cout.rdbuf(screen_); }
  Captured(const Captured&) = delete;
  Captured& operator=(const Captured&) = delete;
  [[nodiscard]] std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::streambuf* screen_;
};

/// Which group computes which of the points that are left.
class Assignment {
 public:
  Assignment(MPI_Comm comm, const la::Groups& groups, const std::vector<std::size_t>& left)
      : groups_(groups), counter_(comm), queue_(left), everything_(static_cast<long>(left.size()) + 1) {
    if (!groups.equal()) {
      std::erase_if(queue_, [&](std::size_t point) {
        return point % static_cast<std::size_t>(groups.count()) != static_cast<std::size_t>(groups.index());
      });
    }
  }
  /// The group's next point. Collective over the group.
  std::optional<std::size_t> next() {
    long position = 0;
    if (la::rank(groups_.comm()) == 0) {
      position = groups_.equal() ? counter_.fetch_add(1) : counter_.fetch_add(0) + own_++;
    }
    MPI_Bcast(&position, 1, MPI_LONG, 0, groups_.comm());
    return position < static_cast<long>(queue_.size()) ? std::optional(queue_[static_cast<std::size_t>(position)])
                                                       : std::nullopt;
  }
  /// No group gets another point.
  void stop() { static_cast<void>(counter_.fetch_add(everything_)); }

 private:
  const la::Groups& groups_;
  la::SharedCounter counter_;
  std::vector<std::size_t> queue_;
  long everything_;
  long own_ = 0;
};

/// Brings what points ended in, and their summaries, to rank 0, which prints these one after the other.
class Collection {
 public:
  Collection(MPI_Comm comm, Outcomes& outcomes) : first_(la::rank(comm) == 0), letters_(comm), outcomes_(outcomes) {}

  /// By the first rank of a group.
  void add(std::size_t point, const Outcome& outcome, const std::string& text) {
    const Json letter{{"point", point}, {"outcome", outcome_json(outcome)}, {"text", text}};
    if (first_) {
      take(letter);
      take_arrived();
    } else {
      letters_.send(io::to_text(letter));
    }
  }
  /// By the first ranks of all groups: after it, rank 0 has everything.
  void close(int groups) {
    if (!first_) {
      letters_.send("");
      return;
    }
    while (closed_ < groups - 1) {
      open_letter();
    }
  }

 private:
  void take_arrived() {
    while (letters_.any()) {
      open_letter();
    }
  }
  void open_letter() {
    const std::string letter = letters_.receive();
    letter.empty() ? void(++closed_) : take(Json::parse(letter));
  }
  void take(const Json& letter) {
    outcomes_[letter["point"].get<std::size_t>()] = outcome_from(letter["outcome"]);
    std::cout << letter["text"].get<std::string>() << std::flush;
  }

  bool first_;
  la::Letters letters_;
  Outcomes& outcomes_;
  int closed_ = 0;
};

/// Runs a point and returns what it has written to the screen. A defect that strikes a rank that is alone in its group
/// is known to the whole group.
std::string run_quietly(const Workload& work, std::size_t point, MPI_Comm comm, Outcome& outcome,
                        std::optional<core::Error>& failure) {
  const Captured captured;
  try {
    outcome = run_point(work, point, comm);
  } catch (const core::InternalError& error) {
    if (la::size(comm) > 1) {
      throw;
    }
    failure = error;
  } catch (const core::Error& error) {
    failure = error;
  }
  return captured.text();
}

void run_in_groups(MPI_Comm comm, const Workload& work, int count, Outcomes& outcomes) {
  const la::Groups groups(comm, count);
  Assignment assignment(comm, groups, work.left);
  Collection collection(comm, outcomes);
  std::optional<core::Error> failure;
  while (const auto point = assignment.next()) {
    Outcome outcome;
    const std::string text = run_quietly(work, *point, groups.comm(), outcome, failure);
    if (failure) {
      assignment.stop();
    } else if (la::rank(groups.comm()) == 0) {
      collection.add(*point, outcome, text);
    }
  }
  if (la::rank(groups.comm()) == 0) {
    collection.close(count);
  }
  static_cast<void>(la::maximum(comm, 0));  // groups that are still at work are waited for, however long it takes
  la::guard(comm, [&] {
    if (failure) {
      throw core::Error(*failure);
    }
  });
}

}  // namespace

void run_points(MPI_Comm comm, const Workload& work, int groups, std::vector<std::optional<Outcome>>& outcomes) {
  if (groups > 1 && !work.left.empty()) {
    run_in_groups(comm, work, groups, outcomes);
    return;
  }
  for (const std::size_t point : work.left) {
    outcomes[point] = as_reported(run_point(work, point, comm));
  }
}

}  // namespace sgdflux::cli
