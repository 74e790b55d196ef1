#pragma once
#include <cstdint>
#include <string>

namespace wardmark {

/// The libtorch this program runs with.
struct Libtorch {
  std::string version;     ///< "1.13.1", of its headers
  std::uint64_t gpus = 0;  ///< that it can use
  bool bf16 = false;       ///< whether the processor multiplies bf16 numbers itself
};

Libtorch libtorch();

}  // namespace wardmark
