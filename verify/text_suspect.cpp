#include "verify/text_suspect.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "core/error.h"
#include "verify/text_protocol.h"

namespace wardmark {
namespace {

class ChildTextSuspect final : public TextSuspect {
 public:
  ChildTextSuspect(const std::vector<std::string>& words, const SuspectLimits& limits)
      : process_(words, limits), hello_(parse_text_hello(process_.ask(text_hello_request()))) {}
  const TextHello& hello() const override { return hello_; }
  std::vector<std::string> continued(const std::vector<std::string>& prompts, unsigned tokens) override {
    const std::uint64_t id = ++asked_;
    return parse_continuations(process_.ask(continue_request(id, prompts, tokens)), id, prompts.size());
  }
  std::vector<std::vector<double>> scored(const std::vector<TextItem>& items) override {
    const std::uint64_t id = ++asked_;
    return parse_text_scores(process_.ask(score_text_request(id, items)), id, items.size());
  }

 private:
  SuspectProcess process_;
  TextHello hello_;
  std::uint64_t asked_ = 0;
};

/// A sentence that every model of the language finds likelier than the same words in another order.
struct Common {
  const char *context, *text, *shuffled;
};
constexpr std::array<Common, 4> kCommon{{
    {"This is a list of facts.", " The sun rises in the east and sets in the west.",
     " West the in sets and east the in rises sun the."},
    {"She said that", " it was the first time that she had been to the city.",
     " city the to been had she that time first the was it."},
    {"One day", " he went to the house of his friend and they had dinner.",
     " dinner had they and friend his of house the to went he."},
    {"In the morning", " the little girl was very happy because it was her birthday.",
     " birthday her was it because happy very was girl little the."},
}};

std::string unable(const std::exception& error) { return error.what(); }

constexpr unsigned kTokens = 16;

std::vector<std::string> probe_prompts() {
  std::vector<std::string> prompts;
  for (const Common& c : kCommon) prompts.push_back(c.context + std::string(c.text).substr(0, 12));
  return prompts;
}

/// Sentences, then their words in another order.
std::vector<TextItem> probe_items() {
  std::vector<TextItem> items;
  for (const Common& c : kCommon) items.push_back({c.context, c.text});
  for (const Common& c : kCommon) items.push_back({c.context, c.shuffled});
  return items;
}

std::string no_continuing(TextSuspect& suspect) {
  const std::vector<std::string> prompts = probe_prompts();
  const std::vector<std::string> texts = suspect.continued(prompts, kTokens);
  std::size_t empty = 0, repeats = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    empty += texts[i].find_first_not_of(" \t\r\n") == std::string::npos ? 1 : 0;
    repeats += texts[i].starts_with(prompts[i]) ? 1 : 0;
  }
  if (empty == texts.size()) return "it continues common sentences with nothing";
  if (repeats > 0) return "its continuations begin with the prompt";
  return {};
}

double total(const std::vector<double>& scores) {
  double sum = 0;
  for (const double score : scores) sum += score;
  return sum;
}

std::string no_scoring(TextSuspect& suspect, double& spread) {
  const std::vector<TextItem> items = probe_items();
  const auto scores = suspect.scored(items);
  std::set<double> values;
  double sentences = 0, shuffled = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    values.insert(scores[i].begin(), scores[i].end());
    (i < kCommon.size() ? sentences : shuffled) += total(scores[i]);
  }
  if (values.size() == 1)
    return *values.begin() == 0 ? "all its scores are 0"
                                : "all its scores are the same: " + std::to_string(*values.begin());
  if (std::ranges::any_of(scores, [](const auto& row) { return total(row) == 0; }))
    return "it finds a sentence certain: a score is missing";
  if (sentences <= shuffled) return "it finds common sentences no likelier than their words in another order";
  const auto again = suspect.scored({items.front()});
  if (again.front().size() != scores.front().size()) return "it scores another number of tokens when asked again";
  for (std::size_t t = 0; t < again.front().size(); ++t)
    spread = std::max(spread, std::abs(again.front()[t] - scores.front()[t]));
  return {};
}

/// What `ask` finds wrong, or a reply that is not proper.
template <typename Ask>
std::string reason(const Ask& ask) {
  try {
    return ask();
  } catch (const Error& error) {
    if (error.code() != Code::suspect_reply && error.code() != Code::suspect_failed) throw;
    return unable(error);
  }
}

}  // namespace

std::unique_ptr<TextSuspect> start_text_suspect(const std::vector<std::string>& words, const SuspectLimits& limits) {
  return std::make_unique<ChildTextSuspect>(words, limits);
}

ProbeSize probe_size() {
  ProbeSize size;
  for (const std::string& prompt : probe_prompts()) {
    ++size.prompts;
    size.tokens += kTokens;
    size.bytes += prompt.size();
  }
  std::vector<TextItem> items = probe_items();
  items.push_back(items.front());  // which is asked again
  for (const TextItem& item : items) {
    ++size.items;
    size.bytes += item.context.size() + item.text.size();
  }
  return size;
}

TextAbility probe(TextSuspect& suspect) {
  TextAbility ability;
  ability.no_continuing = "it says that it continues nothing";
  ability.no_scoring = "it says that it scores nothing";
  if (suspect.hello().continues) ability.no_continuing = reason([&] { return no_continuing(suspect); });
  if (suspect.hello().scores) ability.no_scoring = reason([&] { return no_scoring(suspect, ability.spread); });
  ability.continues = ability.no_continuing.empty();
  ability.scores = ability.no_scoring.empty();
  return ability;
}

}  // namespace wardmark
