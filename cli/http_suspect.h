#pragma once
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "core/bytes.h"
#include "verify/suspect.h"

namespace wardmark {

/// How an address is asked.
struct HttpOptions {
  std::string url;
  std::string key;      ///< sent as "Authorization: Bearer KEY"; empty: none
  double seconds = 60;  ///< until an answer is whole
  double rate = 0;      ///< most requests a second; 0: as fast as it answers
  unsigned retries =
      5;  ///< after refusals for load (429, 503), faults of the server (500, 502, 504) and lost connections
};

/// A model behind an address: the messages of docs/suspect-protocol.md, posted, with the pictures inside. Connections
/// are kept. Redirects are not followed, certificates are checked, nothing but http and https is spoken. Neither key
/// nor pictures appear in an error. Used from one thread.
class HttpSuspect {
 public:
  explicit HttpSuspect(HttpOptions options);
  ~HttpSuspect();
  HttpSuspect(const HttpSuspect&) = delete;
  HttpSuspect& operator=(const HttpSuspect&) = delete;

  /// The reply to a line of the protocol, as a line. Error(suspect_failed) when the address gives none after all
  /// retries, (suspect_reply) for one that is no JSON object.
  std::string reply(const std::string& line);

 private:
  struct Transfer;
  std::string posted(const std::string& body);
  std::string body_of(const std::string& line) const;

  HttpOptions options_;
  SuspectHello hello_;  ///< once it was asked for
  std::chrono::steady_clock::time_point last_{};
  std::unique_ptr<Transfer> transfer_;
};

}  // namespace wardmark
