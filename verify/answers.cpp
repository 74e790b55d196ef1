#include "verify/answers.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/error.h"
#include "core/plan.h"
#include "io/atomic_file.h"
#include "io/item_id.h"

namespace wardmark {
namespace {

using nlohmann::json;

constexpr auto kSchema = "wardmark.queries/1";

std::string first_line(const std::string& identity, std::size_t questions) {
  return json{{"schema", kSchema}, {"identity", identity}, {"queries", questions}}.dump();
}

/// The values of a batch line; nothing when it does not follow on `before` questions.
std::optional<std::vector<std::int32_t>> batch_values(std::string_view line, std::size_t before, const Answers& shape) {
  const json row = json::parse(line, nullptr, false);
  if (!row.is_object() || !row.contains("from") || row["from"] != before || !row.contains("answers") ||
      !row["answers"].is_array())
    return std::nullopt;
  std::vector<std::int32_t> values;
  for (const json& value : row["answers"]) {
    if (!value.is_number_integer()) return std::nullopt;
    values.push_back(value.get<std::int32_t>());
  }
  if (values.size() % shape.width != 0) return std::nullopt;
  return values;
}

/// Takes whole lines of `text` that follow on each other; returns the bytes of what was taken.
std::size_t take_lines(std::string_view text, Answers& answers) {
  std::size_t at = text.find('\n') + 1;
  for (std::size_t end = text.find('\n', at); end != std::string_view::npos; end = text.find('\n', at)) {
    const auto values = batch_values(text.substr(at, end - at), answers.size(), answers);
    if (!values) break;
    answers.values.insert(answers.values.end(), values->begin(), values->end());
    at = end + 1;
  }
  return at;
}

bool begins_with(std::string_view text, const std::string& line) {
  return text.starts_with(line) && text.substr(line.size()).starts_with('\n');
}

std::vector<std::uint32_t> asked_of(std::span<const std::uint32_t> of_class, std::uint32_t classes) {
  std::vector<std::uint32_t> asked(classes, 0);
  for (const std::uint32_t own : of_class) {
    for (std::uint32_t a = 0; a < classes; ++a) asked[a] += own != kNoClass && own != a ? 1 : 0;
  }
  return asked;
}

ResponseTable counted(const QuestionOrder& order, const Answers& answers, std::span<const std::uint32_t> of_class,
                      std::span<const std::uint32_t> meant) {
  ResponseTable table(order.keys(), order.classes(), asked_of(of_class, order.classes()));
  for (std::size_t n = 0; n < answers.size(); ++n) {
    const Question q = order.at(n);
    const auto label = static_cast<std::uint32_t>(answers.values[n]);
    if (label >= meant.size()) throw Error(Code::record_format, "journal: an answer that is no class of the suspect");
    const std::uint32_t a = meant[label], own = of_class[q.picture];
    if (a != kNoClass && own != kNoClass && a != own) ++table.count(q.key, q.slot, a);
  }
  return table;
}

/// Means of log-odds, in the order of the table's counts.
class Means {
 public:
  Means(const QuestionOrder& order, const Answers& answers, std::span<const std::uint32_t> of_class)
      : classes_(order.classes()), sums_(std::size_t{order.keys()} * classes_ * classes_) {
    for (std::size_t n = 0; n < answers.size(); ++n) {
      const Question q = order.at(n);
      if (of_class[q.picture] == kNoClass) continue;
      for (std::uint32_t a = 0; a < classes_; ++a) {
        if (a != of_class[q.picture]) sums_[place(q.key, q.slot, a)] += answers.values[n * classes_ + a];
      }
    }
    const std::vector<std::uint32_t> asked = asked_of(of_class, classes_);
    for (std::size_t i = 0; i < sums_.size(); ++i) {
      const std::uint32_t pictures = asked[i % classes_];
      means_.push_back(pictures == 0 ? 0 : static_cast<double>(sums_[i]) / pictures);
    }
  }
  double at(std::uint32_t j, std::uint32_t s, std::uint32_t a) const { return means_[place(j, s, a)]; }
  double lowest(std::uint32_t j, std::uint32_t a) const {
    double low = at(j, 0, a);
    for (std::uint32_t s = 1; s < classes_; ++s) low = std::min(low, at(j, s, a));
    return low;
  }

