#include "cli/text_verdict.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "cli/console.h"

namespace wardmark {
namespace {

using nlohmann::json;

std::string share(double value) { return figure(100 * value, "%.1f") + " %"; }

std::string last_text(const TextVerdict& v, const TextFinding& f) {
  const LastWordsResult& r = *f.last;
  std::string text = std::to_string(r.hits) + " of " + counted(r.sentences, "sentence") +
                     " completed with their last " + (r.k == 1 ? std::string("word") : std::to_string(r.k) + " words") +
                     " (U-Acc-" + std::to_string(r.k) + " " + share(static_cast<double>(r.hits) / r.sentences) +
                     ", 95 %: " + share(r.share.low) + " to " + share(r.share.high) + "; D-Acc-" + std::to_string(r.k) +
                     " " + std::to_string(r.prompts_hit) + " of " + std::to_string(r.prompts) + " prompts); " +
                     std::to_string(r.guesses) + " distinct guesses, each right by chance once in " +
                     std::to_string(v.list) + "^" + std::to_string(r.k);
  text += r.needed == 0 ? "; no number of hits would reach the level"
                        : "; " + std::to_string(r.needed) + " hits reach the level, found 9 times in 10 from " +
                              share(*r.detectable) + " known on";
  return text;
}

std::string rank_text(const TextVerdict& v, const TextFinding& f) {
  const RankResult& r = *f.rank;
  std::string text = "sum of " + counted(r.sentences, "rank") + " among " + std::to_string(r.members) + " is " +
                     std::to_string(r.sum) + " (by chance " + figure(0.5 * r.sentences * (r.members + 1), "%.0f") +
                     "); released sentences score above " + share(r.won) + " of their siblings; effect " +
                     rank_unit(v.choice, r.effect) + " (95 %: " + (r.low ? rank_unit(v.choice, *r.low) : "unbounded") +
                     " to " + (r.high ? rank_unit(v.choice, *r.high) : "unbounded") + "), siblings vary by " +
                     rank_unit(v.choice, r.spread);
  text += r.detectable ? "; found 9 times in 10 from " + rank_unit(v.choice, *r.detectable) + " on"
                       : "; no effect, however large, would be found";
  return text;
}

json last_json(const LastWordsResult& r) {
  return {{"k", r.k},
          {"hits", r.hits},
          {"sentences", r.sentences},
          {"prompts", r.prompts},
          {"prompts_hit", r.prompts_hit},
          {"d_acc", r.prompts == 0 ? 0.0 : static_cast<double>(r.prompts_hit) / static_cast<double>(r.prompts)},
          {"u_acc", static_cast<double>(r.hits) / r.sentences},
          {"u_acc_low", r.share.low},
          {"u_acc_high", r.share.high},
          {"guesses", r.guesses},
          {"union_bound", r.bound},
          {"hits_needed", r.needed},
          {"detectable_share", r.detectable ? json(*r.detectable) : json()}};
}

json rank_json(const RankResult& r) {
  const auto optional = [](const std::optional<double>& value) { return value ? json(*value) : json(); };
  return {{"sentences", r.sentences},
          {"members", r.members},
          {"sum", r.sum},
          {"won", r.won},
          {"effect", r.effect},
          {"effect_low", optional(r.low)},
          {"effect_high", optional(r.high)},
          {"sibling_spread", r.spread},
          {"detectable_effect", optional(r.detectable)},
          {"ranks", r.ranks}};
}

}  // namespace

double TextVerdict::p() const {
  double least = 1;
  for (const TextFinding& f : findings) least = std::min(least, f.adjusted);
  return least;
}

void adjust(std::vector<TextFinding>& findings) {
  std::vector<std::size_t> order(findings.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return findings[i].p; });
  double before = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    TextFinding& f = findings[order[i]];
    before = f.adjusted = std::max(before, std::min(1.0, f.p * static_cast<double>(order.size() - i)));
  }
}

std::string rank_unit(const TextChoice& choice, double value) {
  if (choice.compare == "ratio") return figure(value / 1e9) + " of the reference's";
  return figure(value / 1e9) + (choice.compare.empty() ? " nats a token" : " nats a sentence");
}

std::string verdict_text(const TextVerdict& v) {
  std::string text = verdict_headline(v, v.evidence());
  text += "p = " + figure(v.p()) + ", adjusted for " + counted(v.findings.size(), "test") + "; level " +
          figure(v.level) + " (suspect " + std::to_string(v.number) + " of " + std::to_string(v.tests) + ")\n";
  for (const TextFinding& f : v.findings) {
    text += f.test + ": p = " + figure(f.p) + ", adjusted " + figure(f.adjusted) + ", smallest possible " +
            figure(f.floor) + ": " + (f.last ? last_text(v, f) : rank_text(v, f)) + "\n";
  }
  for (const std::string& reason : v.left_out) text += "not made: " + printable(reason) + "\n";
  text += "asked: " + std::to_string(v.prompts) + " beginnings, " + std::to_string(v.items) + " scores, about " +
          std::to_string(v.sentences) + " of " + counted(v.released, "sentence") + " of " + std::to_string(v.words) +
          " words from a list of " + std::to_string(v.list) + ", released one of " + std::to_string(v.pool) +
          " candidates each\n";
  if (v.items > 0) text += "a score asked again differs by at most " + figure(v.repeat_spread) + "\n";
  text +=
      "hypothesis tested: the suspect is independent of which candidates were released and of the words that the key "
      "drew; if it is not, it was trained on the release, on a copy of it, or on a model that was, or it looked the "
      "text up\n";
  return text + verdict_ending(v);
}

std::string verdict_json(const TextVerdict& v) {
  json findings = json::array(), rows = json::array();
  for (const TextFinding& f : v.findings) {
    json one{{"test", f.test}, {"p", f.p}, {"p_adjusted", f.adjusted}, {"floor", f.floor}};
    if (f.last) one["last"] = last_json(*f.last);
    if (f.rank) one["rank"] = rank_json(*f.rank);
    findings.push_back(one);
  }
  for (const TextRow& row : v.rows) {
    json one{{"sentence", row.sentence}, {"hits", row.hits}};
    if (row.rank > 0) one["rank"] = row.rank;
    if (!row.words.empty()) one["words"] = row.words;
    rows.push_back(one);
  }
  json value = facts_json(v, v.evidence());
  value.update({{"schema", "wardmark.verify-text/1"},
                {"suspect_name", v.name},
                {"reference", printable(v.reference)},
                {"p", v.p()},
                {"findings", findings},
                {"not_made", v.left_out},
                {"rows", rows},
                {"last", v.choice.last},
                {"siblings", v.choice.siblings},
                {"contexts", v.choice.contexts},
                {"tail", v.choice.tail},
                {"compare", v.choice.compare},
                {"decoding", "greedy"},
                {"list", v.list},
                {"words", v.words},
                {"pool", v.pool},
                {"sentences", v.sentences},
                {"sentences_released", v.released},
                {"prompts", v.prompts},
                {"items", v.items},
                {"guesses_before", v.earlier},
                {"repeat_spread", v.repeat_spread}});
  return value.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace wardmark
