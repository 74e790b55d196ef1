#include <cstddef>
#include <cstdint>

#include "core/error.h"
#include "io/npy.h"

/// Any bytes as a .npy array: refused as read_failed, or the numbers that are there can be read.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wardmark;
  try {
    const ByteView file{data, size};
    const NpyHeader header = parse_npy_header(file);
    if (header.data_offset > size) __builtin_trap();
    const ByteView numbers = file.subspan(header.data_offset);
    if (header.data_bytes() > numbers.size() || header.kind == 'f') return 0;
    for (std::uint64_t i = 0; i < header.count(); ++i) {
      const std::int64_t value = npy_integer(header, numbers, i);
      if (header.kind == 'u' && header.size < 8 && (value < 0 || value >> (8 * header.size) != 0)) __builtin_trap();
    }
  } catch (const Error& error) {
    if (error.code() != Code::read_failed) __builtin_trap();
  }
  return 0;
}