 private:
  std::size_t place(std::uint32_t j, std::uint32_t s, std::uint32_t a) const {
    return (std::size_t{j} * classes_ + s) * classes_ + a;
  }
  std::uint32_t classes_;
  std::vector<std::int64_t> sums_;
  std::vector<double> means_;
};

ResponseTable averaged(const QuestionOrder& order, const Answers& answers, std::span<const std::uint32_t> of_class) {
  const Means means(order, answers, of_class);
  const std::uint32_t k = order.classes();
  double widest = 0;
  for (std::uint32_t j = 0; j < order.keys(); ++j) {
    for (std::uint32_t s = 0; s < k; ++s) {
      for (std::uint32_t a = 0; a < k; ++a) widest = std::max(widest, means.at(j, s, a) - means.lowest(j, a));
    }
  }
  const double step = widest > 0 ? widest / kScoreSteps : 1;
  ResponseTable table(order.keys(), k, asked_of(of_class, k), step / 1000);
  for (std::uint32_t j = 0; j < order.keys(); ++j) {
    for (std::uint32_t a = 0; a < k; ++a) {
      const double low = means.lowest(j, a);
      for (std::uint32_t s = 0; s < k; ++s)
        table.count(j, s, a) = static_cast<std::uint32_t>(std::lround((means.at(j, s, a) - low) / step));
    }
  }
  return table;
}

}  // namespace

std::string identity_of(const QuestionFacts& facts, const SuspectHello& hello) {
  json about{facts.method, facts.parameters, facts.classes};
  for (const Subkey& key : facts.pool) about.push_back(to_hex(digest(&key, "queried", {})));
  about.push_back(to_hex(digest(&facts.order, "queried", {})));
  for (const std::string& picture : facts.pictures) about.push_back(picture);
  about.push_back({hello.name, hello.height, hello.width, hello.channels, hello.labels});
  if (facts.access == Access::scores) about.push_back(name(facts.access));
  return to_hex(digest(nullptr, "query-run", {bytes_of(about.dump(-1, ' ', false, json::error_handler_t::replace))}));
}

AnswerJournal::AnswerJournal(const std::filesystem::path& file, const std::string& identity, std::size_t questions,
                             Access access, std::uint32_t width)
    : file_(file), answers_{access, width, {}} {
  const std::string first = first_line(identity, questions);
  if (!std::filesystem::exists(file)) {
    write_file(file, bytes_of(first + "\n"), 0600);
    return;
  }
  const Bytes bytes = read_file(file);
  const std::string_view text = text_of(ByteView(bytes));
  if (!begins_with(text, first)) {
    throw Error(Code::recipe_changed, shown(file) + ": holds the answers to other questions",
                "name another --state, or remove it");
  }
  std::filesystem::resize_file(file, take_lines(text, answers_));
}

void AnswerJournal::add(const std::string& pictures, const std::vector<std::int32_t>& values) {
  std::ofstream out(file_, std::ios::binary | std::ios::app);
  out << json{{"from", answers_.size()}, {"pictures", pictures}, {"answers", values}}.dump() << "\n";
  if (!out.flush()) throw Error(Code::write_failed, shown(file_) + ": cannot be written");
  answers_.values.insert(answers_.values.end(), values.begin(), values.end());
}

Answers parse_journal(std::string_view text, const std::string& identity, std::size_t questions, Access access,
                      std::uint32_t width) {
  Answers answers{access, width, {}};
  if (!begins_with(text, first_line(identity, questions)))
    throw Error(Code::record_format, "journal: it is of other questions or of another suspect");
  if (take_lines(text, answers) != text.size() || answers.size() != questions)
    throw Error(Code::record_format, "journal: its answers are not whole");
  return answers;
}

ResponseTable table_of(const QuestionOrder& order, const Answers& answers, std::span<const std::uint32_t> of_class,
                       std::span<const std::uint32_t> meant) {
  if (of_class.size() != order.pictures() || answers.size() > order.size() ||
      answers.width != (answers.access == Access::labels ? 1 : order.classes()))
    broken_promise("answers that do not fit their questions");
  return answers.access == Access::labels ? counted(order, answers, of_class, meant)
                                          : averaged(order, answers, of_class);
}

}  // namespace wardmark
