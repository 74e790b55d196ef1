#include "cli/text_test.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"
#include "core/random.h"

namespace wardmark {
namespace {

/// Enough for k words of a list and what a model puts around them, whatever its tokens are.
unsigned tokens_for(std::uint32_t k) { return 12 * k + 4; }

std::string joined(std::span<const std::string> words) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += ' ';
    text += word;
  }
  return text;
}

std::vector<std::string> words_of(const GhostSentences& book, std::uint32_t sentence, std::uint32_t candidate) {
  std::vector<std::string> words;
  for (const std::uint32_t word : book.words(sentence, candidate)) words.emplace_back(book.recipe().list->words[word]);
  return words;
}

/// The candidates of a set, sorted.
std::vector<std::uint32_t> chosen_candidates(const Draw& draw, std::uint32_t pool, std::uint32_t sentence,
                                             std::uint32_t siblings) {
  const std::uint32_t released = released_candidate(draw, pool, sentence);
  std::vector<std::uint32_t> chosen = {released};
  for (const std::uint32_t candidate :
       Stream(draw.coins, "rank-siblings", std::to_string(sentence)).permutation(pool)) {
    if (chosen.size() > siblings) break;
    if (candidate != released) chosen.push_back(candidate);
  }
  std::ranges::sort(chosen);
  return chosen;
}

/// Context and text of an item: the words that count follow the context with a space between.
TextItem item_of(std::string before, std::span<const std::string> words, std::size_t first) {
  if (first > 0) before += joined(words.first(first));
  before.erase(before.find_last_not_of(' ') + 1);
  if (before.empty()) before = "\n";  // so that even the first token has something before it
  std::string text(1, ' ');
  text += joined(words.subspan(first));
  return {std::move(before), std::move(text)};
}

std::int64_t sum_of(const std::vector<std::int64_t>& scores) {
  return std::accumulate(scores.begin(), scores.end(), std::int64_t{0});
}

std::int64_t floor_div(std::int64_t value, std::int64_t by) {
  const std::int64_t whole = value / by;
  return value % by != 0 && value < 0 ? whole - 1 : whole;
}

/// What a member got over its contexts.
struct Gathered {
  std::int64_t means = 0;           ///< of mean log-probabilities a token, in billionths
  std::int64_t sum = 0, other = 0;  ///< of log-probabilities, in millionths: suspect, reference
  std::int64_t contexts = 0;
};

std::int64_t score_of(const Gathered& g, const std::string& compare) {
  if (g.contexts == 0) broken_promise("a member without scores");
  if (compare.empty()) return floor_div(g.means, g.contexts);
  if (compare == "difference") return floor_div(1000 * (g.sum - g.other), g.contexts);
  if (g.other == 0) throw Error(Code::suspect_reply, "reference: it finds a sentence certain");
  return -std::llround(1e9 * (static_cast<double>(g.sum) / static_cast<double>(g.other)));
}

}  // namespace

Subkey text_order(const ReleaseKeys& keys) { return keys.pool_root.derive("text-order"); }

std::vector<TextSubject> text_subjects(const GhostSentences& book, const Draw& draw, std::uint32_t pool,
                                       const std::vector<std::uint32_t>& standing,
                                       const std::vector<HostContext>& hosts, std::uint32_t siblings) {
  if (standing.empty()) throw Error(Code::no_test, "no sentence of this release stands in a document");
  if (siblings + 1 > pool) {
    throw Error(Code::no_test, "-B " + std::to_string(siblings) + ": the release has " + std::to_string(pool) +
                                   " candidates a sentence, the released one among them");
  }
  std::vector<TextSubject> subjects;
  for (const std::uint32_t sentence : standing) {
    TextSubject subject;
    subject.sentence = sentence;
    subject.hosts = {""};
    for (const HostContext& host : hosts) {
      if (host.sentence == sentence) subject.hosts.push_back(host.before);
    }
    const std::uint32_t released = released_candidate(draw, pool, sentence);
    const std::string whole = book.text(sentence, released);
    subject.lead = whole.substr(0, whole.find(book.phrase(sentence, released)));
    for (const std::uint32_t candidate : chosen_candidates(draw, pool, sentence, siblings)) {
      if (candidate == released) subject.released = subject.members.size();
      subject.members.push_back(words_of(book, sentence, candidate));
    }
    subjects.push_back(std::move(subject));
  }
  return subjects;
}

