#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/key.h"
#include "core/release.h"
#include "text_markers/ghost_sentence.h"
#include "text_markers/host_contexts.h"
#include "verify/last_words.h"
#include "verify/sentence_ranks.h"
#include "verify/text_journal.h"

namespace wardmark {

/// Which tests of a text model are made, and how: fixed before the first question.
struct TextChoice {
  std::vector<std::uint32_t> last;  ///< k of each last words test, falling; empty: none
  bool rank = false;
  std::uint32_t siblings = 19;  ///< B
  std::uint32_t contexts = 3;   ///< host documents a sentence is asked in, beside on its own
  std::uint32_t tail = 0;       ///< rank by the last so many words alone; 0: by all
  std::string compare;          ///< with a reference model: "difference" or "ratio"; empty: without
  friend bool operator==(const TextChoice&, const TextChoice&) = default;
};

/// One sentence of a release as it is asked about.
struct TextSubject {
  std::uint32_t sentence = 0;
  std::vector<std::string> hosts;                 ///< what stands before it: first nothing, then host documents
  std::string lead;                               ///< its lead-in
  std::vector<std::vector<std::string>> members;  ///< words of the released one and its siblings, by candidate
  std::size_t released = 0;
};

/// The sentences of a release that stand in a document, each with `siblings` others of its pool: all, or the first of
/// an order that the draw makes, so that given the set every member was drawn with the same chance, and a larger set
/// holds a smaller one. Error(no_test) where no sentence was put in, or the pool is smaller.
std::vector<TextSubject> text_subjects(const GhostSentences& book, const Draw& draw, std::uint32_t pool,
                                       const std::vector<std::uint32_t>& standing,
                                       const std::vector<HostContext>& hosts, std::uint32_t siblings);

/// A prompt of a last words test, and what it is about.
struct PromptPlace {
  std::uint32_t k = 0;
  std::size_t subject = 0, host = 0;
};
/// Beginnings of the released sentences: k falling, within one k in an order that the key shuffles. A prompt in which
/// the words that it asks for stand is not asked; its sentence stays in the test.
struct PromptList {
  std::vector<TextPrompt> prompts;
  std::vector<PromptPlace> places;
};
PromptList last_words_prompts(const std::vector<TextSubject>& subjects, const std::vector<std::uint32_t>& last,
                              const Subkey& order);

/// A sentence to be scored, and which.
struct ItemPlace {
  std::size_t subject = 0, member = 0, host = 0;
};
/// Every member of every set in every context, in an order that the key shuffles.
struct ItemList {
  std::vector<TextItem> items;
  std::vector<ItemPlace> places;
};
ItemList rank_items(const std::vector<TextSubject>& subjects, std::uint32_t tail, const Subkey& order);

/// The continuations of one k, by sentence.
std::vector<SentenceGuesses> guesses_of(const std::vector<TextSubject>& subjects, const PromptList& asked,
                                        const std::vector<std::string>& texts, std::uint32_t k);
/// Prompts a sentence at most, of one k.
std::uint32_t prompts_each(const PromptList& asked, std::uint32_t k);

/// One score a member: over its contexts the mean of the log-probability, in billionths of a nat a token; with a
/// reference the mean of the suspect's less the reference's, in billionths of a nat a sentence, or minus the ratio of
/// both sums in billionths. `reference` is empty without one.
std::vector<SentenceScores> member_scores(const std::vector<TextSubject>& subjects, const ItemList& asked,
                                          const std::vector<std::vector<std::int64_t>>& suspect,
                                          const std::vector<std::vector<std::int64_t>>& reference,
                                          const std::string& compare);

/// The key that the orders come from.
Subkey text_order(const ReleaseKeys& keys);

}  // namespace wardmark
