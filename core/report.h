#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "core/error.h"

namespace wardmark {

/// One remark about one item or file: a refusal, a dropped part, a file left out.
struct Note {
  Code code;
  std::string detail;  ///< what exactly, or empty
  friend bool operator==(const Note&, const Note&) = default;
};

/// Where the library says what it is doing. The library never prints; the command line implements this. Calls may
/// come from any thread, one at a time per Report (implementations lock).
class Report {
 public:
  virtual ~Report() = default;
  /// `done` of `total` items are finished; `bytes` of input were read so far.
  virtual void progress(std::string_view stage, std::uint64_t done, std::uint64_t total, std::uint64_t bytes) = 0;
  /// Something the owner should know that stops nothing. `subject` is an item id, a path or empty.
  virtual void warning(std::string_view subject, const Note& note) = 0;
  /// An item was refused and the run goes on.
  virtual void refused(std::string_view item, const Error& error) = 0;
};

}  // namespace wardmark
