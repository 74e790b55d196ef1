#pragma once
#include <string>
#include <string_view>

#include "cli/http_post.h"
#include "core/bytes.h"
#include "verify/suspect.h"

namespace wardmark {

/// A model behind an address: the messages of docs/suspect-protocol.md, posted, with the pictures inside. Neither key
/// nor pictures appear in an error. Used from one thread.
class HttpSuspect {
 public:
  explicit HttpSuspect(HttpOptions options) : post_(std::move(options)) {}

  /// The reply to a line of the protocol, as a line. Error(suspect_failed) when the address gives none after all
  /// retries, (suspect_reply) for one that is no JSON object.
  std::string reply(const std::string& line);

 private:
  std::string body_of(const std::string& line) const;

  HttpPost post_;
  SuspectHello hello_;  ///< once it was asked for
};

}  // namespace wardmark
