#include <cstddef>
#include <cstdint>

#include "core/error.h"
#include "models/llama2c_tokenizer.h"

/// Any bytes as a tokenizer.bin of llama2.c: refused as model_format, or words that cut texts and give them back.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wardmark;
  try {
    const Llama2cTokenizer tokenizer(parse_scored_words({data, size}));
    const std::string text = "a b\xC3\xA9  ab \xFF";
    std::vector<std::int32_t> ids;
    for (const Token& token : tokenizer.encode(text)) {
      if (token.id < 0 || token.id >= tokenizer.size() || token.end > text.size()) __builtin_trap();
      ids.push_back(token.id);
    }
    tokenizer.decode(ids);
  } catch (const Error& error) {
    if (error.code() != Code::model_format) __builtin_trap();
  }
  return 0;
}
