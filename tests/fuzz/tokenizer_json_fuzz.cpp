#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "core/error.h"
#include "models/tokenizer_json.h"

namespace {

/// The vocabulary cuts a text into tokens that cover it, of ids that are there; or is refused.
void use(const wardmark::ByteLevelModel& model) {
  using namespace wardmark;
  const ByteLevelBpe tokenizer(model);
  const std::string_view text = "It's 12 o'clock,  na\xC3\xAFve <s> \xE3\x81\x82\xFF\n\n end";
  std::uint32_t reached = 0;
  for (const Token& token : tokenizer.encode(text)) {
    if (token.id < 0 || token.id >= tokenizer.size() || token.begin > reached || token.end < reached) __builtin_trap();
    reached = token.end;
  }
  if (reached != text.size()) __builtin_trap();
}

}  // namespace

/// Any bytes as a tokenizer.json, as its model alone with a whole byte vocabulary, and as GPT-2's pair of files.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wardmark;
  const ByteView file(data, size);
  const auto refused_or = [](auto action) {
    try {
      action();
    } catch (const Error& error) {
      if (error.code() != Code::model_format) __builtin_trap();
    }
  };
  refused_or([&] { use(parse_tokenizer_json(file)); });
  const std::size_t half = std::min<std::size_t>(size, size > 0 ? data[0] : 0);
  refused_or([&] { use(parse_vocabulary_and_merges(file.subspan(half), file.first(half))); });
  refused_or([&] {
    // Split patterns are reached sooner with a vocabulary that is whole.
    ByteLevelModel model;
    for (const std::string& symbol : byte_symbols()) model.words.push_back(symbol);
    model.words.insert(model.words.end(), {"th", "<s>"});
    model.plain.assign(258, false);
    model.merges.push_back({'t', 'h', 256});
    model.added.push_back({257, "<s>", true, false});
    model.patterns.emplace_back(text_of(file).substr(0, 200));
    use(model);
  });
  return 0;
}
