#pragma once
#include <string>

#include "cli/http_api.h"
#include "cli/http_post.h"

namespace wardmark {

/// A text model behind an address: by the lines of docs/suspect-protocol.md, posted as they are, or by an API of
/// another shape, one request a prompt. Used from one thread.
class HttpText {
 public:
  /// `api` null: our own lines. The path of an API is added to the address unless it ends with it.
  HttpText(HttpOptions options, const TextApi* api, std::string model);
  /// The reply to a line of the protocol, as a line. Error(suspect_failed), (suspect_reply).
  std::string reply(const std::string& line);

 private:
  nlohmann::json asked(const nlohmann::json& body, std::string_view path);

  const TextApi* api_;
  std::string model_;
  HttpPost post_;
};

}  // namespace wardmark
