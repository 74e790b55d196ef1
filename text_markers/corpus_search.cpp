#include "text_markers/corpus_search.h"

#include <algorithm>
#include <bit>

#include "text_markers/word_blocks.h"

#if defined(WARDMARK_SIMD) && defined(__x86_64__) && defined(__gnu_linux__)
#include <immintrin.h>
#define WARDMARK_AVX2 __attribute__((target("avx2")))
#endif

namespace wardmark {
namespace {

constexpr std::size_t kFew = 12;  // pairs: of four sentences
constexpr std::size_t kMargin = std::size_t{64} << 10;
constexpr std::size_t kPiece = std::size_t{256} << 10;

bool at_pair(const std::uint8_t* bytes, const std::vector<ScanPair>& pairs) {
  return std::ranges::any_of(
      pairs, [&](const ScanPair& pair) { return (bytes[0] | 0x20) == pair.first && (bytes[1] | 0x20) == pair.second; });
}

/// The first place from `at` on where one of the pairs stands, or `end` or more; bytes up to `end` are read.
using NextPair = std::size_t (*)(const std::uint8_t* bytes, std::size_t at, std::size_t end,
                                 const std::vector<ScanPair>& pairs);

std::size_t next_plain(const std::uint8_t* bytes, std::size_t at, std::size_t end, const std::vector<ScanPair>& pairs) {
  while (at + 1 < end && !at_pair(bytes + at, pairs)) ++at;
  return at + 1 < end ? at : end;
}

#if defined(__SSE2__)
std::size_t next_sse2(const std::uint8_t* bytes, std::size_t at, std::size_t end, const std::vector<ScanPair>& pairs) {
  __m128i wanted[2 * kFew];
  for (std::size_t p = 0; p < pairs.size(); ++p) {
    wanted[2 * p] = _mm_set1_epi8(static_cast<char>(pairs[p].first));
    wanted[2 * p + 1] = _mm_set1_epi8(static_cast<char>(pairs[p].second));
  }
  const __m128i bit = _mm_set1_epi8(0x20);
  for (; at + 17 <= end; at += 16) {
    const __m128i first = _mm_or_si128(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + at)), bit);
    const __m128i second = _mm_or_si128(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + at + 1)), bit);
    __m128i any = _mm_setzero_si128();
    for (std::size_t p = 0; p < 2 * pairs.size(); p += 2) {
      any = _mm_or_si128(any, _mm_and_si128(_mm_cmpeq_epi8(first, wanted[p]), _mm_cmpeq_epi8(second, wanted[p + 1])));
    }
    const auto found = static_cast<unsigned>(_mm_movemask_epi8(any));
    if (found != 0) return at + static_cast<std::size_t>(std::countr_zero(found));
  }
  return next_plain(bytes, at, end, pairs);
}
#endif

#if defined(WARDMARK_AVX2)
WARDMARK_AVX2 std::size_t next_avx2(const std::uint8_t* bytes, std::size_t at, std::size_t end,
                                    const std::vector<ScanPair>& pairs) {
  __m256i wanted[2 * kFew];
  for (std::size_t p = 0; p < pairs.size(); ++p) {
    wanted[2 * p] = _mm256_set1_epi8(static_cast<char>(pairs[p].first));
    wanted[2 * p + 1] = _mm256_set1_epi8(static_cast<char>(pairs[p].second));
  }
  const __m256i bit = _mm256_set1_epi8(0x20);
  for (; at + 33 <= end; at += 32) {
    const __m256i first = _mm256_or_si256(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes + at)), bit);
    const __m256i second = _mm256_or_si256(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes + at + 1)), bit);
    __m256i any = _mm256_setzero_si256();
    for (std::size_t p = 0; p < 2 * pairs.size(); p += 2) {
      any = _mm256_or_si256(
          any, _mm256_and_si256(_mm256_cmpeq_epi8(first, wanted[p]), _mm256_cmpeq_epi8(second, wanted[p + 1])));
    }
    const auto found = static_cast<std::uint32_t>(_mm256_movemask_epi8(any));
    if (found != 0) return at + static_cast<std::size_t>(std::countr_zero(found));
  }
  return next_plain(bytes, at, end, pairs);
}
#endif

NextPair widest() {
#if defined(WARDMARK_AVX2)
  if (__builtin_cpu_supports("avx2")) return next_avx2;
#endif
#if defined(__SSE2__)
  return next_sse2;
#else
  return next_plain;
#endif
}

bool few(const std::vector<ScanPair>& pairs) {
  return !pairs.empty() && pairs.size() <= kFew && std::ranges::none_of(pairs, &std::string::empty, &ScanPair::word);
}

