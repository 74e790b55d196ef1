#include <cstddef>
#include <cstdint>

#include "core/error.h"
#include "models/safetensors_header.h"

/// Any bytes as a safetensors file: refused as model_format, or entries that cover the data one after the other.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wardmark;
  try {
    const SafetensorsHeader header = parse_safetensors_header({data, size});
    if (header.data_offset > size) __builtin_trap();
    std::uint64_t at = 0;
    for (const TensorEntry& entry : header.entries) {
      std::uint64_t bytes = bytes_of(entry.type);
      for (const std::int64_t side : entry.shape) bytes *= static_cast<std::uint64_t>(side);
      if (entry.begin != at || entry.end - entry.begin != bytes) __builtin_trap();
      at = entry.end;
    }
    if (at != size - header.data_offset) __builtin_trap();
  } catch (const Error& error) {
    if (error.code() != Code::model_format) __builtin_trap();
  }
  return 0;
}
