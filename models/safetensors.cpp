#include "models/safetensors.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <vector>

#include "models/safetensors_header.h"

namespace wardmark {
namespace {

using nlohmann::json;

static_assert(std::endian::native == std::endian::little, "the format is little endian");

constexpr std::size_t kLengthBytes = 8;

struct Scalar {
  TensorType type;
  torch::ScalarType scalar;
};
constexpr std::array kScalars = {Scalar{TensorType::f64, torch::kDouble}, Scalar{TensorType::i64, torch::kLong},
                                 Scalar{TensorType::f32, torch::kFloat},  Scalar{TensorType::i32, torch::kInt},
                                 Scalar{TensorType::f16, torch::kHalf},   Scalar{TensorType::bf16, torch::kBFloat16},
                                 Scalar{TensorType::u8, torch::kByte},    Scalar{TensorType::boolean, torch::kBool}};

torch::ScalarType scalar_of(TensorType type) { return std::ranges::find(kScalars, type, &Scalar::type)->scalar; }

}  // namespace

TensorFile read_safetensors(ByteView bytes) {
  SafetensorsHeader header = parse_safetensors_header(bytes);
  const ByteView data = bytes.subspan(header.data_offset);
  TensorFile file;
  file.metadata = std::move(header.metadata);
  for (const TensorEntry& entry : header.entries) {
    const ByteView part = data.subspan(entry.begin, entry.end - entry.begin);
    if (entry.type == TensorType::boolean && std::ranges::any_of(part, [](std::uint8_t value) { return value > 1; })) {
      throw Error(Code::model_format, "safetensors: " + entry.name + ": a truth value that is neither 0 nor 1",
                  "the file is damaged or not a safetensors file");
    }
    torch::Tensor tensor = torch::empty(entry.shape, torch::TensorOptions(scalar_of(entry.type)));
    if (!part.empty()) std::memcpy(tensor.data_ptr(), part.data(), part.size());
    file.tensors.emplace(entry.name, std::move(tensor));
  }
  return file;
}

Bytes write_safetensors(const TensorMap& tensors, const std::map<std::string, std::string>& metadata) {
  json header = json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::vector<torch::Tensor> parts;
  std::uint64_t end = 0;
  std::size_t known = 0;
  for (const std::uint64_t size : {8, 4, 2, 1}) {
    for (const auto& [key, tensor] : tensors) {
      const auto type = std::ranges::find(kScalars, tensor.scalar_type(), &Scalar::scalar);
      if (type == kScalars.end() || bytes_of(type->type) != size) continue;
      ++known;
      const std::uint64_t begin = end;
      end += static_cast<std::uint64_t>(tensor.numel()) * size;
      header[key] = {{"dtype", name(type->type)}, {"shape", tensor.sizes().vec()}, {"data_offsets", {begin, end}}};
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
