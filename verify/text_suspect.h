#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "verify/suspect_process.h"

namespace wardmark {

/// What a text model says of itself.
struct TextHello {
  std::string name;
  bool continues = false;   ///< it continues prompts
  bool scores = false;      ///< it tells the log-probability of every token of a given text
  std::size_t context = 0;  ///< tokens it takes; 0: not said
  friend bool operator==(const TextHello&, const TextHello&) = default;
};

/// A text whose tokens are scored, and what stands before it.
struct TextItem {
  std::string context, text;
};

/// A text model that is asked. Used from one thread.
class TextSuspect {
 public:
  virtual ~TextSuspect() = default;
  virtual const TextHello& hello() const = 0;
  /// For each prompt what follows it, by greedy decoding, `tokens` tokens at most, without the prompt.
  virtual std::vector<std::string> continued(const std::vector<std::string>& prompts, unsigned tokens) = 0;
  /// For each item the natural logarithm of the probability of each token of `text`, at least one.
  /// Both: Error(suspect_failed) or (suspect_reply) when there is no proper answer: then there is no verdict either.
  virtual std::vector<std::vector<double>> scored(const std::vector<TextItem>& items) = 0;
};

/// Starts a program that speaks the text part of docs/suspect-protocol.md, as a SuspectProcess, and asks its hello.
std::unique_ptr<TextSuspect> start_text_suspect(const std::vector<std::string>& words, const SuspectLimits& limits);

/// What a suspect showed it can do, with the reason where it can't.
struct TextAbility {
  bool continues = false, scores = false;
  std::string no_continuing, no_scoring;
  double spread = 0;  ///< largest difference of a token's score when asked again
};

/// What a probe sends at most.
struct ProbeSize {
  std::size_t prompts = 0, items = 0, tokens = 0;  ///< tokens: those that may follow the prompts
  std::size_t bytes = 0;
};
ProbeSize probe_size();

/// Asks about common sentences, before anything of a release is: a suspect that answers with nothing, with zeros, with
/// equal values, with its prompt, or finds shuffled words as likely as sentences has no answers to be tested
/// by. Errors of a process that died pass through; a reply that is not proper is a reason.
TextAbility probe(TextSuspect& suspect);

}  // namespace wardmark
