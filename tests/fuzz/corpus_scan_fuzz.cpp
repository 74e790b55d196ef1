#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "text_markers/corpus_scan.h"

/// Any bytes as a corpus, the first byte as the size of the pieces it comes in: hits lie inside it, and do not depend
/// on the pieces. The word list has three words, so that hits are common.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wardmark;
  if (size == 0) return 0;
  static const std::string_view words[] = {"a", "b", "c"};
  static const Wordlist list{"few", "en", "here", words};
  static const ScanIndex index = [] {
    GhostRecipe recipe;
    recipe.list = &list;
    recipe.words = 6;
    recipe.templates = default_templates();
    return ScanIndex(GhostSentences(recipe, Subkey(ByteView(Bytes(32, 1)))), {{0, 0, true}, {1, 0, false}});
  }();
  const ByteView text(data + 1, size - 1);
  const auto scan = [&](std::size_t piece) {
    std::vector<std::uint64_t> hits;
    CorpusScanner scanner(index, [&](const ScanHit& hit) {
      if (hit.offset >= hit.end || hit.end > text.size() || hit.missing > 2) __builtin_trap();
      hits.push_back(hit.offset);
    });
    for (std::size_t at = 0; at < text.size(); at += piece) {
      scanner.feed(text.subspan(at, std::min(piece, text.size() - at)));
    }
    scanner.finish();
    return hits;
  };
  if (scan(data[0] + 1u) != scan(text.size() + 1)) __builtin_trap();
  return 0;
}
