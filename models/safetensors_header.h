#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"

/// The head of a safetensors file, read without a tensor library, so that a fuzzer gets at it alone.
namespace wardmark {

/// A type that a file may hold.
enum class TensorType { f64, i64, f32, i32, f16, bf16, u8, boolean };
/// "F64", and the bytes of a number.
std::string_view name(TensorType type);
std::uint64_t bytes_of(TensorType type);

/// Where one tensor lies.
struct TensorEntry {
  std::string name;
  TensorType type = TensorType::f32;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0, end = 0;  ///< within the data
};

struct SafetensorsHeader {
  std::vector<TensorEntry> entries;             ///< in the order of the data, which they cover without a gap
  std::map<std::string, std::string> metadata;  ///< "__metadata__"
  std::size_t data_offset = 0;                  ///< of the data within the file
};

/// Nothing in the file is trusted: Error(model_format) for a header that is cut short, longer than 16 MiB, no JSON or
/// with a name twice; for unknown types, shapes whose product overflows or does not fit the offsets, and offsets
/// outside the data, overlapping or with gaps between them.
SafetensorsHeader parse_safetensors_header(ByteView file);

}  // namespace wardmark
