#include "text_markers/corpus_scan.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>

#include "core/error.h"
#include "text_markers/word_blocks.h"

namespace wardmark {
namespace {

constexpr std::uint32_t kMissing = 2;
constexpr std::uint32_t kBetween = 4;  // words that may stand between those of a sentence
constexpr std::size_t kFewTargets = 4;
constexpr std::size_t kBits = std::size_t{1} << 22;
constexpr std::size_t kWordBits = std::size_t{1} << 18;

std::uint64_t joined(std::uint64_t run, std::uint64_t word) { return (run ^ word) * kMix + (run >> 29); }
std::size_t bit_of(std::uint64_t hash) { return (hash ^ hash >> 32) % kBits; }
std::size_t word_bit_of(std::uint64_t hash) { return hash % kWordBits; }

double log10_choose(double n, double k) {
  return (std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1)) / std::log(10.0);
}

/// How often a letter stands in English text, in thousandths; other bytes count as rare.
std::uint32_t commonness(std::uint8_t letter) {
  constexpr std::array<std::uint8_t, 26> kShares{82, 15, 28, 43, 127, 22, 20, 61, 70, 2,  8, 40, 24,
                                                 67, 75, 19, 1,  60,  63, 91, 28, 10, 24, 2, 20, 1};
  return letter >= 'a' && letter <= 'z' ? kShares[letter - 'a'] : 1;
}

/// Of a run's words the two letters that stand together least often, as far as single letters tell.
ScanPair rarest_pair(const std::vector<std::string_view>& run) {
  ScanPair best;
  std::uint32_t least = std::numeric_limits<std::uint32_t>::max();
  for (const std::string_view word : run) {
    for (std::size_t at = 0; at + 1 < word.size(); ++at) {
      const auto first = static_cast<std::uint8_t>(word[at] | 0x20);
      const auto second = static_cast<std::uint8_t>(word[at + 1] | 0x20);
      const std::uint32_t common = commonness(first) * commonness(second);
      if (common >= least) continue;
      least = common;
      best = {first, second, at, std::string(word)};
    }
  }
  for (char& c : best.word) c = static_cast<char>(c | 0x20);
  return best;
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
      word_bits_(kWordBits / 64),
      bits_(kBits / 64),
      words_(book.recipe().words),
      run_words_(book.recipe().words / (kMissing + 1)),
      list_size_(book.recipe().list->words.size()) {
  for (std::uint32_t t = 0; t < targets_.size(); ++t) {
    const auto words = book.words(targets_[t].sentence, targets_[t].candidate);
    for (const std::uint32_t w : words) hashes_.push_back(word_hash(book.recipe().list->words[w]));
    for (const std::uint64_t hash : std::span(hashes_).last(words_)) {
      word_bits_[word_bit_of(hash) / 64] |= std::uint64_t{1} << word_bit_of(hash) % 64;
    }
    const std::uint64_t* first = hashes_.data() + std::size_t{t} * words_;
    for (std::uint32_t place = 0; place + run_words_ <= words_; place += run_words_) {
      std::uint64_t hash = 0;
      for (std::uint32_t k = 0; k < run_words_; ++k) hash = joined(hash, first[place + k]);
      runs_.push_back({hash, t, place});
      if (targets_.size() <= kFewTargets) {
        std::vector<std::string_view> run;
        for (std::uint32_t k = 0; k < run_words_; ++k) run.push_back(book.recipe().list->words[words[place + k]]);
        pairs_.push_back(rarest_pair(run));
      }
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
  const std::uint8_t* const data = bytes.data();
  std::size_t at = 0;
  // What the last piece left open is gone through byte by byte, up to the end of its word.
  while (at < bytes.size() && (in_word_ || escape_)) step(data[at++]);
  for (; at + 64 <= bytes.size(); at += 64) {
    Classes classes = classes_of(data + at);
    if ((classes.slashes & (classes.slashes << 1 | (escape_ ? 1 : 0))) != 0) {  // one behind the other
      for (std::size_t i = 0; i < 64; ++i) step(data[at + i]);
      continue;
    }
    for (std::uint64_t left = classes.slashes << 1 | (escape_ ? 1 : 0); left != 0; left &= left - 1) {
      const auto i = static_cast<unsigned>(std::countr_zero(left));
      if (line_letter(data[at + i])) classes.letters &= ~(std::uint64_t{1} << i);
    }
    block(data + at, classes.letters, classes.capitals);
    escape_ = classes.slashes >> 63 != 0;
  }
  while (at < bytes.size()) step(data[at++]);
  bytes_ += bytes.size();
}

/// 64 bytes, those of line ends in JSON no longer among the letters.
void CorpusScanner::block(const std::uint8_t* bytes, std::uint64_t letters, std::uint64_t capitals) {
  unsigned done = 0;
  const auto ones = [](std::uint64_t bits) { return static_cast<unsigned>(std::countr_one(bits)); };
  if (in_word_) {  // goes on from before
    done = ones(letters);
    open_word(bytes, done, (capitals & low_bits(done)) == 0);
    at_ += done;
    if (done == 64) return;
    end_word();
  }
  const std::uint64_t start = at_ - done;
  while (done < 64) {
    const std::uint64_t rest = letters >> done;
    if (rest == 0) break;
    const unsigned begin = done + static_cast<unsigned>(std::countr_zero(rest));
    const unsigned size = ones(letters >> begin);
    const unsigned end = begin + size;
    const std::uint64_t capital = capitals >> begin & low_bits(size);
    space_before_ = begin > 0 ? bytes[begin - 1] == ' ' : last_ == ' ';
    if (end == 64) {  // may go on behind
      at_ = start + begin;
      in_word_ = true;
      word_begin_ = at_;
      kept_ = 0;
      lower_ = true;
      open_word(bytes + begin, size, capital == 0);
    } else {
      add_word(word_hash(bytes, begin, size), start + begin, start + end, capital == 0);
    }
    done = end;
  }
  at_ = start + 64;
  last_ = bytes[63];
}

/// More bytes of the word that is open.
void CorpusScanner::open_word(const std::uint8_t* bytes, std::size_t size, bool lower) {
  const std::size_t room = std::min(size, word_.size() - kept_);
  std::memcpy(word_.data() + kept_, bytes, room);
  kept_ += room;
  lower_ = lower_ && lower;
}

/// One byte, with the rules of backslashes: \n, \r and \t part words.
void CorpusScanner::step(std::uint8_t byte) {
  const bool letter = part_of_word(byte);
  const bool control = escape_ && line_letter(byte);
  if (letter && !control) {
    if (!in_word_) {
      in_word_ = true;
      word_begin_ = at_;
      kept_ = 0;
      lower_ = true;
      space_before_ = last_ == ' ';
    }
    open_word(&byte, 1, byte < 'A' || byte > 'Z');
  } else if (in_word_) {
    end_word();
  }
  escape_ = byte == '\\' && !escape_;
  last_ = byte;
  ++at_;
}

void CorpusScanner::end_word() {
  in_word_ = false;
  const bool whole = kept_ < kLongWord;
  add_word(whole ? word_hash(word_.data(), 0, kept_) : 0, word_begin_, at_, lower_);
}

void CorpusScanner::add_word(std::uint64_t hash, std::uint64_t begin, std::uint64_t end, bool lower) {
  const bool next_to = number_ > 0 && ring_[(number_ - 1) % kRing].end + 1 == begin;
  ring_[number_ % kRing] = {hash, begin, end, lower && space_before_ && next_to};
  ++number_;
  ++words_;
  const std::size_t bit = word_bit_of(hash);
  known_ = (index_.word_bits_[bit / 64] >> bit % 64 & 1) != 0 ? known_ + 1 : 0;
  if (known_ >= index_.run_words_) look_up();
  if (!pending_.empty()) check_due(false);
}

void CorpusScanner::look_up() {
  const std::uint32_t run = index_.run_words_;
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

std::uint32_t CorpusScanner::reach() const { return 2 * (index_.words_ + kBetween); }

void CorpusScanner::skip_to(std::uint64_t offset) {
  flush();
  for (std::uint32_t k = 0; k < reach(); ++k) ring_[number_++ % kRing] = {};
  known_ = 0;
  at_ = offset;
  last_ = 0;
  escape_ = false;
  space_before_ = false;
}

void CorpusScanner::flush() {
  if (in_word_) end_word();
  check_due(true);
}

void CorpusScanner::finish() {
  flush();
  number_ = 0;
  known_ = 0;
  at_ = 0;
  last_ = 0;
  escape_ = false;
  space_before_ = false;
  std::ranges::fill(reported_, 0);
}

}  // namespace wardmark
