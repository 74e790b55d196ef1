#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "verify/text_suspect.h"

/// The lines that pass between the tool and a text model: docs/suspect-protocol.md, "Text models". Both ends use these
/// functions.
namespace wardmark {

/// Log-probabilities above this are none; a little is left for rounding.
inline constexpr double kMostLogProbability = 1e-3;
/// Most tokens that an answer to one item may have.
inline constexpr std::size_t kMostTokens = 65536;

std::string text_hello_request();
std::string continue_request(std::uint64_t id, const std::vector<std::string>& prompts, unsigned tokens);
std::string score_text_request(std::uint64_t id, const std::vector<TextItem>& items);

/// What the tool asks, as a text suspect reads it.
struct TextRequest {
  enum class Kind { hello, continue_, score, bye } kind = Kind::bye;
  std::uint64_t id = 0;
  std::vector<std::string> prompts;
  unsigned tokens = 0;
  std::vector<TextItem> items;
};
/// True of a line that begins a talk with a text model.
bool is_text_hello(std::string_view line);
/// Error(suspect_reply) for anything else.
TextRequest parse_text_request(std::string_view line);

std::string text_hello_reply(const TextHello& hello);
std::string continuations_reply(std::uint64_t id, const std::vector<std::string>& texts);
std::string text_scores_reply(std::uint64_t id, const std::vector<std::vector<double>>& scores);

/// Checked replies, as those of suspect_protocol.h: another number of answers, a score that is no finite number or
/// above 0, or an item without any is Error(suspect_reply).
TextHello parse_text_hello(std::string_view line);
std::vector<std::string> parse_continuations(std::string_view line, std::uint64_t id, std::size_t count);
std::vector<std::vector<double>> parse_text_scores(std::string_view line, std::uint64_t id, std::size_t count);

}  // namespace wardmark
