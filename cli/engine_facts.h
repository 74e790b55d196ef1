#pragma once
#include <optional>
#include <string>

namespace wardmark {

/// What wardmark-nn computes with.
struct EngineFacts {
  std::string libtorch;  ///< its version
  std::string gpu;       ///< "1 GPU"; empty: none that this libtorch can use
  bool bf16 = false;     ///< whether the processor multiplies bf16 numbers itself
};

/// Asks it, as a process of its own where this one is wardmark; loading libtorch takes about a second. Absent where it
/// is not installed or does not start.
std::optional<EngineFacts> engine_facts();

}  // namespace wardmark
