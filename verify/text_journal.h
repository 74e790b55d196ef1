#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "verify/text_suspect.h"

namespace wardmark {

/// A prompt and how many tokens may follow it.
struct TextPrompt {
  std::string text;
  unsigned tokens = 1;
};

/// What a text suspect is asked, in order: prompts to continue, or items to score, not both. Nothing in it says which
/// member of a set of sentences was released.
struct TextQuestions {
  std::vector<TextPrompt> prompts;
  std::vector<TextItem> items;
  std::size_t size() const { return prompts.size() + items.size(); }
};

/// Answers in order of asking: continuations, or of each item the log-probability of each token in millionths.
struct TextAnswers {
  std::vector<std::string> texts;
  std::vector<std::vector<std::int64_t>> scores;
  std::size_t size() const { return texts.size() + scores.size(); }
};

/// A score as it is kept: whole, and no lower than a million nats below 0.
std::int64_t millionths(double score);

/// Everything that makes the answers what they are: the questions and who was asked.
std::string identity_of(const TextQuestions& questions, const TextHello& hello);

/// The file of answers (docs/formats.md, "Journal of text questions"): a first line that names the identity, then a
/// line a batch. A torn last line is dropped when it is opened again.
class TextJournal {
 public:
  /// Opens or begins it. Error(recipe_changed) when it is of other questions or another suspect.
  TextJournal(std::filesystem::path file, const std::string& identity, const TextQuestions& questions);
  const TextAnswers& answers() const { return answers_; }
  /// Adds a batch of the one kind or the other. Error(write_failed).
  void add(const std::vector<std::string>& texts);
  void add(const std::vector<std::vector<std::int64_t>>& scores);

 private:
  std::filesystem::path file_;
  TextAnswers answers_;
};

/// Reads the text of a whole journal. Error(record_format) when it is not of this identity, torn, or not whole.
TextAnswers parse_text_journal(std::string_view text, const std::string& identity, const TextQuestions& questions);

}  // namespace wardmark
