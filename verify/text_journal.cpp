#include "verify/text_journal.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/key.h"
#include "io/atomic_file.h"
#include "io/item_id.h"

namespace wardmark {
namespace {

using nlohmann::json;

constexpr auto kSchema = "wardmark.text-queries/1";

std::string dumped(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

std::string first_line(const std::string& identity, const TextQuestions& questions) {
  return json{{"schema", kSchema},
              {"identity", identity},
              {"prompts", questions.prompts.size()},
              {"items", questions.items.size()}}
      .dump();
}

/// Adds a batch line that follows on the answers before; false for anything else.
bool take_line(std::string_view line, const TextQuestions& questions, TextAnswers& answers) {
  const json row = json::parse(line, nullptr, false);
  if (!row.is_object() || !row.contains("from") || row["from"] != answers.size()) return false;
  TextAnswers batch;
  try {
    if (row.contains("texts")) row["texts"].get_to(batch.texts);
    if (row.contains("scores")) row["scores"].get_to(batch.scores);
  } catch (const json::exception&) {
    return false;
  }
  if (batch.texts.size() + answers.texts.size() > questions.prompts.size() ||
      batch.scores.size() + answers.scores.size() > questions.items.size())
    return false;
  for (const auto& scores : batch.scores) {
    if (scores.empty()) return false;
  }
  answers.texts.insert(answers.texts.end(), batch.texts.begin(), batch.texts.end());
  answers.scores.insert(answers.scores.end(), batch.scores.begin(), batch.scores.end());
  return batch.size() > 0;
}

/// Takes whole lines that follow on each other; returns the bytes of what was taken.
std::size_t take_lines(std::string_view text, const TextQuestions& questions, TextAnswers& answers) {
  std::size_t at = text.find('\n') + 1;
  for (std::size_t end = text.find('\n', at); end != std::string_view::npos; end = text.find('\n', at)) {
    if (!take_line(text.substr(at, end - at), questions, answers)) break;
    at = end + 1;
  }
  return at;
}

bool begins_with(std::string_view text, const std::string& line) {
  return text.starts_with(line) && text.substr(line.size()).starts_with('\n');
}

void append(const std::filesystem::path& file, const json& row) {
  std::ofstream out(file, std::ios::binary | std::ios::app);
  out << dumped(row) << "\n";
  if (!out.flush()) throw Error(Code::write_failed, shown(file) + ": cannot be written");
}

}  // namespace

std::int64_t millionths(double score) { return std::llround(1e6 * std::max(score, -1e6)); }

std::string identity_of(const TextQuestions& questions, const TextHello& hello) {
  json about{hello.name, hello.continues, hello.scores, hello.context};
  for (const TextPrompt& prompt : questions.prompts) about.push_back({prompt.text, prompt.tokens});
  for (const TextItem& item : questions.items) about.push_back({item.context, item.text, 0});
  return to_hex(digest(nullptr, "text-run", {bytes_of(dumped(about))}));
}

TextJournal::TextJournal(std::filesystem::path file, const std::string& identity, const TextQuestions& questions)
    : file_(std::move(file)) {
  const std::string first = first_line(identity, questions);
  if (!std::filesystem::exists(file_)) {
    write_file(file_, bytes_of(first + "\n"), 0600);
    return;
  }
  const Bytes bytes = read_file(file_);
  const std::string_view text = text_of(ByteView(bytes));
  if (!begins_with(text, first)) {
    throw Error(Code::recipe_changed, shown(file_) + ": holds the answers to other questions, or of another suspect",
                "name another --state, or remove it");
  }
  std::filesystem::resize_file(file_, take_lines(text, questions, answers_));
}

void TextJournal::add(const std::vector<std::string>& texts) {
  append(file_, {{"from", answers_.size()}, {"texts", texts}});
  answers_.texts.insert(answers_.texts.end(), texts.begin(), texts.end());
}

void TextJournal::add(const std::vector<std::vector<std::int64_t>>& scores) {
  append(file_, {{"from", answers_.size()}, {"scores", scores}});
  answers_.scores.insert(answers_.scores.end(), scores.begin(), scores.end());
}

TextAnswers parse_text_journal(std::string_view text, const std::string& identity, const TextQuestions& questions) {
  TextAnswers answers;
  if (!begins_with(text, first_line(identity, questions)))
    throw Error(Code::record_format, "journal: it is of other questions or of another suspect");
  if (take_lines(text, questions, answers) != text.size() || answers.size() != questions.size())
    throw Error(Code::record_format, "journal: its answers are not whole");
  return answers;
}

}  // namespace wardmark
