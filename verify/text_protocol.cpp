#include "verify/text_protocol.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "verify/protocol_line.h"
#include "verify/suspect_protocol.h"

namespace wardmark {
namespace {

using nlohmann::json;
using namespace protocol;

constexpr std::int64_t kMostAsked = 1 << 20;

const json& list_in(const json& message, const char* name) {
  const auto list = message.find(name);
  if (list == message.end() || !list->is_array() || list->empty()) refuse(std::string(name) + " is no list");
  return *list;
}

std::string text_in(const json& value, const char* what) {
  if (!value.is_string()) refuse(std::string(what) + " is no text");
  return value.get<std::string>();
}

std::vector<double> token_scores(const json& row) {
  if (!row.is_array() || row.empty()) refuse("an item has no scores");
  if (row.size() > kMostTokens) refuse("an item has more than " + std::to_string(kMostTokens) + " scores");
  std::vector<double> scores;
  for (const json& value : row) {
    if (!value.is_number() || !std::isfinite(value.get<double>()) || value.get<double>() > kMostLogProbability)
      refuse("a score is no logarithm of a probability: " + value.dump().substr(0, 40));
    scores.push_back(std::min(0.0, value.get<double>()));
  }
  return scores;
}

}  // namespace

std::string text_hello_request() {
  return line_of({{"wardmark", "hello"}, {"version", kSuspectProtocol}, {"kind", "text"}});
}

std::string continue_request(std::uint64_t id, const std::vector<std::string>& prompts, unsigned tokens) {
  return line_of({{"wardmark", "continue"}, {"id", id}, {"prompts", prompts}, {"tokens", tokens}});
}

std::string score_text_request(std::uint64_t id, const std::vector<TextItem>& items) {
  json list = json::array();
  for (const TextItem& item : items) list.push_back({{"context", item.context}, {"text", item.text}});
  return line_of({{"wardmark", "score-text"}, {"id", id}, {"items", list}});
}

bool is_text_hello(std::string_view line) {
  const json message = json::parse(line, nullptr, false);
  return message.is_object() && message.contains("wardmark") && message["wardmark"] == "hello" &&
         message.contains("kind") && message["kind"] == "text";
}

TextRequest parse_text_request(std::string_view line) {
  const json message = parsed(line);
  const auto at = message.find("wardmark");
  const std::string kind = at != message.end() && at->is_string() ? at->get<std::string>() : std::string();
  TextRequest request;
  if (kind == "hello") {
    whole(message, "version", kSuspectProtocol, kSuspectProtocol);
    if (!is_text_hello(line)) refuse("a hello that is not for a text model");
    request.kind = TextRequest::Kind::hello;
  } else if (kind == "continue") {
    request.kind = TextRequest::Kind::continue_;
    request.id = static_cast<std::uint64_t>(whole(message, "id", 0, INT64_MAX));
    request.tokens = static_cast<unsigned>(whole(message, "tokens", 1, kMostAsked));
    for (const json& prompt : list_in(message, "prompts")) request.prompts.push_back(text_in(prompt, "a prompt"));
  } else if (kind == "score-text") {
    request.kind = TextRequest::Kind::score;
    request.id = static_cast<std::uint64_t>(whole(message, "id", 0, INT64_MAX));
    for (const json& item : list_in(message, "items")) {
      if (!item.is_object() || !item.contains("context") || !item.contains("text")) refuse("an item that is no object");
      request.items.push_back({text_in(item["context"], "a context"), text_in(item["text"], "a text")});
    }
  } else if (kind != "bye") {
    refuse("an unknown request: " + kind.substr(0, 40));
  }
  return request;
}

std::string text_hello_reply(const TextHello& hello) {
  json access = json::array();
  if (hello.continues) access.push_back("continue");
  if (hello.scores) access.push_back("score");
  json message{{"wardmark", "hello"}, {"version", kSuspectProtocol}, {"kind", "text"}, {"name", hello.name}};
  message["access"] = access;
  if (hello.context > 0) message["context"] = hello.context;
  return line_of(message);
}

std::string continuations_reply(std::uint64_t id, const std::vector<std::string>& texts) {
  return line_of({{"wardmark", "continuations"}, {"id", id}, {"texts", texts}});
}

std::string text_scores_reply(std::uint64_t id, const std::vector<std::vector<double>>& scores) {
  return line_of({{"wardmark", "text-scores"}, {"id", id}, {"scores", scores}});
}

TextHello parse_text_hello(std::string_view line) {
  const json message = reply_of(line, "hello");
  whole(message, "version", kSuspectProtocol, kSuspectProtocol);
  if (!message.contains("kind") || message["kind"] != "text") refuse("it is no text model: \"kind\" is not \"text\"");
  TextHello hello;
  if (message.contains("name") && message["name"].is_string()) hello.name = message["name"].get<std::string>();
  if (message.contains("context"))
    hello.context = static_cast<std::size_t>(whole(message, "context", 1, std::int64_t{1} << 40));
  for (const json& access : list_in(message, "access")) {
    if (access != "continue" && access != "score") refuse("access is \"continue\", \"score\" or both");
    (access == "continue" ? hello.continues : hello.scores) = true;
  }
  return hello;
}

std::vector<std::string> parse_continuations(std::string_view line, std::uint64_t id, std::size_t count) {
  std::vector<std::string> texts;
  for (const json& text : list_of(line, "continuations", id, "texts", count))
    texts.push_back(text_in(text, "a continuation"));
  return texts;
}

std::vector<std::vector<double>> parse_text_scores(std::string_view line, std::uint64_t id, std::size_t count) {
  std::vector<std::vector<double>> scores;
  for (const json& row : list_of(line, "text-scores", id, "scores", count)) scores.push_back(token_scores(row));
  return scores;
}

}  // namespace wardmark
