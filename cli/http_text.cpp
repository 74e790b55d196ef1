#include "cli/http_text.h"

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "verify/text_protocol.h"

namespace wardmark {
namespace {

using nlohmann::json;

/// The address without a path of the API and without a slash at the end.
HttpOptions below(HttpOptions options, const TextApi* api) {
  if (api == nullptr) return options;
  while (options.url.ends_with('/')) options.url.pop_back();
  if (options.url.ends_with(api->continue_path)) options.url.resize(options.url.size() - api->continue_path.size());
  return options;
}

std::string dumped(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

}  // namespace

HttpText::HttpText(HttpOptions options, const TextApi* api, std::string model)
    : api_(api), model_(std::move(model)), post_(below(std::move(options), api)) {}

json HttpText::asked(const json& body, std::string_view path) {
  json reply = json::parse(post_.posted(dumped(body), std::string(path)), nullptr, false);
  if (!reply.is_object() && !reply.is_array())
    throw Error(Code::suspect_reply, post_.options().url + ": its reply is no JSON object");
  return reply;
}

std::string HttpText::reply(const std::string& line) {
  const TextRequest request = parse_text_request(line);
  if (api_ == nullptr) {
    const json message = json::parse(post_.posted(line), nullptr, false);
    if (!message.is_object()) throw Error(Code::suspect_reply, post_.options().url + ": its reply is no JSON object");
    return dumped(message) + "\n";
  }
  if (request.kind == TextRequest::Kind::hello) {
    const std::string name = model_.empty() ? std::string(api_->name) : model_;
    return text_hello_reply({name, true, api_->scores != nullptr, 0});
  }
  if (request.kind == TextRequest::Kind::continue_) {
    std::vector<std::string> texts;
    for (const std::string& prompt : request.prompts) {
      const json reply = asked(api_->continue_body(model_, prompt, request.tokens), api_->continue_path);
      texts.push_back(api_->continuation(reply, prompt));
    }
    return continuations_reply(request.id, texts);
  }
  if (api_->scores == nullptr)
    throw Error(Code::suspect_failed, std::string(api_->name) + " tells no log-probabilities of a given text");
  std::vector<std::vector<double>> scores;
  for (const TextItem& item : request.items) {
    const json reply = asked(api_->score_body(model_, item.context + item.text), api_->score_path);
    scores.push_back(api_->scores(reply, item));
  }
  return text_scores_reply(request.id, scores);
}

}  // namespace wardmark
