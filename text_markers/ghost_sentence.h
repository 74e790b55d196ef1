#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/plan.h"
#include "text_markers/wordlist.h"

namespace wardmark {

/// What the sentences of a release are made of; stands in the plan as its parameters.
struct GhostRecipe {
  const Wordlist* list = nullptr;
  std::shared_ptr<const Wordlist> own_list;  ///< what `list` points to where it is no list of the program's
  std::uint32_t words = 12;                  ///< per sentence, 6 to 24
  std::uint32_t sentences = 30;              ///< S
  std::uint32_t documents = 20;              ///< per sentence at most; 0: every document
  double fraction = 1;                       ///< of documents that may carry one where `documents` is 0; above 0
  std::uint32_t copies = 1;                  ///< of the sentence in one document, at most; 1 to 100
  std::uint32_t min_words = 50;              ///< shorter documents are left alone
  std::vector<std::string> templates;        ///< around the words; each holds "{words}" once
  bool html_span = false;                    ///< of HTML: the sentence stands in a span of its own
  std::string group_field;                   ///< of records: those of one value share a sentence
  std::string exclude;                       ///< of records: "field=value,value": left alone
  std::string published_before;  ///< of records: those of an earlier date than this (ISO 8601) are left alone
  std::string date_field;        ///< where their date stands
  bool latin1 = false;           ///< texts that are no UTF-8 are Latin-1
  std::string field;             ///< of records: the name of the text field, or empty
  std::string id_field;          ///< of records: the field that names a document, or empty
  std::string inner;             ///< format inside the field; empty: not declared, taken as plain text
};

/// "2024-05-31", with whatever behind it: of such texts the earlier date sorts first.
bool is_date(std::string_view text);
/// The lead-ins taken where none was given.
std::vector<std::string> default_templates();
/// Error(parameter): a count out of range, or a template that filters or markup would trip over (digits, braces, '@',
/// '<', '&', a word of the list only by chance is fine) or without "{words}", or that does not end a sentence.
void check_recipe(const GhostRecipe& recipe);
Settings recipe_settings(const GhostRecipe& recipe);
/// Error(plan_format) when the plan pins a word list this program does not have, or is no plan of ghost sentences.
GhostRecipe recipe_of(const Plan& plan);

/// True where a sentence of this recipe's make stands in the text: a lead-in with as many words of the list behind it,
/// whoever's key drew them. Cost: a search for each lead-in.
bool holds_sentence(const GhostRecipe& recipe, std::string_view text);

/// Sentence s of candidate i: words independent and uniform over the list, a function of (pool_root, i, s) alone. No
/// checksum and no redrawing: the first words say nothing about the last ones. Candidates that are not released are the
/// controls of a later test. Thread-safe.
class GhostSentences {
 public:
  GhostSentences(GhostRecipe recipe, const Subkey& pool_root) : recipe_(std::move(recipe)), pool_root_(pool_root) {}
  const GhostRecipe& recipe() const { return recipe_; }
  /// Indices into the word list.
  std::vector<std::uint32_t> words(std::uint32_t sentence, std::uint32_t candidate) const;
  /// The words with a space between them.
  std::string phrase(std::uint32_t sentence, std::uint32_t candidate) const;
  /// With its lead-in, which is the same for every candidate of a sentence.
  std::string text(std::uint32_t sentence, std::uint32_t candidate) const;

 private:
  GhostRecipe recipe_;
  Subkey pool_root_;
};

/// Which candidate of sentence s is released: from the draw alone, evenly over the pool, independent per sentence.
std::uint32_t released_candidate(const Draw& draw, std::uint32_t pool, std::uint32_t sentence);

/// Which sentence a document would carry, and its place in the queue for it. A function of the release name's key and
/// the document's id: the same document keeps its sentence whatever else the corpus holds.
class DocumentDraw {
 public:
  DocumentDraw(const Subkey& name_key, std::uint32_t sentences)
      : key_(name_key.derive("ghost-documents")), sentences_(sentences) {}
  struct Ticket {
    std::uint32_t sentence;
    std::uint64_t rank;  ///< lower goes first
  };
  /// Documents of one `group` share a sentence; empty: every document has its own draw.
  Ticket ticket(std::string_view document, std::string_view group = {}) const;

 private:
  Subkey key_;
  std::uint32_t sentences_;
};

}  // namespace wardmark
