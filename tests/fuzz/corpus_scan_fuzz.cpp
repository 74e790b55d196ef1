#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "text_markers/corpus_search.h"

/// Any bytes as a corpus, the first byte as the size of the pieces it comes in: hits lie inside it, and do not depend
/// on the pieces, nor on whether most of the text is passed over. The word list has three words, so that hits are
/// common.
namespace {

using namespace wardmark;

ScanIndex index_of(const Wordlist& list) {
  GhostRecipe recipe;
  recipe.list = &list;
  recipe.words = 6;
  recipe.templates = default_templates();
  return ScanIndex(GhostSentences(recipe, Subkey(ByteView(Bytes(32, 1)))), {{0, 0, true}, {1, 0, false}});
}

/// Where hits begin, and how many words there are.
template <class Search>
std::vector<std::uint64_t> hits_of(const ScanIndex& index, ByteView text, std::size_t piece) {
  std::vector<std::uint64_t> hits;
  Search search(index, [&](const ScanHit& hit) {
    if (hit.offset >= hit.end || hit.end > text.size() || hit.missing > 2) __builtin_trap();
    hits.push_back(hit.offset);
  });
  for (std::size_t at = 0; at < text.size(); at += piece) {
    search.feed(text.subspan(at, std::min(piece, text.size() - at)));
  }
  search.finish();
  hits.push_back(search.words());
  return hits;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static const std::string_view letters[] = {"a", "b", "c"};
  static const std::string_view pairs[] = {"ab", "bc", "ca"};
  static const Wordlist single{"few", "en", "here", letters};
  static const Wordlist twofold{"few", "en", "here", pairs};
  static const ScanIndex every = index_of(single);
  static const ScanIndex sparse = index_of(twofold);  // of words that have two letters
  const ByteView text(data + 1, size - 1);
  const std::size_t piece = data[0] + 1u;
  if (hits_of<CorpusScanner>(every, text, piece) != hits_of<CorpusScanner>(every, text, text.size() + 1)) {
    __builtin_trap();
  }
  if (hits_of<CorpusSearch>(sparse, text, piece) != hits_of<CorpusScanner>(sparse, text, text.size() + 1)) {
    __builtin_trap();
  }
  return 0;
}
