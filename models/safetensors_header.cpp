#include "models/safetensors_header.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "core/error.h"

namespace wardmark {
namespace {

using nlohmann::json;

constexpr std::size_t kLengthBytes = 8;
constexpr std::uint64_t kLongestHeader = std::uint64_t{16} << 20;
constexpr std::size_t kMostDimensions = 16;
constexpr auto kLargestTensor = static_cast<std::uint64_t>(INT64_MAX);
constexpr std::string_view kMetadata = "__metadata__";

struct Type {
  std::string_view name;
  TensorType type;
  std::uint64_t bytes;
};
// In the order of the enumeration.
constexpr std::array kTypes = {Type{"F64", TensorType::f64, 8}, Type{"I64", TensorType::i64, 8},
                               Type{"F32", TensorType::f32, 4}, Type{"I32", TensorType::i32, 4},
                               Type{"F16", TensorType::f16, 2}, Type{"BF16", TensorType::bf16, 2},
                               Type{"U8", TensorType::u8, 1},   Type{"BOOL", TensorType::boolean, 1}};

const Type& row_of(TensorType type) { return kTypes.at(static_cast<std::size_t>(type)); }

[[noreturn]] void refuse(const std::string& what) {
  throw Error(Code::model_format, "safetensors: " + what, "the file is damaged or not a safetensors file");
}

// JSON whose objects name nothing twice: the second of two equal names would hide the first.
json parse_header(std::string_view text) {
  std::vector<std::set<std::string>> names;
  const auto watch = [&](int, json::parse_event_t event, json& value) {
    if (event == json::parse_event_t::object_start) {
      names.emplace_back();
    } else if (event == json::parse_event_t::object_end) {
      names.pop_back();
    } else if (event == json::parse_event_t::key) {
      const auto name = value.get<std::string>();
      if (!names.back().insert(name).second) refuse("\"" + name + "\" stands twice in the header");
    }
    return true;
  };
  try {
    json header = json::parse(text, watch);
    if (!header.is_object()) refuse("the header is no JSON object");
    return header;
  } catch (const json::exception&) {
    refuse("the header is no JSON");
  }
}

std::uint64_t number(const json& value, const std::string& name) {
  if (!value.is_number_unsigned()) refuse(name + ": a size or offset is no whole number");
  return value.get<std::uint64_t>();
}

const json& member(const json& object, const char* key, const std::string& name) {
  const auto found = object.find(key);
  if (found == object.end()) refuse(name + ": no " + key);
  return *found;
}

TensorEntry parse_entry(const std::string& name, const json& value, std::uint64_t data_bytes) {
  if (!value.is_object()) refuse(name + ": no JSON object");
  TensorEntry entry;
  entry.name = name;
  const json& type = member(value, "dtype", name);
  const json& shape = member(value, "shape", name);
  const json& offsets = member(value, "data_offsets", name);
  const auto known = std::ranges::find_if(kTypes, [&](const Type& t) { return type == std::string(t.name); });
  if (known == kTypes.end()) refuse(name + ": the type " + type.dump().substr(0, 40) + " is not known");
  entry.type = known->type;
  if (!shape.is_array() || shape.size() > kMostDimensions) refuse(name + ": the shape is no list of sizes");
  std::uint64_t bytes = known->bytes, reach = bytes;
  for (const json& item : shape) {
    const std::uint64_t size = number(item, name);
    // A size of 0 must not hide another that overflows.
    if (__builtin_mul_overflow(reach, std::max<std::uint64_t>(size, 1), &reach) || reach > kLargestTensor)
      refuse(name + ": the shape is too large");
    bytes *= size;
    entry.shape.push_back(static_cast<std::int64_t>(size));
  }
  if (!offsets.is_array() || offsets.size() != 2) refuse(name + ": data_offsets are not two numbers");
  entry.begin = number(offsets[0], name);
  entry.end = number(offsets[1], name);
  if (entry.begin > entry.end || entry.end > data_bytes) refuse(name + ": the data lie outside the file");
  if (entry.end - entry.begin != bytes) refuse(name + ": the shape does not fit the length of the data");
  return entry;
}

std::map<std::string, std::string> parse_metadata(const json& value) {
  std::map<std::string, std::string> metadata;
  if (!value.is_object()) refuse("__metadata__ is no JSON object");
  for (const auto& [key, text] : value.items()) {
    if (!text.is_string()) refuse("__metadata__ holds something that is no text");
    metadata[key] = text.get<std::string>();
  }
  return metadata;
}

}  // namespace

std::string_view name(TensorType type) { return row_of(type).name; }
std::uint64_t bytes_of(TensorType type) { return row_of(type).bytes; }

SafetensorsHeader parse_safetensors_header(ByteView file) {
  if (file.size() < kLengthBytes) refuse("shorter than the length of its header");
  std::uint64_t length = 0;
  std::memcpy(&length, file.data(), kLengthBytes);
  if (length > kLongestHeader) refuse("a header of " + std::to_string(length) + " bytes");
  if (length > file.size() - kLengthBytes) refuse("the header is cut short");
  const json names = parse_header(text_of(file.subspan(kLengthBytes, length)));

  SafetensorsHeader header;
  header.data_offset = kLengthBytes + length;
  const std::uint64_t data_bytes = file.size() - header.data_offset;
  for (const auto& [name, value] : names.items()) {
    if (name == kMetadata) {
      header.metadata = parse_metadata(value);
    } else {
      header.entries.push_back(parse_entry(name, value, data_bytes));
    }
  }
  std::ranges::sort(header.entries, {}, [](const TensorEntry& e) { return std::pair(e.begin, e.end); });
  std::uint64_t reached = 0;
  for (const TensorEntry& entry : header.entries) {
    if (entry.begin < reached) refuse(entry.name + ": the data overlap with another tensor's");
    if (entry.begin > reached) refuse(entry.name + ": bytes before it belong to no tensor");
    reached = entry.end;
  }
  if (reached != data_bytes) refuse("bytes at the end belong to no tensor");
  return header;
}

}  // namespace wardmark
