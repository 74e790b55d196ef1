#include <cstddef>
#include <cstdint>

#include "core/error.h"
#include "models/language_config.h"

namespace {

void check(const wardmark::LanguageConfig& c) {
  const auto within = [](std::int64_t value, std::int64_t most) {
    if (value < 1 || value > most) __builtin_trap();
  };
  within(c.vocabulary, 1 << 22);
  within(c.context, 1 << 24);
  within(c.width, 1 << 17);
  within(c.layers, 1024);
  within(c.heads, 1024);
  within(c.key_heads, c.heads);
  within(c.head_width, 1 << 17);
  within(c.hidden, 1 << 19);
  if (c.heads % c.key_heads != 0 || !(c.epsilon > 0) || !(c.rope_base > 0) || !(c.rope_factor > 0)) __builtin_trap();
}

}  // namespace

/// Any bytes as a config.json and as a model of llama2.c: refused as model_format, or shapes in their ranges.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wardmark;
  try {
    check(parse_language_config({data, size}));
  } catch (const Error& error) {
    if (error.code() != Code::model_format) __builtin_trap();
  }
  try {
    const Llama2cFile file = parse_llama2c({data, size});
    check(file.config);
    std::uint64_t reached = 0;
    for (const Llama2cTensor& tensor : file.tensors) {
      std::uint64_t bytes = 4;
      for (const std::int64_t side : tensor.shape) bytes *= static_cast<std::uint64_t>(side);
      if (tensor.begin < reached || tensor.end - tensor.begin != bytes || tensor.end > size) __builtin_trap();
      reached = tensor.end;
    }
  } catch (const Error& error) {
    if (error.code() != Code::model_format) __builtin_trap();
  }
  return 0;
}
