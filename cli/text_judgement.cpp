#include "cli/text_judgement.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/judgement.h"
#include "core/error.h"

namespace wardmark {
namespace {

TextFinding last_finding(const OpenRecord& record, const TextAsked& asked, const TextEvidence& evidence,
                         const TextChoice& choice, std::size_t n, double level) {
  const GhostRecipe recipe = recipe_of(record.plan);
  const std::uint32_t k = choice.last[n];
  LastWordsPlan plan;
  plan.k = k;
  plan.list = recipe.list->words.size();
  plan.allowed = std::max(1u, prompts_each(asked.last, k) + evidence.earlier.at(n));
  plan.level = level;
  TextFinding finding;
  finding.test = "last-" + std::to_string(k);
  finding.last = last_words_test(guesses_of(asked.subjects, asked.last, evidence.last.texts, k), plan);
  finding.p = finding.last->p;
  finding.floor = finding.last->floor;
  return finding;
}

TextFinding rank_finding(const TextAsked& asked, const TextEvidence& evidence, const TextChoice& choice, double level,
                         const Subkey& seed) {
  TextFinding finding;
  finding.test = choice.tail > 0 ? "rank-tail-" + std::to_string(choice.tail) : "rank";
  finding.rank =
      rank_test(member_scores(asked.subjects, asked.rank, evidence.rank.scores, evidence.other.scores, choice.compare),
                level, seed);
  finding.p = finding.rank->p;
  finding.floor = finding.rank->floor;
  return finding;
}

/// Hits of a sentence in each last words test.
std::vector<std::uint32_t> hits_of(const TextAsked& asked, const TextEvidence& evidence, const TextChoice& choice,
                                   std::size_t subject) {
  std::vector<std::uint32_t> hits;
  for (const std::uint32_t k : choice.last) {
    const SentenceGuesses guesses = guesses_of(asked.subjects, asked.last, evidence.last.texts, k)[subject];
    std::uint32_t count = 0;
    for (const std::string& continuation : guesses.continuations) {
      std::vector<std::string> words = normalised_words(continuation);
      words.resize(std::min<std::size_t>(words.size(), k));
      count += words == guesses.suffix ? 1 : 0;
    }
    hits.push_back(count);
  }
  return hits;
}

}  // namespace

std::vector<std::uint32_t> standing_sentences(const OpenRecord& record) {
  std::set<std::uint32_t> standing;
  for (const ManifestItem& item : record.items) {
    for (const Insertion& insertion : item.insertions) standing.insert(insertion.sentence);
  }
  return {standing.begin(), standing.end()};
}

TextAsked text_asked(const OpenRecord& record, const ReleaseKeys& keys, const Draw& draw, const TextChoice& choice,
                     const std::vector<HostContext>& hosts) {
  const GhostSentences book(recipe_of(record.plan), keys.pool_root);
  const std::uint32_t siblings = choice.rank ? choice.siblings : 0;
  TextAsked asked;
  asked.subjects = text_subjects(book, draw, record.plan.test.pool, standing_sentences(record), hosts, siblings);
  asked.last = last_words_prompts(asked.subjects, choice.last, text_order(keys));
  if (choice.rank) asked.rank = rank_items(asked.subjects, choice.tail, text_order(keys));
  return asked;
}

std::string answers_hash(const TextEvidence& evidence) {
  const nlohmann::json all{evidence.last.texts, evidence.rank.scores, evidence.other.scores};
  const std::string text = all.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return to_hex(digest(nullptr, "text-answers", {bytes_of(text)}));
}

TextVerdict judged_text(const OpenRecord& record, const TextChoice& choice, const TextAsked& asked,
                        const TextEvidence& evidence, const LoggedTest& test, const std::vector<TimeStamp>& stamps,
                        const Draw& draw, bool show) {
  const Plan& plan = record.plan;
  const GhostRecipe recipe = recipe_of(plan);
  TextVerdict verdict;
  static_cast<TestFacts&>(verdict) = test_facts(plan, test.intent, test.number, stamps);
  verdict.name = evidence.probe.hello.name;
  verdict.reference = evidence.reference_name;
  const auto tests = static_cast<double>(choice.last.size() + (choice.rank ? 1 : 0));
  if (tests == 0) broken_promise("a verdict without a test");
  for (std::size_t n = 0; n < choice.last.size(); ++n)
    verdict.findings.push_back(last_finding(record, asked, evidence, choice, n, test.intent.level / tests));
  if (choice.rank) {
    verdict.findings.push_back(
        rank_finding(asked, evidence, choice, test.intent.level / tests, draw.coins.derive("rank-test")));
  }
  adjust(verdict.findings);
  verdict.left_out = evidence.left_out;
  for (std::size_t s = 0; s < asked.subjects.size(); ++s) {
    const TextSubject& subject = asked.subjects[s];
    TextRow row{subject.sentence, hits_of(asked, evidence, choice, s), 0, {}};
    if (choice.rank) row.rank = verdict.findings.back().rank->ranks[s];
    if (show) {
      row.words = subject.lead;
      for (const std::string& word : subject.members[subject.released])
        row.words += (row.words.ends_with(' ') ? "" : " ") + word;
    }
    verdict.rows.push_back(std::move(row));
  }
  verdict.choice = choice;
  verdict.list = recipe.list->words.size();
  verdict.words = recipe.words;
  verdict.pool = plan.test.pool;
  verdict.sentences = static_cast<std::uint32_t>(asked.subjects.size());
  verdict.released = recipe.sentences;
  verdict.prompts = evidence.last.texts.size();
  verdict.items = evidence.rank.scores.size();
  verdict.earlier = evidence.earlier;
  verdict.repeat_spread = evidence.probe.ability.spread;
  verdict.queries = verdict.prompts + verdict.items;
  verdict.table = answers_hash(evidence);
  return verdict;
}

}  // namespace wardmark
