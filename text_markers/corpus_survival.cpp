#include "text_markers/corpus_survival.h"

#include <ranges>

#include "core/error.h"

namespace wardmark {
namespace {

using Sink = std::function<void(const SurvivalDocument&)>;

void each_survivor(std::string_view file, const TextFile& item, const MarkRules& rules, const Sink& sink) {
  each_document(file, item.id, *item.format, rules.recipe, [&](const Document& document) {
    if (document.fault) return;
    std::string decoded;
    const std::string before(document_text(file, document, decoded));
    const Decision decision = decide_document(document, rules, [&] { return std::string_view(before); });
    std::string after = before;
    for (const DrawnSentence& drawn : decision.sentences | std::views::reverse) after.insert(drawn.place, drawn.bytes);
    const std::string_view sentence =
        decision.sentences.empty() ? std::string_view() : rules.sentences[decision.sentences.front().sentence];
    const auto extract = document.format->main_text;
    if (extract == nullptr) return sink({document.id, before, after, sentence, false});
    const std::string kept_before = extract(before);
    const std::string kept_after = extract(after);
    sink({document.id, kept_before, kept_after, sentence, true});
  });
}

/// False when stopped.
bool read_release(const MarkRun& run, std::string_view stage, const Sink& sink) {
  std::uint64_t done = 0;
  std::uint64_t read = 0;
  for (const PlanItem& planned : run.plan.items) {
    if (run.stop) return false;
    const std::size_t at = run.tree.find(planned.id);
    if (at == run.tree.files.size() || run.tree.files[at].format == nullptr) continue;
    try {
      const Bytes bytes = run.tree.read(run.tree.files[at]);
      read += bytes.size();
      const EncodedText encoded(bytes, run.rules.recipe.latin1);
      each_survivor(encoded.text(), run.tree.files[at], run.rules, sink);
    } catch (const Error& error) {
      if (error.kind() != Kind::item) throw;  // else marking says what is wrong
    }
    run.report.progress(stage, ++done, run.plan.items.size(), read);
  }
  return true;
}

}  // namespace

std::optional<SurvivalReport> corpus_survival(const MarkRun& run, const SurvivalLimits& limits) {
  SurvivalStudy study(limits, run.rules.recipe.words);
  const auto learn = [&](const SurvivalDocument& document) { study.learn(document); };
  const auto count = [&](const SurvivalDocument& document) { study.count(document); };
  if (!read_release(run, "filters", learn) || !read_release(run, "duplicates", count)) return std::nullopt;
  return study.report();
}

}  // namespace wardmark
