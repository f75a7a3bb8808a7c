#pragma once
/// Memory that a process may still take, in bytes; infinite where nothing limits it or nothing is known. Linux.
#include <filesystem>
#include <string>

namespace sgdflux::study {

/// What the machine has free (MemAvailable), for all of its processes together.
[[nodiscard]] double machine_memory();

/// What control groups leave, as containers and batch systems set them: the least, over a group and all above it, of
/// the limit less what its processes hold, caches that it gives up not counted.
/// @param mount where control groups are mounted, "/sys/fs/cgroup"
/// @param membership the text of /proc/self/cgroup: versions 1 ("4:memory:/a/b") and 2 ("0::/a/b")
[[nodiscard]] double group_memory(const std::filesystem::path& mount, const std::string& membership);
/// Of this process.
[[nodiscard]] double group_memory();

/// What the limits of this process (ulimit -v, -d) leave for data, what libraries still take for themselves not
/// counted.
[[nodiscard]] double process_memory();

}  // namespace sgdflux::study
