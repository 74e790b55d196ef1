#pragma once
#include <atomic>

namespace wardmark {

/// From construction on, the first SIGINT or SIGTERM sets requested(): the item in hand is finished and the run ends
/// with status 75. The second leaves at once. One object at a time; the only process-wide state of the program.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;
  const std::atomic<bool>& requested() const;
};

}  // namespace wardmark
