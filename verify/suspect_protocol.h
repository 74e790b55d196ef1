#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "verify/suspect.h"

/// The lines that pass between the tool and a suspect: docs/suspect-protocol.md. Both ends use these functions.
namespace wardmark {

inline constexpr int kSuspectProtocol = 1;
/// Longest line taken from a suspect.
inline constexpr std::size_t kLongestReply = std::size_t{64} << 20;

/// ln p from which on a class counts as impossible.
inline constexpr float kLeastScore = -100;

std::string hello_request();
std::string classify_request(std::uint64_t id, std::size_t count, const std::string& file);
std::string score_request(std::uint64_t id, std::size_t count, const std::string& file);
std::string bye_request();

/// What the tool asks, as a suspect reads it.
struct SuspectRequest {
  enum class Kind { hello, classify, score, bye } kind = Kind::bye;
  std::uint64_t id = 0;
  std::size_t count = 0;
  std::string file;  ///< raw pictures: count x height x width x channels bytes
};
/// Error(suspect_reply) for anything else.
SuspectRequest parse_request(std::string_view line);

std::string hello_reply(const SuspectHello& hello);
std::string answers_reply(std::uint64_t id, const std::vector<std::uint32_t>& labels);
/// `scores`: natural logarithms of probabilities, `labels` a picture.
std::string scores_reply(std::uint64_t id, const std::vector<float>& scores, std::size_t labels);
std::string error_reply(std::string_view text);

/// Checked replies. Error(suspect_reply) says what is wrong: no JSON, another version, sizes or labels out of range,
/// another number of answers; (suspect_failed) for a reply in which the suspect says that it failed.
SuspectHello parse_hello(std::string_view line);
std::vector<std::uint32_t> parse_answers(std::string_view line, std::uint64_t id, std::size_t count,
                                         std::size_t classes);
/// Of scores also rows that are not as long as there are classes, values that are no number or above 0, and rows whose
/// probabilities do not sum to 1 within 1 %. No value below kLeastScore is returned.
std::vector<float> parse_scores(std::string_view line, std::uint64_t id, std::size_t count, std::size_t classes);

}  // namespace wardmark
