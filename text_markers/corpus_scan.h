#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "text_markers/ghost_sentence.h"

namespace wardmark {

/// How a sentence was found.
enum class Variant {
  exact,        ///< as released, byte for byte
  reformatted,  ///< every word in order; case, punctuation or white space differ
  partial,      ///< one or two words missing or replaced
};
std::string_view name(Variant variant);

/// A sentence to look for.
struct ScanTarget {
  std::uint32_t sentence = 0;
  std::uint32_t candidate = 0;
  bool released = false;  ///< else a control
};

struct ScanHit {
  std::size_t target = 0;    ///< index into the targets
  std::uint64_t offset = 0;  ///< byte of the first word found
  std::uint64_t end = 0;     ///< byte behind the last one
  Variant variant = Variant::exact;
  std::uint32_t missing = 0;  ///< words
};

/// Two letters of a word without which a run of a target's words cannot stand in a text, as small letters.
struct ScanPair {
  std::uint8_t first = 0;
  std::uint8_t second = 0;
  std::size_t place = 0;  ///< of the first in the word
  std::string word;       ///< with the bit set that tells small letters from capitals
};

/// What is looked for, prepared once. Every target is known by three runs of its words; where two words are missing one
/// run is still whole, so no sentence with at most two words missing is overlooked. Const members are thread-safe.
class ScanIndex {
 public:
  ScanIndex(const GhostSentences& book, std::vector<ScanTarget> targets);
  const std::vector<ScanTarget>& targets() const { return targets_; }
  std::uint32_t words() const { return words_; }
  /// Of at most four targets, a word of every run: a text without any of these words holds no hit. Else empty.
  const std::vector<ScanPair>& pairs() const { return pairs_; }
  /// log10 of a bound on the chance that a text of so many words, written without knowledge of the draw, holds any
  /// one of `sentences` sentences in a form that would be reported: the union over places, over the words that may be
  /// missing and over the words that may stand between, times (list size)^-(words - 2).
  double false_hit_log10(std::uint64_t text_words, std::uint64_t sentences) const;

 private:
  friend class CorpusScanner;
  struct Run {
    std::uint64_t hash;
    std::uint32_t target;
    std::uint32_t first;  ///< place of the run's first word in the sentence
  };
  std::vector<ScanTarget> targets_;
  std::vector<ScanPair> pairs_;
  std::vector<std::uint64_t> hashes_;     ///< of every word of every target
  std::vector<Run> runs_;                 ///< sorted by hash
  std::vector<std::uint64_t> word_bits_;  ///< which words any target may have
  std::vector<std::uint64_t> bits_;       ///< which hashes may be there
  std::uint32_t words_;
  std::uint32_t run_words_;
  std::size_t list_size_;
};

/// Looks through one stream of bytes, in pieces of any size. Letters are words, everything else parts them; ASCII case
/// does not count, nor do JSON's \n, \r and \t. Memory: a few kilobytes. Not thread-safe.
class CorpusScanner {
 public:
  CorpusScanner(const ScanIndex& index, std::function<void(const ScanHit&)> sink);
  void feed(ByteView bytes);
  /// What was fed so far is all of a text: its hits are reported now; offsets go on.
  void flush();
  /// The end of the stream; the scanner starts anew.
  void finish();
  /// Goes on at another offset of the stream, as if nothing stood between: hits up to here are reported.
  void skip_to(std::uint64_t offset);
  /// Words around one of a sentence among which all of it lies.
  std::uint32_t reach() const;
  /// Words and bytes seen since construction.
  std::uint64_t words() const { return words_; }
  std::uint64_t bytes() const { return bytes_; }

 private:
  static constexpr std::size_t kRing = 128;
  struct Word {
    std::uint64_t hash = 0;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    bool plain = true;  ///< lower case, one space before it
  };
  struct Pending {
    std::uint32_t target;
    std::uint64_t first;  ///< number of the word where the sentence would begin
    std::uint64_t due;    ///< number of words after which all of it has been seen
  };
  void block(const std::uint8_t* bytes, std::uint64_t letters, std::uint64_t capitals);
  void step(std::uint8_t byte);
  void open_word(const std::uint8_t* bytes, std::size_t size, bool lower);
  void end_word();
  void add_word(std::uint64_t hash, std::uint64_t begin, std::uint64_t end, bool lower);
  void look_up();
  void check(const Pending& pending);
  void check_due(bool all);

  const ScanIndex& index_;
  std::function<void(const ScanHit&)> sink_;
  std::array<Word, kRing> ring_{};
  std::vector<Pending> pending_;
  std::vector<std::uint64_t> reported_;  ///< end of each target's last hit
  std::uint64_t number_ = 0;             ///< words of this stream
  std::uint64_t words_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t at_ = 0;                 ///< bytes of this stream
  std::array<std::uint8_t, 64> word_{};  ///< the first bytes of the word that is open
  std::size_t kept_ = 0;
  std::uint64_t known_ = 0;  ///< words in a row, up to the last, that some target has
  std::uint64_t word_begin_ = 0;
  std::uint8_t last_ = 0;  ///< byte before
  bool in_word_ = false;
  bool lower_ = true;
  bool escape_ = false;
  bool space_before_ = false;
};

}  // namespace wardmark
