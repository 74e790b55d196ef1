#include "cli/child_run.h"

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

std::optional<ChildRun> run_child(std::vector<std::string> words, ChildOutput wanted) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  std::array<std::string, 2> settings{"LC_ALL=C", "PATH=/usr/local/bin:/usr/bin:/bin"};
  std::array<char*, 3> environment{settings[0].data(), settings[1].data(), nullptr};
  int pipe[2];
  if (::pipe2(pipe, O_CLOEXEC) != 0) throw Error(Code::out_of_memory, std::string("pipe: ") + std::strerror(errno));
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, pipe[1], 1);
  if (wanted == ChildOutput::both)
    ::posix_spawn_file_actions_adddup2(&actions, pipe[1], 2);
  else
    ::posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  pid_t child = -1;
  const int failure = ::posix_spawnp(&child, pointers[0], &actions, nullptr, pointers.data(), environment.data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(pipe[1]);
  if (failure != 0) {
    ::close(pipe[0]);
    errno = failure;
    return std::nullopt;
  }
  ChildRun run;
  run.text = read_all(pipe[0]);
  ::close(pipe[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  run.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return run;
}

}  // namespace wardmark
