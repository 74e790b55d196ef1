#include "cli/machine.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>

#include <chrono>
#include <fstream>
#include <sstream>

#include "cli/release_options.h"
#include "cli/scratch_folder.h"
#include "core/error.h"
#include "io/atomic_file.h"
#include "verify/sandbox.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;

/// The first number of a file, 0 where there is none ("max").
std::uint64_t number_in(const char* file) {
  std::ifstream in(file);
  std::uint64_t value = 0;
  return in >> value ? value : 0;
}

void read_memory(Machine& machine) {
  std::ifstream in("/proc/meminfo");
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string name;
    std::uint64_t kibibytes = 0;
    if (!(words >> name >> kibibytes)) continue;
    if (name == "MemTotal:") machine.memory = kibibytes << 10;
    if (name == "MemAvailable:") machine.memory_free = kibibytes << 10;
  }
  const std::uint64_t limit = number_in("/sys/fs/cgroup/memory.max");
  if (limit == 0 || limit >= machine.memory) return;
  const std::uint64_t used = number_in("/sys/fs/cgroup/memory.current");
  machine.memory = limit;
  machine.memory_free = std::min(machine.memory_free, limit > used ? limit - used : 0);
}

}  // namespace

Machine examine_machine() {
  Machine machine;
  machine.cores = default_jobs();
#if defined(__x86_64__)
  machine.avx2 = __builtin_cpu_supports("avx2") != 0;
  machine.avx512 = __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512vl") != 0;
#endif
  read_memory(machine);
  rlimit limit{};
  if (::getrlimit(RLIMIT_MEMLOCK, &limit) == 0) machine.lockable = limit.rlim_cur;
  machine.landlock = landlock_version();
  timex clock{};
  machine.clock_synchronised = ::adjtimex(&clock) >= 0 && (clock.status & STA_UNSYNC) == 0;
  return machine;
}

FolderTrial try_folder(const fs::path& folder, std::uint64_t size) {
  FolderTrial trial;
  struct statvfs space {};
  if (::statvfs(folder.c_str(), &space) == 0) trial.free = std::uint64_t{space.f_bavail} * space.f_frsize;
  try {
    const ScratchFolder scratch(folder);
    const fs::path file = scratch.path() / "trial";
    // No zeros: a file system that packs them would look fast.
    Bytes bytes(static_cast<std::size_t>(size));
    std::uint32_t state = 1;
    for (auto& byte : bytes) {
      state = state * 1664525u + 1013904223u;
      byte = static_cast<std::uint8_t>(state >> 24);
    }
    const auto begin = std::chrono::steady_clock::now();
    write_file(file, bytes);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    trial.bytes_a_second = static_cast<double>(size) / std::max(took.count(), 1e-9);
    if (read_file(file) != bytes) trial.failure = "what was written does not read back the same";
    const Bytes other(1, 1);
    write_file(file, other);
    trial.renames = read_file(file) == other;
    write_file(scratch.path() / "TRIAL", bytes, 0600);
    trial.keeps_case = read_file(file) == other;
    struct stat mode {};
    trial.keeps_modes = ::stat((scratch.path() / "TRIAL").c_str(), &mode) == 0 && (mode.st_mode & 077) == 0;
  } catch (const Error& error) {
    trial.failure = error.what();
  }
  return trial;
}

}  // namespace wardmark
