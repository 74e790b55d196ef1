#include "verify/suspect_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>

#include "core/error.h"
#include "verify/suspect_protocol.h"

namespace wardmark {
namespace {

using Clock = std::chrono::steady_clock;

void limit(int what, rlim_t value) {
  const rlimit both{value, value};
  ::setrlimit(what, &both);
}

/// After fork: nothing that allocates.
[[noreturn]] void become(char* const* words, int in, int out, const SuspectLimits& limits) {
  ::setpgid(0, 0);
  ::dup2(in, 0);
  ::dup2(out, 1);
  ::close_range(3, ~0u, 0);
  limit(RLIMIT_CORE, 0);
  if (limits.memory_mib > 0) limit(RLIMIT_AS, static_cast<rlim_t>(limits.memory_mib) << 20);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::signal(SIGPIPE, SIG_DFL);
  ::execvp(words[0], words);
  ::_exit(127);
}

std::string ending(int status) {
  if (WIFEXITED(status)) {
    const int code = WEXITSTATUS(status);
    return code == 127 ? "it could not be started" : "it ended with exit status " + std::to_string(code);
  }
  return "it was ended by signal " + std::to_string(WTERMSIG(status));
}

}  // namespace

SuspectProcess::SuspectProcess(const std::vector<std::string>& words, const SuspectLimits& limits) : limits_(limits) {
  if (words.empty()) throw Error(Code::usage, "--suspect: names no program");
  start(words);
}

std::string SuspectProcess::ask(const std::string& line) {
  send(line);
  return receive();
}

void SuspectProcess::start(const std::vector<std::string>& words) {
  int to[2], from[2];
  if (::pipe2(to, O_CLOEXEC) != 0) throw Error(Code::suspect_failed, std::string("suspect: ") + std::strerror(errno));
  if (::pipe2(from, O_CLOEXEC) != 0) {
    ::close(to[0]);
    ::close(to[1]);
    throw Error(Code::suspect_failed, std::string("suspect: ") + std::strerror(errno));
  }
  std::vector<std::string> copies = words;
  std::vector<char*> pointers;
  for (std::string& word : copies) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  child_ = ::fork();
  if (child_ == 0) become(pointers.data(), to[0], from[1], limits_);
  ::close(to[0]);
  ::close(from[1]);
  in_ = to[1];
  out_ = from[0];
  if (child_ < 0) throw Error(Code::suspect_failed, std::string("suspect: ") + std::strerror(errno));
  ::setpgid(child_, child_);
}

void SuspectProcess::died() {
  int status = 0;
  const bool known = ::waitpid(child_, &status, 0) == child_;
  child_ = -1;
  throw Error(Code::suspect_failed, "suspect: " + (known ? ending(status) : "it ended") + " in place of an answer",
              "run it by hand; docs/suspect-protocol.md shows how");
}

/// SIGPIPE is for this thread alone to see as an error of write().
void SuspectProcess::send(const std::string& line) {
  sigset_t pipe, before;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &pipe, &before);
  std::size_t done = 0;
  bool broken = false;
  while (done < line.size() && !broken) {
    const ssize_t n = ::write(in_, line.data() + done, line.size() - done);
    if (n > 0) done += static_cast<std::size_t>(n);
    if (n < 0 && errno != EINTR) broken = true;
  }
  if (broken) {
    const timespec none{};
    ::sigtimedwait(&pipe, nullptr, &none);
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (broken) died();
}

std::string SuspectProcess::receive() {
  const auto until =
      Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(limits_.seconds));
  for (;;) {
    if (const std::size_t end = rest_.find('\n'); end != std::string::npos) {
      std::string line = rest_.substr(0, end);
      rest_.erase(0, end + 1);
      return line;
    }
    if (rest_.size() > kLongestReply) throw Error(Code::suspect_reply, "suspect: its reply has no end");
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    pollfd ready{out_, POLLIN, 0};
    const int n = left > 0 ? ::poll(&ready, 1, static_cast<int>(std::min<std::int64_t>(left, 60000))) : 0;
    if (n < 0 && errno == EINTR) continue;
    if (left <= 0) {
      throw Error(Code::suspect_failed,
                  "suspect: no answer within " + std::to_string(static_cast<int>(limits_.seconds)) + " s",
                  "--suspect-seconds gives it more time");
    }
    if (n == 0) continue;
    char buffer[65536];
    const ssize_t got = ::read(out_, buffer, sizeof buffer);
    if (got == 0) died();
    if (got > 0) rest_.append(buffer, static_cast<std::size_t>(got));
  }
}

SuspectProcess::~SuspectProcess() {
  if (in_ >= 0) ::close(in_);
  if (out_ >= 0) ::close(out_);
  in_ = out_ = -1;
  if (child_ > 0) {
    int status = 0;
    for (int i = 0; i < 20 && child_ > 0; ++i) {  // stdin is closed: it may end by itself
      if (::waitpid(child_, &status, WNOHANG) == child_) child_ = -1;
      if (child_ > 0) ::usleep(5000);
    }
    if (child_ > 0) {
      ::kill(-child_, SIGKILL);
      ::kill(child_, SIGKILL);
      ::waitpid(child_, &status, 0);
    }
  }
}

}  // namespace wardmark
