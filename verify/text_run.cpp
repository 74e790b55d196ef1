#include "verify/text_run.h"

#include <algorithm>

#include "core/error.h"

namespace wardmark {

TextRun::TextRun(const TextQuestions& questions, TextSuspect& suspect, const std::filesystem::path& journal,
                 std::size_t batch)
    : questions_(questions),
      suspect_(suspect),
      journal_(journal, identity_of(questions, suspect.hello()), questions),
      batch_(std::max<std::size_t>(1, batch)) {
  if (!questions.prompts.empty() && !questions.items.empty()) broken_promise("prompts and items in one run");
}

/// One request asks for one number of tokens.
std::size_t TextRun::ask_prompts(std::size_t from) {
  std::vector<std::string> prompts;
  const unsigned tokens = questions_.prompts[from].tokens;
  for (std::size_t n = from; n < questions_.prompts.size() && prompts.size() < batch_; ++n) {
    if (questions_.prompts[n].tokens != tokens) break;
    prompts.push_back(questions_.prompts[n].text);
  }
  journal_.add(suspect_.continued(prompts, tokens));
  return from + prompts.size();
}

std::size_t TextRun::ask_items(std::size_t from) {
  const std::size_t to = std::min(questions_.items.size(), from + batch_);
  const std::vector<TextItem> items(questions_.items.begin() + static_cast<std::ptrdiff_t>(from),
                                    questions_.items.begin() + static_cast<std::ptrdiff_t>(to));
  std::vector<std::vector<std::int64_t>> rows;
  for (const std::vector<double>& scores : suspect_.scored(items)) {
    std::vector<std::int64_t> row;
    for (const double score : scores) row.push_back(millionths(score));
    rows.push_back(std::move(row));
  }
  journal_.add(rows);
  return to;
}

bool TextRun::run(const std::atomic<bool>& stop, Report& report) {
  for (std::size_t from = journal_.answers().size(); from < questions_.size();) {
    if (stop) return false;
    from = questions_.items.empty() ? ask_prompts(from) : ask_items(from);
    report.progress(questions_.items.empty() ? "asking to continue" : "asking for scores", from, questions_.size(), 0);
  }
  return true;
}

}  // namespace wardmark
