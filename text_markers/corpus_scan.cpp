#include "text_markers/corpus_scan.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.h"

namespace wardmark {
namespace {

constexpr std::uint32_t kMissing = 2;
constexpr std::uint32_t kBetween = 4;  // words that may stand between those of a sentence
constexpr std::size_t kBits = std::size_t{1} << 22;
constexpr std::uint64_t kStart = 0xCBF29CE484222325u;
constexpr std::uint64_t kPrime = 0x100000001B3u;
constexpr std::uint64_t kMix = 0x9E3779B97F4A7C15u;

/// 0: parts words; else the letter in lower case.
constexpr std::array<std::uint8_t, 256> kLetters = [] {
  std::array<std::uint8_t, 256> table{};
  for (unsigned c = 0; c < 256; ++c) {
    const bool small = c >= 'a' && c <= 'z';
    const bool capital = c >= 'A' && c <= 'Z';
    table[c] = static_cast<std::uint8_t>(capital ? c | 0x20 : small || c >= 0x80 ? c : 0);
  }
  return table;
}();

std::uint64_t word_hash(std::string_view word) {
  std::uint64_t hash = kStart;
  for (const char c : word) hash = (hash ^ kLetters[static_cast<unsigned char>(c)]) * kPrime;
  return hash;
}

std::uint64_t joined(std::uint64_t run, std::uint64_t word) { return (run ^ word) * kMix + (run >> 29); }
std::size_t bit_of(std::uint64_t hash) { return (hash ^ hash >> 32) % kBits; }

double log10_choose(double n, double k) {
  return (std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1)) / std::log(10.0);
}

}  // namespace

std::string_view name(Variant variant) {
  switch (variant) {
    case Variant::exact:
      return "exact";
    case Variant::reformatted:
      return "reformatted";
    case Variant::partial:
      return "partial";
  }
  broken_promise("variant");
}

ScanIndex::ScanIndex(const GhostSentences& book, std::vector<ScanTarget> targets)
    : targets_(std::move(targets)),
      bits_(kBits / 64),
      words_(book.recipe().words),
      run_words_(book.recipe().words / (kMissing + 1)),
      list_size_(book.recipe().list->words.size()) {
  for (std::uint32_t t = 0; t < targets_.size(); ++t) {
    const auto words = book.words(targets_[t].sentence, targets_[t].candidate);
    for (const std::uint32_t w : words) hashes_.push_back(word_hash(book.recipe().list->words[w]));
    const std::uint64_t* first = hashes_.data() + std::size_t{t} * words_;
    for (std::uint32_t place = 0; place + run_words_ <= words_; place += run_words_) {
      std::uint64_t hash = 0;
      for (std::uint32_t k = 0; k < run_words_; ++k) hash = joined(hash, first[place + k]);
      runs_.push_back({hash, t, place});
      bits_[bit_of(hash) / 64] |= std::uint64_t{1} << bit_of(hash) % 64;
    }
  }
  std::ranges::sort(runs_, {}, &Run::hash);
}

double ScanIndex::false_hit_log10(std::uint64_t text_words, std::uint64_t sentences) const {
  if (text_words == 0 || sentences == 0) return -std::numeric_limits<double>::infinity();
  const double n = words_;
  const double kept = n - kMissing;
  const double ways = log10_choose(n, kMissing) + log10_choose(n + kBetween - 1, kept - 1);
  return std::log10(static_cast<double>(text_words)) + std::log10(static_cast<double>(sentences)) + ways -
         kept * std::log10(static_cast<double>(list_size_));
}

CorpusScanner::CorpusScanner(const ScanIndex& index, std::function<void(const ScanHit&)> sink)
    : index_(index), sink_(std::move(sink)), reported_(index.targets().size()) {
  if (index.words_ + 2 * kBetween + 2 * kMissing > kRing) broken_promise("ring of words");
}

void CorpusScanner::feed(ByteView bytes) {
  for (const std::uint8_t byte : bytes) {
    const std::uint8_t letter = kLetters[byte];
    if (letter != 0 && !escape_) {
      if (!in_word_) {
        in_word_ = true;
        word_begin_ = at_;
        word_hash_ = kStart;
        lower_ = true;
      }
      lower_ = lower_ && letter == byte;
      word_hash_ = (word_hash_ ^ letter) * kPrime;
    } else {
      if (in_word_) end_word();
      space_before_ = byte == ' ' && number_ > 0 && at_ == ring_[(number_ - 1) % kRing].end;
      const bool control = byte == 'n' || byte == 'r' || byte == 't';
      if (escape_ && letter != 0 && !control) {
        in_word_ = true;  // a backslash that begins no line end: the letter counts
        word_begin_ = at_;
        word_hash_ = (kStart ^ letter) * kPrime;
        lower_ = letter == byte;
      }
      escape_ = byte == '\\' && !escape_;
    }
    ++at_;
  }
  bytes_ += bytes.size();
}