/// Where the word at `at` of any of the pairs stands whole, in any case.
bool word_at(ByteView text, std::size_t at, const std::vector<ScanPair>& pairs) {
  for (const ScanPair& pair : pairs) {
    if (at < pair.place || at - pair.place + pair.word.size() > text.size()) continue;
    const std::uint8_t* word = text.data() + (at - pair.place);
    std::size_t same = 0;
    while (same < pair.word.size() && (word[same] | 0x20) == static_cast<std::uint8_t>(pair.word[same])) ++same;
    if (same == pair.word.size()) return true;
  }
  return false;
}

}  // namespace

CorpusSearch::CorpusSearch(const ScanIndex& index, std::function<void(const ScanHit&)> sink)
    : scanner_(index, std::move(sink)), sparse_(few(index.pairs())), pairs_(index.pairs()) {}

void CorpusSearch::feed(ByteView bytes) {
  bytes_ += bytes.size();
  if (!sparse_) return scanner_.feed(bytes);
  count_words(bytes);
  while (!bytes.empty()) {
    const std::size_t size = std::min(bytes.size(), kPiece);
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    bytes = bytes.subspan(size);
    if (buffer_.size() >= looked_ + kPiece + kMargin) look(false);
  }
}

/// Searches what is far enough from the buffer's end, and keeps what later places may need.
void CorpusSearch::look(bool all) {
  const std::size_t end = all ? buffer_.size() : buffer_.size() - kMargin;
  static const NextPair next = widest();
  std::size_t at = looked_;
  const std::size_t readable = std::min(end + 1, buffer_.size());
  while (at < end && (at = next(buffer_.data(), at, readable, pairs_)) < end) {
    if (at + 1 < readable && word_at(buffer_, at, pairs_)) look_around(at);
    ++at;
  }
  looked_ = end;
  const std::size_t done = all ? buffer_.size() : looked_ > kMargin ? looked_ - kMargin : 0;
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(done));
  start_ += done;
  looked_ -= std::min(looked_, done);
}

/// Gives the scanner the words around a place that it has not seen.
void CorpusSearch::look_around(std::size_t place) {
  const auto span = static_cast<std::size_t>(scanner_.reach());
  std::size_t begin = place;
  std::size_t words = 0;
  const std::size_t least = place > kMargin ? place - kMargin : 0;
  while (begin > least && words <= span) {
    --begin;
    if (begin > 0 && part_of_word(buffer_[begin]) && !part_of_word(buffer_[begin - 1])) ++words;
  }
  std::size_t end = place;
  words = 0;
  const std::size_t most = std::min(buffer_.size(), place + kMargin);
  while (end < most && words <= span) {
    ++end;
    if (end < most && part_of_word(buffer_[end]) && !part_of_word(buffer_[end - 1])) ++words;
  }
  if (start_ + end <= scanned_) return;
  if (start_ + begin > scanned_ || scanned_ == 0) {
    const bool escape = begin > 0 && buffer_[begin - 1] == '\\';
    if (escape) --begin;  // a backslash belongs to the letter behind it
    scanner_.skip_to(start_ + begin);
  } else {
    begin = static_cast<std::size_t>(scanned_ - start_);
  }
  scanner_.feed(ByteView(buffer_).subspan(begin, end - begin));
  scanned_ = start_ + end;
}

/// As CorpusScanner would count them.
void CorpusSearch::count_words(ByteView bytes) {
  const auto count = [&](std::uint64_t letters, std::uint64_t last) {
    words_ += static_cast<std::uint64_t>(std::popcount(letters & ~(letters << 1 | (letter_ ? 1 : 0))));
    letter_ = last != 0;
  };
  std::size_t at = 0;
  for (; at < bytes.size(); at += 64) {
    std::array<std::uint8_t, 64> rest{};
    const std::size_t size = std::min<std::size_t>(64, bytes.size() - at);
    const std::uint8_t* block = bytes.data() + at;
    if (size < 64) {
      std::copy_n(block, size, rest.begin());
      block = rest.data();
    }
    Classes classes = classes_of(block);
    if (classes.slashes != 0 || slash_) {
      for (unsigned i = 0; i < size; ++i) {
        if (slash_ && line_letter(block[i])) classes.letters &= ~(std::uint64_t{1} << i);
        slash_ = block[i] == '\\' && !slash_;
      }
    }
    count(classes.letters, classes.letters >> (size - 1) & 1);
  }
}

void CorpusSearch::flush() {
  if (sparse_) look(true);
  scanner_.flush();
}

void CorpusSearch::finish() {
  if (sparse_) look(true);
  scanner_.finish();
  start_ = 0;
  scanned_ = 0;
  letter_ = false;
  slash_ = false;
}

}  // namespace wardmark
