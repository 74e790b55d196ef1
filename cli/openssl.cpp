#include "cli/openssl.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "core/error.h"

namespace wardmark {
namespace {

constexpr std::size_t kMostText = std::size_t{1} << 20;

/// Reads to the end; what is more than a megabyte is let go.
std::string read_all(int fd) {
  std::string text;
  std::array<char, 4096> part;
  for (;;) {
    const ssize_t n = ::read(fd, part.data(), part.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return text;
    if (text.size() < kMostText) text.append(part.data(), static_cast<std::size_t>(n));
  }
}

}  // namespace

std::string OpensslRun::reason() const {
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t at = rest.find_last_not_of(" \n");
    if (at == std::string_view::npos) break;
    rest = rest.substr(0, at + 1);
    const std::size_t begin = rest.find_last_of('\n');
    const std::string_view line = rest.substr(begin == std::string_view::npos ? 0 : begin + 1);
    if (line.find("error:") != std::string_view::npos || begin == std::string_view::npos) {
      const std::size_t colon = line.rfind("::");
      return std::string(colon == std::string_view::npos ? line : line.substr(0, colon));
    }
    rest = rest.substr(0, begin);
  }
  return "no reason given";
}

OpensslRun openssl(const std::vector<std::string>& words) {
  std::vector<std::string> all = {"openssl"};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> pointers;
  for (std::string& word : all) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  std::array<std::string, 2> settings{"LC_ALL=C", "PATH=/usr/local/bin:/usr/bin:/bin"};
  std::array<char*, 3> environment{settings[0].data(), settings[1].data(), nullptr};
  int pipe[2];
  if (::pipe2(pipe, O_CLOEXEC) != 0) throw Error(Code::out_of_memory, std::string("pipe: ") + std::strerror(errno));
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, pipe[1], 1);
  ::posix_spawn_file_actions_adddup2(&actions, pipe[1], 2);
  pid_t child = -1;
  const int failure = ::posix_spawnp(&child, "openssl", &actions, nullptr, pointers.data(), environment.data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(pipe[1]);
  if (failure != 0) {
    ::close(pipe[0]);
    throw Error(Code::time_stamp, std::string("openssl cannot be started: ") + std::strerror(failure),
                "time stamps are read by it: install the package openssl");
  }
  OpensslRun run;
  run.text = read_all(pipe[0]);
  ::close(pipe[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  run.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return run;
}

}  // namespace wardmark
