#include "verify/suspect_protocol.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

#include "core/error.h"
#include "verify/protocol_line.h"

namespace wardmark {
namespace {

using nlohmann::json;
using namespace protocol;

constexpr int kLargestSide = 4096;
constexpr std::size_t kMostLabels = 100000;

}  // namespace

std::string hello_request() { return line_of({{"wardmark", "hello"}, {"version", kSuspectProtocol}}); }

std::string classify_request(std::uint64_t id, std::size_t count, const std::string& file) {
  return line_of({{"wardmark", "classify"}, {"id", id}, {"count", count}, {"file", file}});
}

std::string score_request(std::uint64_t id, std::size_t count, const std::string& file) {
  return line_of({{"wardmark", "score"}, {"id", id}, {"count", count}, {"file", file}});
}

std::string bye_request() { return line_of({{"wardmark", "bye"}}); }

SuspectRequest parse_request(std::string_view line) {
  const json message = parsed(line);
  const std::string kind = message.value("wardmark", "");
  SuspectRequest request;
  if (kind == "hello") {
    whole(message, "version", kSuspectProtocol, kSuspectProtocol);
    request.kind = SuspectRequest::Kind::hello;
  } else if (kind == "classify" || kind == "score") {
    request.kind = kind == "score" ? SuspectRequest::Kind::score : SuspectRequest::Kind::classify;
    request.id = static_cast<std::uint64_t>(whole(message, "id", 0, INT64_MAX));
    request.count = static_cast<std::size_t>(whole(message, "count", 1, 1 << 24));
    if (!message.contains("file") || !message["file"].is_string()) refuse("file is no text");
    request.file = message["file"].get<std::string>();
  } else if (kind != "bye") {
    refuse("an unknown request: " + kind);
  }
  return request;
}

std::string hello_reply(const SuspectHello& hello) {
  return line_of({{"wardmark", "hello"},
                  {"version", kSuspectProtocol},
                  {"name", hello.name},
                  {"height", hello.height},
                  {"width", hello.width},
                  {"channels", hello.channels},
                  {"labels", hello.labels},
                  {"batch", hello.batch},
                  {"access", hello.scores ? json{"labels", "scores"} : json{"labels"}}});
}

std::string answers_reply(std::uint64_t id, const std::vector<std::uint32_t>& labels) {
  return line_of({{"wardmark", "answers"}, {"id", id}, {"labels", labels}});
}

std::string scores_reply(std::uint64_t id, const std::vector<float>& scores, std::size_t labels) {
  json rows = json::array();
  for (std::size_t at = 0; at < scores.size(); at += labels) {
    json row = json::array();
    // An impossible class has no logarithm that JSON could carry.
    for (std::size_t l = at; l < at + labels; ++l) row.push_back(std::max(kLeastScore, scores[l]));
    rows.push_back(std::move(row));
  }
  return line_of({{"wardmark", "scores"}, {"id", id}, {"scores", rows}});
}

std::string error_reply(std::string_view text) { return line_of({{"wardmark", "error"}, {"text", text}}); }

SuspectHello parse_hello(std::string_view line) {
  const json message = reply_of(line, "hello");
  whole(message, "version", kSuspectProtocol, kSuspectProtocol);
  SuspectHello hello;
  if (message.contains("name") && message["name"].is_string()) hello.name = message["name"].get<std::string>();
  hello.height = static_cast<int>(whole(message, "height", 1, kLargestSide));
  hello.width = static_cast<int>(whole(message, "width", 1, kLargestSide));
  hello.channels = static_cast<int>(whole(message, "channels", 1, 3));
  if (hello.channels == 2) refuse("channels is 2, not 1 or 3");
  if (message.contains("batch")) hello.batch = static_cast<std::size_t>(whole(message, "batch", 1, 65536));
  if (const auto access = message.find("access"); access != message.end()) {
    if (!access->is_array() || std::ranges::find(*access, json("labels")) == access->end())
      refuse("access is no list with \"labels\" in it");
    hello.scores = std::ranges::find(*access, json("scores")) != access->end();
  }
  const auto labels = message.find("labels");
  if (labels == message.end() || !labels->is_array() || labels->size() < 2 || labels->size() > kMostLabels)
    refuse("labels is no list of two names or more");
  std::set<std::string> seen;
  for (const json& label : *labels) {
    if (!label.is_string()) refuse("a label is no text");
    hello.labels.push_back(label.get<std::string>());
    if (!seen.insert(hello.labels.back()).second) refuse("two labels are the same: " + hello.labels.back());
  }
  return hello;
}

std::vector<std::uint32_t> parse_answers(std::string_view line, std::uint64_t id, std::size_t count,
                                         std::size_t classes) {
  const json message = reply_of(line, "answers");
  if (static_cast<std::uint64_t>(whole(message, "id", 0, INT64_MAX)) != id) refuse("its answer is to another request");
  const auto labels = message.find("labels");
  if (labels == message.end() || !labels->is_array()) refuse("labels is no list");
  if (labels->size() != count)
    refuse(std::to_string(labels->size()) + " answers to " + std::to_string(count) + " pictures");
  std::vector<std::uint32_t> answers;
  for (const json& label : *labels) {
    if (!label.is_number_integer() || label.get<std::int64_t>() < 0 ||
        label.get<std::int64_t>() >= static_cast<std::int64_t>(classes))
      refuse("an answer is no class from 0 to " + std::to_string(classes - 1) + ": " + label.dump().substr(0, 40));
    answers.push_back(label.get<std::uint32_t>());
  }
  return answers;
}

std::vector<float> parse_scores(std::string_view line, std::uint64_t id, std::size_t count, std::size_t classes) {
  const json message = reply_of(line, "scores");
  if (static_cast<std::uint64_t>(whole(message, "id", 0, INT64_MAX)) != id) refuse("its answer is to another request");
  const auto rows = message.find("scores");
  if (rows == message.end() || !rows->is_array()) refuse("scores is no list");
  if (rows->size() != count)
    refuse(std::to_string(rows->size()) + " answers to " + std::to_string(count) + " pictures");
  std::vector<float> scores;
  for (const json& row : *rows) {
    if (!row.is_array() || row.size() != classes)
      refuse("the scores of a picture are no list of " + std::to_string(classes));
    double sum = 0;
    for (const json& value : row) {
      if (!value.is_number() || value.get<double>() > 1e-3)
        refuse("a score is no logarithm of a probability: " + value.dump().substr(0, 40));
      scores.push_back(std::clamp(value.get<float>(), kLeastScore, 0.0f));
      sum += std::exp(value.get<double>());
    }
    if (std::abs(sum - 1) > 0.01) {
      char text[32];
      std::snprintf(text, sizeof text, "%.4g", sum);
      refuse("the probabilities of a picture sum to " + std::string(text) + ", not to 1");
    }
  }
  return scores;
}

}  // namespace wardmark
