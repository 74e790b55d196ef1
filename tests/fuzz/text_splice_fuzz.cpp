#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "core/error.h"
#include "text_markers/mark_text.h"

/// Any bytes as a text of any format (the first byte chooses format and the kind of a record's field): refused as an
/// item, or spliced such that taking the sentences out gives the input, and each stands in the output as it should.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wardmark;
  if (size == 0) return 0;
  static const Subkey key(ByteView(Bytes(32, 1)));
  static const DocumentDraw documents(key, 1);
  static const Thresholds all{UINT64_MAX};
  static const std::vector<std::string> sentences{"A ghost sentence marks this text and reads alpha beta."};
  constexpr const char* kKinds[] = {"", "text", "markdown", "html"};
  GhostRecipe recipe;
  recipe.list = &wordlists().front();
  recipe.sentences = 1;
  recipe.min_words = 2;
  recipe.field = "t";
  recipe.inner = kKinds[data[0] / 16 % 4];
  recipe.latin1 = data[0] % 3 == 0;
  if (data[0] >= 128) recipe.id_field = "i";
  const auto formats = text_formats();
  const TextFormat& format = formats[data[0] % formats.size()];
  const ByteView file(data + 1, size - 1);
  try {
    const MarkedText marked = mark_text(file, "f", format, {recipe, documents, key, all, sentences});
    std::vector<Insertion> insertions;
    const Bytes out = splice(file, marked.splices, insertions);
    if (!std::ranges::equal(unsplice(out, insertions), file)) __builtin_trap();
    const EncodedText back(out, recipe.latin1);
    std::size_t found = 0;
    for (std::size_t at = 0; (at = back.text().find(sentences[0], at)) != std::string_view::npos; ++at) ++found;
    if (found < insertions.size()) __builtin_trap();
  } catch (const Error& error) {
    if (error.kind() != Kind::item) __builtin_trap();
  }
  return 0;
}
