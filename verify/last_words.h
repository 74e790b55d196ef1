#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/statistics.h"

namespace wardmark {

/// The words of a text as guesses are compared: runs of letters (ASCII letters in lower case, every byte above 127 as
/// it is), with anything else between them. Words of a list (letters only, lower case) come out as they are, so that
/// two different ones stay different.
std::vector<std::string> normalised_words(std::string_view text);

/// What a suspect made of the beginnings of one sentence: a continuation for each prompt about it.
struct SentenceGuesses {
  std::vector<std::string> suffix;         ///< the k last words
  std::vector<std::string> continuations;  ///< one a prompt, of this k alone
};

/// Fixed before the first question is asked.
struct LastWordsPlan {
  std::uint32_t k = 2;
  std::uint64_t list = 0;     ///< W, words of the pinned list
  std::uint32_t allowed = 1;  ///< guesses a sentence at most: prompts of this run and of every run before it
  double level = 0;           ///< at which the result is judged; for what the test could find
};

struct LastWordsResult {
  std::uint32_t k = 0;
  std::uint32_t sentences = 0, hits = 0;       ///< hits: sentences with at least one right guess
  std::uint64_t prompts = 0, prompts_hit = 0;  ///< D-Acc-k is their share; of sentences it is U-Acc-k
  std::uint64_t guesses = 0;                   ///< d, distinct k-word guesses over all sentences
  double p = 1;
  double bound = 1;                  ///< min(1, d W^-k) where anything was hit, else 1: a second, coarser figure
  double floor = 1;                  ///< smallest p there could be: every sentence hit
  Interval share{0, 1};              ///< Clopper-Pearson, 95 %, of the share of sentences hit
  std::uint32_t needed = 0;          ///< fewest hits that reach the level; 0: no number does
  std::optional<double> detectable;  ///< share of sentences a suspect must know to be found 9 times in 10
};

/// The last-k words test.
///
/// Exact: the words of a sentence are drawn independently and uniformly from a list of W, once. Whatever the suspect is
/// and whatever prompts it saw that do not hold the last k words, those words are independent of its guesses, so
/// each distinct k-word guess is right with probability W^-k, and a sentence with at most `allowed` guesses is hit with
/// probability at most q = min(1, allowed x W^-k), independently of the others. p = P(Binomial(n, q) >= hits). There
/// are no controls, and no assumption about the suspect; the number allowed is fixed beforehand, as it must be.
/// Error(bug) where a sentence has more distinct guesses than were allowed, or a suffix that is not k words.
LastWordsResult last_words_test(std::span<const SentenceGuesses> sentences, const LastWordsPlan& plan);

/// True where the words stand in `text` next to each other: then a prompt tells what it asks for.
bool holds_words(std::string_view text, std::span<const std::string> words);

}  // namespace wardmark
