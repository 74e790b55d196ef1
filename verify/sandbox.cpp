#include "verify/sandbox.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <set>
#include <string>

namespace wardmark {
namespace {

// Debian 12's headers know Landlock's first versions only (Documentation/userspace-api/landlock.rst).
struct Ruleset {
  std::uint64_t files = 0, network = 0, scoped = 0;
};
struct __attribute__((packed)) Beneath {
  std::uint64_t allowed = 0;
  std::int32_t folder = -1;
};
constexpr long kCreateRuleset = 444, kAddRule = 445, kRestrictSelf = 446;
constexpr std::uint64_t kReadFile = 1u << 2, kReadFolder = 1u << 3, kWriteFile = 1u << 1, kControlDevice = 1u << 15;

/// All rights over files that version `abi` knows.
std::uint64_t all_rights(long abi) {
  std::uint64_t rights = (1u << 13) - 1;
  if (abi >= 2) rights |= 1u << 13;  // refer
  if (abi >= 3) rights |= 1u << 14;  // truncate
  if (abi >= 5) rights |= kControlDevice;
  return rights;
}

void allow(int ruleset, const std::filesystem::path& path, std::uint64_t rights) {
  const int folder = ::open(path.c_str(), O_PATH | O_CLOEXEC);
  if (folder < 0) return;
  if (!std::filesystem::is_directory(path)) rights &= ~kReadFolder;
  const Beneath rule{rights, folder};
  ::syscall(kAddRule, ruleset, 1, &rule, 0u);
  ::close(folder);
}

/// Folders of the libraries that are loaded: more of them may be wanted later.
std::set<std::filesystem::path> library_folders() {
  std::set<std::filesystem::path> folders;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    const std::size_t at = line.find('/');
    if (at == std::string::npos) continue;
    const std::filesystem::path file = line.substr(at);
    const std::string name = file.filename().string();
    if (name.starts_with("lib") && name.find(".so") != std::string::npos) folders.insert(file.parent_path());
  }
  return folders;
}

bool confine_files(const std::vector<std::filesystem::path>& readable, bool devices) {
  const long abi = landlock_version();
  if (abi < 1) return false;
  Ruleset all{all_rights(abi), abi >= 4 ? 3u : 0u, abi >= 6 ? 3u : 0u};
  const std::size_t size = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
  const int ruleset = static_cast<int>(::syscall(kCreateRuleset, &all, size, 0u));
  if (ruleset < 0) return false;
  for (const char* path : {"/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/proc/self", "/proc/cpuinfo", "/proc/meminfo",
                           "/dev/urandom", "/dev/null", "/sys/devices/system"})
    allow(ruleset, path, kReadFile | kReadFolder);
  for (const std::filesystem::path& path : library_folders()) allow(ruleset, path, kReadFile | kReadFolder);
  for (const std::filesystem::path& path : readable) allow(ruleset, path, kReadFile | kReadFolder);
  if (devices) {
    const std::uint64_t use = kReadFile | kReadFolder | kWriteFile | (abi >= 5 ? kControlDevice : 0);
    allow(ruleset, "/dev", use);
    allow(ruleset, "/proc/driver", kReadFile | kReadFolder);
  }
  const bool done = ::syscall(kRestrictSelf, ruleset, 0u) == 0;
  ::close(ruleset);
  return done;
}

#if defined(__x86_64__)
constexpr std::uint32_t kMachine = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kMachine = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t kMachine = 0;
#endif

bool confine_syscalls() {
  if (kMachine == 0) return false;
  constexpr auto refuse = [](long number, std::uint8_t left) {
    return sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(number), left, 0);
  };
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kMachine, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      refuse(SYS_socket, 11),
      refuse(SYS_connect, 10),
      refuse(SYS_execve, 9),
      refuse(SYS_execveat, 8),
      refuse(SYS_ptrace, 7),
      refuse(SYS_process_vm_readv, 6),
      refuse(SYS_process_vm_writev, 5),
      refuse(SYS_io_uring_setup, 4),
      refuse(SYS_kill, 3),
      refuse(SYS_pidfd_getfd, 2),
      refuse(SYS_pidfd_send_signal, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
  };
  sock_fprog filter{static_cast<unsigned short>(std::size(program)), program};
  return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter) == 0;
}

}  // namespace

Confinement confine(const std::vector<std::filesystem::path>& readable, bool devices) {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return {};
  Confinement done;
  done.files = confine_files(readable, devices);
  done.syscalls = confine_syscalls();
  return done;
}

int landlock_version() {
  const long version = ::syscall(kCreateRuleset, nullptr, std::size_t{0}, 1u);
  return version > 0 ? static_cast<int>(version) : 0;
}

}  // namespace wardmark