PromptList last_words_prompts(const std::vector<TextSubject>& subjects, const std::vector<std::uint32_t>& last,
                              const Subkey& order) {
  PromptList list;
  for (const std::uint32_t k : last) {
    PromptList here;
    for (std::size_t s = 0; s < subjects.size(); ++s) {
      const std::vector<std::string>& words = subjects[s].members[subjects[s].released];
      if (k == 0 || k >= words.size()) broken_promise("a beginning without words");
      const std::span<const std::string> suffix = std::span(words).last(k);
      for (std::size_t h = 0; h < subjects[s].hosts.size(); ++h) {
        std::string prompt = subjects[s].hosts[h];
        prompt += subjects[s].lead;
        prompt += joined(std::span(words).first(words.size() - k));
        if (holds_words(prompt, suffix)) continue;
        here.prompts.push_back({prompt, tokens_for(k)});
        here.places.push_back({k, s, h});
      }
    }
    const auto count = static_cast<std::uint32_t>(here.prompts.size());
    for (const std::uint32_t n : Stream(order, "last-words", std::to_string(k)).permutation(count)) {
      list.prompts.push_back(here.prompts[n]);
      list.places.push_back(here.places[n]);
    }
  }
  return list;
}

ItemList rank_items(const std::vector<TextSubject>& subjects, std::uint32_t tail, const Subkey& order) {
  ItemList plain;
  for (std::size_t s = 0; s < subjects.size(); ++s) {
    for (std::size_t m = 0; m < subjects[s].members.size(); ++m) {
      const std::vector<std::string>& words = subjects[s].members[m];
      const std::size_t first = tail == 0 ? 0 : words.size() - std::min<std::size_t>(tail, words.size());
      for (std::size_t h = 0; h < subjects[s].hosts.size(); ++h) {
        plain.items.push_back(item_of(subjects[s].hosts[h] + subjects[s].lead, words, first));
        plain.places.push_back({s, m, h});
      }
    }
  }
  ItemList list;
  for (const std::uint32_t n :
       Stream(order, "rank-items").permutation(static_cast<std::uint32_t>(plain.items.size()))) {
    list.items.push_back(std::move(plain.items[n]));
    list.places.push_back(plain.places[n]);
  }
  return list;
}

std::vector<SentenceGuesses> guesses_of(const std::vector<TextSubject>& subjects, const PromptList& asked,
                                        const std::vector<std::string>& texts, std::uint32_t k) {
  if (texts.size() != asked.places.size()) broken_promise("continuations that do not fit their prompts");
  std::vector<SentenceGuesses> all(subjects.size());
  for (std::size_t s = 0; s < subjects.size(); ++s) {
    const std::vector<std::string>& words = subjects[s].members[subjects[s].released];
    all[s].suffix.assign(words.end() - k, words.end());
  }
  for (std::size_t n = 0; n < texts.size(); ++n) {
    if (asked.places[n].k == k) all[asked.places[n].subject].continuations.push_back(texts[n]);
  }
  return all;
}

std::uint32_t prompts_each(const PromptList& asked, std::uint32_t k) {
  std::vector<std::uint32_t> counts;
  for (const PromptPlace& place : asked.places) {
    if (place.k != k) continue;
    if (counts.size() <= place.subject) counts.resize(place.subject + 1);
    ++counts[place.subject];
  }
  return counts.empty() ? 0 : *std::ranges::max_element(counts);
}

std::vector<SentenceScores> member_scores(const std::vector<TextSubject>& subjects, const ItemList& asked,
                                          const std::vector<std::vector<std::int64_t>>& suspect,
                                          const std::vector<std::vector<std::int64_t>>& reference,
                                          const std::string& compare) {
  if (suspect.size() != asked.places.size() ||
      (compare.empty() ? !reference.empty() : reference.size() != suspect.size()))
    broken_promise("scores that do not fit their items");
  std::vector<std::vector<Gathered>> gathered(subjects.size());
  for (std::size_t s = 0; s < subjects.size(); ++s) gathered[s].resize(subjects[s].members.size());
  for (std::size_t n = 0; n < suspect.size(); ++n) {
    Gathered& g = gathered[asked.places[n].subject][asked.places[n].member];
    const std::int64_t sum = sum_of(suspect[n]);
    g.means += floor_div(1000 * sum, static_cast<std::int64_t>(suspect[n].size()));
    g.sum += sum;
    if (!compare.empty()) g.other += sum_of(reference[n]);
    ++g.contexts;
  }
  std::vector<SentenceScores> scores(subjects.size());
  for (std::size_t s = 0; s < subjects.size(); ++s) {
    scores[s].released = subjects[s].released;
    for (const Gathered& g : gathered[s]) scores[s].members.push_back(score_of(g, compare));
  }
  return scores;
}

}  // namespace wardmark
