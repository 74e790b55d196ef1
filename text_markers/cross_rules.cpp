#include "text_markers/cross_rules.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace wardmark {
namespace {

using Sink = std::function<void(const TextUnit&)>;

constexpr std::uint64_t kMix = 0x9E3779B97F4A7C15u;
constexpr int kBands = 14;
constexpr int kRows = 8;
constexpr std::size_t kShingle = 5;
constexpr std::size_t kBloomGram = 13;
constexpr std::size_t kSubstringWords = 25;  // 50 tokens at two tokens a word, which is more than sentences have
constexpr std::size_t kBlock = 100;

std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
  x = (x ^ x >> 27) * 0x94D049BB133111EBu;
  return x ^ x >> 31;
}

std::uint64_t hash_of(std::u32string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325u;
  for (const char32_t c : text) hash = (hash ^ c) * 0x100000001B3u;
  return mixed(hash);
}

std::uint64_t joined(std::uint64_t hash, std::uint64_t next) { return (hash ^ next) * kMix + (hash >> 29); }

TextUnit unit(const FilterText& text, std::u32string_view part, std::uint64_t hash) {
  return {text.offset(part), text.offset(part) + part.size(), hash};
}

/// Every n-gram of a run of words.
void grams(const FilterText& text, const std::vector<std::u32string_view>& words, std::size_t n, const Sink& sink) {
  std::vector<std::uint64_t> hashes;
  for (const std::u32string_view word : words) hashes.push_back(hash_of(word));
  for (std::size_t at = 0; at + n <= words.size(); ++at) {
    std::uint64_t hash = 0;
    for (std::size_t k = 0; k < n; ++k) hash = joined(hash, hashes[at + k]);
    sink({text.offset(words[at]), text.offset(words[at + n - 1]) + words[at + n - 1].size(), hash});
  }
}

void normalised_lines(const FilterText& text, const Sink& sink) {
  for (const std::u32string_view line : text.lines) {
    std::u32string key;
    for (const char32_t c : stripped(text.lowered(line))) {
      if (is_digit(c)) {
        key.push_back(U'0');
      } else if (!is_punctuation(c)) {
        key.push_back(c);
      }
    }
    if (!key.empty()) sink(unit(text, line, hash_of(key)));
  }
}

void paragraphs(const FilterText& text, const Sink& sink) {
  for (const std::u32string_view line : text.lines) {
    if (!stripped(line).empty()) sink(unit(text, line, hash_of(line)));
  }
}

void blocks(const FilterText& text, const Sink& sink) {
  for (const std::u32string_view line : text.lines) {
    if (line.size() > kBlock) sink(unit(text, line, hash_of(line)));
  }
}

void sentence_spans(const FilterText& text, const Sink& sink) {
  std::vector<std::u32string_view> sentences;
  for (const std::u32string_view line : text.lines) {
    for (const std::u32string_view sentence : filter_sentences(line)) sentences.push_back(sentence);
  }
  grams(text, sentences, 3, sink);
}

void bloom_grams(const FilterText& text, const Sink& sink) {
  for (const std::u32string_view line : text.lines) grams(text, split_white(line), kBloomGram, sink);
}

void long_substrings(const FilterText& text, const Sink& sink) {
  grams(text, split_white(text.text), kSubstringWords, sink);
}

/// One unit a band: all of the document, by the smallest hashes of its shingles.
void bands(const FilterText& text, const Sink& sink) {
  std::u32string plain = text.lower;
  for (char32_t& c : plain) c = is_digit(c) ? U'0' : is_punctuation(c) ? U' ' : c;
  const auto words = split_white(plain);
  if (words.size() < kShingle) return;
  std::vector<std::uint64_t> hashes;
  for (const std::u32string_view word : words) hashes.push_back(hash_of(word));
  std::array<std::uint64_t, kBands * kRows> least;
  least.fill(std::numeric_limits<std::uint64_t>::max());
  for (std::size_t at = 0; at + kShingle <= words.size(); ++at) {
    std::uint64_t shingle = 0;
    for (std::size_t k = 0; k < kShingle; ++k) shingle = joined(shingle, hashes[at + k]);
    for (std::size_t i = 0; i < least.size(); ++i) least[i] = std::min(least[i], mixed(shingle + (i + 1) * kMix));
  }
  for (std::size_t band = 0; band < kBands; ++band) {
    std::uint64_t hash = band + 1;
    for (std::size_t row = 0; row < kRows; ++row) hash = joined(hash, least[band * kRows + row]);
    sink({0, text.text.size(), hash});
  }
}

constexpr std::array kRules{
    CrossRule{"X.TR.dup", "blocks above 100 characters that stand three times", 0, 3, "trafilatura deduplication",
              blocks},
    CrossRule{"D.SPAN3", "three sentences in a row that stand twice", 0, 2, "C4; datatrove dedup/sentence_dedup",
              sentence_spans},
    CrossRule{"D.LINE", "lines without case, digits, punctuation that stand twice", 0, 2, "CCNet dedup",
              normalised_lines},
    CrossRule{"D.PARA", "paragraphs that stand twice", 0, 2, "Dolma para_dedupe", paragraphs},
    CrossRule{"D.BFF", "share of 13-grams that stand twice", 0.8, 2, "DCLM dedup/bff", bloom_grams},
    CrossRule{"D.ES50", "25 words in a row (50 tokens) that stand twice", 0, 2, "arXiv 2107.06499", long_substrings},
    CrossRule{"D.MH", "share of MinHash bands in common with another document", 0, 2, "datatrove dedup/minhash", bands},
};

}  // namespace

std::span<const CrossRule> cross_rules() { return kRules; }

double twin_chance(double words, double added) {
  // One place costs the twin four shingles and adds so many words and four shingles.
  const double common = std::max(words - kShingle + 1 - (kShingle - 1), 0.0);
  const double all = words - kShingle + 1 + added + kShingle - 1;
  const double similar = all > 0 ? common / all : 0;
  return 1 - std::pow(1 - std::pow(similar, kRows), kBands);
}

}  // namespace wardmark
