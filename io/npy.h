#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"

namespace wardmark {

/// What the header of a .npy array says (NEP 1, versions 1.0, 2.0 and 3.0).
struct NpyHeader {
  char kind = 'u';       ///< 'u' unsigned, 'i' signed, 'b' bool, 'f' float; others are refused
  std::size_t size = 1;  ///< bytes per number: 1, 2, 4 or 8 (floats also 2)
  bool big_endian = false;
  bool fortran_order = false;
  std::vector<std::uint64_t> shape;  ///< at most 8 dimensions, each and their product below 2^48
  std::size_t data_offset = 0;       ///< bytes before the first number

  std::uint64_t count() const;  ///< numbers in all; 1 for no dimension
  std::uint64_t data_bytes() const { return count() * size; }
  /// True when the numbers lie as in C order, whatever the flag says: at most one dimension is longer than 1.
  bool c_order() const;
  std::string shape_text() const;  ///< "(100, 28, 28)"
};

/// Longest header taken.
inline constexpr std::size_t kNpyHeaderLimit = 65536;

/// Parses the beginning of an array: at least its header, or the whole file. Error(read_failed) when it is damaged or
/// of a type that is no plain number (objects are never unpickled). Bounded, linear, thread-safe.
NpyHeader parse_npy_header(ByteView begin);

/// Number `i` of the data as an integer; types 'u', 'i' and 'b' only, `i` < count (unchecked). Unsigned numbers above
/// 2^63 - 1 come out negative.
std::int64_t npy_integer(const NpyHeader& header, ByteView data, std::uint64_t i);

}  // namespace wardmark
