#include "models/safetensors.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <vector>

namespace wardmark {
namespace {

using nlohmann::json;

static_assert(std::endian::native == std::endian::little, "the format is little endian");

constexpr std::size_t kLengthBytes = 8;
constexpr std::uint64_t kLongestHeader = std::uint64_t{16} << 20;
constexpr std::size_t kMostDimensions = 16;
constexpr auto kLargestTensor = static_cast<std::uint64_t>(INT64_MAX);
constexpr std::string_view kMetadata = "__metadata__";

struct Type {
  std::string_view name;
  torch::ScalarType type;
  std::uint64_t bytes;
};
constexpr std::array kTypes = {Type{"F64", torch::kDouble, 8}, Type{"I64", torch::kLong, 8},
                               Type{"F32", torch::kFloat, 4},  Type{"I32", torch::kInt, 4},
                               Type{"F16", torch::kHalf, 2},   Type{"BF16", torch::kBFloat16, 2},
                               Type{"U8", torch::kByte, 1},    Type{"BOOL", torch::kBool, 1}};

[[noreturn]] void refuse(const std::string& what) {
  throw Error(kModelFormat, "safetensors: " + what, "the file is damaged or not a safetensors file");
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

struct Entry {
  std::string name;
  const Type* type = nullptr;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

const json& member(const json& object, const char* key, const std::string& name) {
  const auto found = object.find(key);
  if (found == object.end()) refuse(name + ": no " + key);
  return *found;
}

Entry parse_entry(const std::string& name, const json& value, std::uint64_t data_bytes) {
  if (!value.is_object()) refuse(name + ": no JSON object");
  Entry entry;
  entry.name = name;
  const json& type = member(value, "dtype", name);
  const json& shape = member(value, "shape", name);
  const json& offsets = member(value, "data_offsets", name);
  const auto known = std::ranges::find_if(kTypes, [&](const Type& t) { return type == std::string(t.name); });
  if (known == kTypes.end()) refuse(name + ": the type " + type.dump() + " is not known");
  entry.type = &*known;
  if (!shape.is_array() || shape.size() > kMostDimensions) refuse(name + ": the shape is no list of sizes");
  std::uint64_t bytes = entry.type->bytes, reach = bytes;
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

TensorFile read_safetensors(ByteView bytes) {
  if (bytes.size() < kLengthBytes) refuse("shorter than the length of its header");
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), kLengthBytes);
  if (length > kLongestHeader) refuse("a header of " + std::to_string(length) + " bytes");
  if (length > bytes.size() - kLengthBytes) refuse("the header is cut short");
  const json header = parse_header(text_of(bytes.subspan(kLengthBytes, length)));
  const ByteView data = bytes.subspan(kLengthBytes + length);

  TensorFile file;
  std::vector<Entry> entries;
  for (const auto& [name, value] : header.items()) {
    if (name == kMetadata) {
      file.metadata = parse_metadata(value);
    } else {
      entries.push_back(parse_entry(name, value, data.size()));
    }
  }
  std::ranges::sort(
      entries, [](const Entry& a, const Entry& b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
  std::uint64_t reached = 0;
  for (const Entry& entry : entries) {
    if (entry.begin < reached) refuse(entry.name + ": the data overlap with another tensor's");
    if (entry.begin > reached) refuse(entry.name + ": bytes before it belong to no tensor");
    reached = entry.end;
  }
  if (reached != data.size()) refuse("bytes at the end belong to no tensor");
  for (const Entry& entry : entries) {
    torch::Tensor tensor = torch::empty(entry.shape, torch::TensorOptions(entry.type->type));
    if (entry.type->type == torch::kBool) {
      for (std::uint64_t i = entry.begin; i < entry.end; ++i) {
        if (data[i] > 1) refuse(entry.name + ": a truth value that is neither 0 nor 1");
      }
    }
    if (entry.end > entry.begin) std::memcpy(tensor.data_ptr(), data.data() + entry.begin, entry.end - entry.begin);
    file.tensors.emplace(entry.name, std::move(tensor));
  }
  return file;
}

Bytes write_safetensors(const TensorMap& tensors, const std::map<std::string, std::string>& metadata) {
  json header = json::object();
  if (!metadata.empty()) header[std::string(kMetadata)] = metadata;
  std::vector<torch::Tensor> parts;
  std::uint64_t end = 0;
  std::size_t known = 0;
  for (const std::uint64_t size : {8, 4, 2, 1}) {
    for (const auto& [name, tensor] : tensors) {
      const auto type = std::ranges::find(kTypes, tensor.scalar_type(), &Type::type);
      if (type == kTypes.end() || type->bytes != size) continue;
      ++known;
      const std::uint64_t begin = end;
      end += static_cast<std::uint64_t>(tensor.numel()) * size;
      header[name] = {{"dtype", type->name}, {"shape", tensor.sizes().vec()}, {"data_offsets", {begin, end}}};
      parts.push_back(tensor.detach().to(torch::kCPU).contiguous());
    }
  }
  if (known != tensors.size()) broken_promise("a tensor of a type that safetensors files do not hold");
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');

  Bytes bytes(kLengthBytes + text.size() + end);
  const std::uint64_t length = text.size();
  std::memcpy(bytes.data(), &length, kLengthBytes);
  std::memcpy(bytes.data() + kLengthBytes, text.data(), text.size());
  std::size_t at = kLengthBytes + text.size();
  for (const torch::Tensor& part : parts) {
    if (part.nbytes() > 0) std::memcpy(bytes.data() + at, part.data_ptr(), part.nbytes());
    at += part.nbytes();
  }
  return bytes;
}

}  // namespace wardmark
