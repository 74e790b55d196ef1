#pragma once
#include <atomic>
#include <filesystem>

#include "core/report.h"
#include "verify/text_journal.h"

namespace wardmark {

/// Asks a text suspect in the order of the questions, `batch` at a time, and keeps the answers in a journal, so that a
/// run that was stopped goes on without asking twice.
class TextRun {
 public:
  /// Opens or begins the journal. Error(recipe_changed) when it is of other questions or another suspect.
  TextRun(const TextQuestions& questions, TextSuspect& suspect, const std::filesystem::path& journal,
          std::size_t batch);
  /// False when it was stopped. Errors of the suspect pass through; answers up to then are kept.
  bool run(const std::atomic<bool>& stop, Report& report);
  const TextAnswers& answers() const { return journal_.answers(); }

 private:
  std::size_t ask_prompts(std::size_t from);
  std::size_t ask_items(std::size_t from);

  const TextQuestions& questions_;
  TextSuspect& suspect_;
  TextJournal journal_;
  std::size_t batch_;
};

}  // namespace wardmark