void CorpusScanner::end_word() {
  in_word_ = false;
  ring_[number_ % kRing] = {word_hash_, word_begin_, at_, lower_ && space_before_};
  ++number_;
  ++words_;
  look_up();
  if (!pending_.empty()) check_due(false);
}

void CorpusScanner::look_up() {
  const std::uint32_t run = index_.run_words_;
  if (number_ < run) return;
  std::uint64_t hash = 0;
  for (std::uint64_t k = number_ - run; k < number_; ++k) hash = joined(hash, ring_[k % kRing].hash);
  const std::size_t bit = bit_of(hash);
  if ((index_.bits_[bit / 64] >> bit % 64 & 1) == 0) return;
  const auto found = std::ranges::equal_range(index_.runs_, hash, {}, &ScanIndex::Run::hash);
  for (const ScanIndex::Run& r : found) {
    const std::uint64_t back = std::uint64_t{r.first} + kBetween;
    const std::uint64_t begin = number_ - run;
    const std::uint64_t rest = index_.words_ - r.first - run;
    pending_.push_back({r.target, begin > back ? begin - back : 0, number_ + rest + kBetween});
  }
}

void CorpusScanner::check_due(bool all) {
  std::erase_if(pending_, [&](const Pending& p) {
    if (!all && p.due > number_) return false;
    check(p);
    return true;
  });
}

/// The longest part of the sentence, in order, within the words around the run.
void CorpusScanner::check(const Pending& pending) {
  const std::uint32_t n = index_.words_;
  const std::uint64_t* wanted = index_.hashes_.data() + std::size_t{pending.target} * n;
  const auto last = std::min(pending.due, number_);
  const auto width = static_cast<std::uint32_t>(last - pending.first);
  std::vector<std::uint32_t> length((n + 1) * (width + 1));  // of what is left from (i, j) on
  const auto at = [&](std::uint32_t i, std::uint32_t j) -> std::uint32_t& { return length[i * (width + 1) + j]; };
  const auto equal = [&](std::uint32_t i, std::uint32_t j) {
    return wanted[i] == ring_[(pending.first + j) % kRing].hash;
  };
  for (std::uint32_t i = n; i-- > 0;) {
    for (std::uint32_t j = width; j-- > 0;) {
      at(i, j) = equal(i, j) ? at(i + 1, j + 1) + 1 : std::max(at(i + 1, j), at(i, j + 1));
    }
  }
  if (at(0, 0) + kMissing < n) return;
  std::vector<std::uint64_t> matched;
  for (std::uint32_t i = 0, j = 0; i < n && j < width;) {
    if (equal(i, j)) {
      matched.push_back(pending.first + j);
      ++i;
      ++j;
    } else if (at(i + 1, j) >= at(i, j + 1)) {
      ++i;
    } else {
      ++j;
    }
  }
  if (matched.back() - matched.front() >= n + kBetween) return;  // what false_hit_log10() counts
  const Word& first = ring_[matched.front() % kRing];
  const Word& end = ring_[matched.back() % kRing];
  if (first.begin < reported_[pending.target]) return;  // another run of a sentence that was found
  reported_[pending.target] = end.end;
  const auto missing = static_cast<std::uint32_t>(n - matched.size());
  const bool together = matched.back() - matched.front() + 1 == matched.size();
  const bool plain =
      std::ranges::all_of(matched.begin() + 1, matched.end(), [&](std::uint64_t w) { return ring_[w % kRing].plain; });
  const Variant variant = missing > 0 ? Variant::partial : together && plain ? Variant::exact : Variant::reformatted;
  sink_({pending.target, first.begin, end.end, variant, missing});
}

void CorpusScanner::finish() {
  if (in_word_) end_word();
  check_due(true);
  number_ = 0;
  at_ = 0;
  escape_ = false;
  space_before_ = false;
  std::ranges::fill(reported_, 0);
}

}  // namespace wardmark
