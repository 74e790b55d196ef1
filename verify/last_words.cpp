#include "verify/last_words.h"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <set>

#include "core/error.h"

namespace wardmark {
namespace {

/// The first k words of a continuation, or fewer where it is shorter: that is no guess of k words then.
std::vector<std::string> guess_of(std::string_view continuation, std::uint32_t k) {
  std::vector<std::string> words = normalised_words(continuation);
  if (words.size() > k) words.resize(k);
  return words;
}

double tail(std::uint64_t hits, std::uint64_t n, double q) {
  return std::max(DBL_MIN, binomial_upper_tail(hits, n, q));
}

std::optional<double> detectable_share(std::uint32_t needed, std::uint32_t n) {
  if (needed == 0) return std::nullopt;
  double low = 0, high = 1;
  for (int step = 0; step < 60; ++step) {
    const double share = (low + high) / 2;
    (binomial_upper_tail(needed, n, share) >= 0.9 ? high : low) = share;
  }
  return high;
}

}  // namespace

std::vector<std::string> normalised_words(std::string_view text) {
  std::vector<std::string> words;
  bool within = false;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) > 127;
    if (letter && !within) words.emplace_back();
    if (letter) words.back() += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    within = letter;
  }
  return words;
}

bool holds_words(std::string_view text, std::span<const std::string> words) {
  const std::vector<std::string> all = normalised_words(text);
  return !words.empty() && !std::ranges::search(all, words).empty();
}

LastWordsResult last_words_test(std::span<const SentenceGuesses> sentences, const LastWordsPlan& plan) {
  LastWordsResult result;
  result.k = plan.k;
  result.sentences = static_cast<std::uint32_t>(sentences.size());
  if (sentences.empty() || plan.k == 0 || plan.list < 2) broken_promise("a last words test without sentences");
  for (const SentenceGuesses& sentence : sentences) {
    if (sentence.suffix.size() != plan.k) broken_promise("a suffix that is not k words");
    std::set<std::vector<std::string>> distinct;
    bool hit = false;
    for (const std::string& continuation : sentence.continuations) {
      const std::vector<std::string> guess = guess_of(continuation, plan.k);
      if (guess.size() == plan.k) distinct.insert(guess);
      const bool right = guess == sentence.suffix;
      result.prompts_hit += right ? 1 : 0;
      hit = hit || right;
    }
    if (distinct.size() > plan.allowed) broken_promise("more guesses than were allowed");
    result.prompts += sentence.continuations.size();
    result.guesses += distinct.size();
    result.hits += hit ? 1 : 0;
  }
  const double once = std::pow(static_cast<double>(plan.list), -static_cast<double>(plan.k));
  const double q = std::min(1.0, plan.allowed * once);
  const std::uint32_t n = result.sentences;
  result.p = tail(result.hits, n, q);
  if (result.hits > 0) result.bound = std::min(1.0, static_cast<double>(result.guesses) * once);
  result.floor = tail(n, n, q);
  result.share = clopper_pearson(result.hits, n, 0.95);
  for (std::uint32_t hits = 1; hits <= n && result.needed == 0; ++hits) {
    if (tail(hits, n, q) <= plan.level) result.needed = hits;
  }
  result.detectable = detectable_share(result.needed, n);
  return result;
}

}  // namespace wardmark
