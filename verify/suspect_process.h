#pragma once
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace wardmark {

/// What a suspect program may use.
struct SuspectLimits {
  double seconds = 600;          ///< until a reply is whole
  std::uint64_t memory_mib = 0;  ///< address space; 0: no limit
};

/// A program that answers lines on stdin with lines on stdout, in a process group of its own, with the descriptors 0 to
/// 2 alone (stderr is passed through), no core files and no new privileges. Its group is ended with the object. Used
/// from one thread.
class SuspectProcess {
 public:
  /// Starts it; `words` is its command. Error(usage), (suspect_failed).
  SuspectProcess(const std::vector<std::string>& words, const SuspectLimits& limits);
  ~SuspectProcess();
  SuspectProcess(const SuspectProcess&) = delete;
  SuspectProcess& operator=(const SuspectProcess&) = delete;
  /// Sends a line, which ends with a line feed, and waits for the next one, which is returned without it.
  /// Error(suspect_failed) when the program died or hangs beyond the limit, (suspect_reply) for a line without end.
  std::string ask(const std::string& line);

 private:
  void start(const std::vector<std::string>& words);
  void send(const std::string& line);
  std::string receive();
  [[noreturn]] void died();

  SuspectLimits limits_;
  pid_t child_ = -1;
  int in_ = -1, out_ = -1;
  std::string rest_;
};

}  // namespace wardmark
