#pragma once
#include <chrono>
#include <memory>
#include <string>

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

/// Posts JSON to addresses below one. Connections are kept. Redirects are not followed, certificates are checked,
/// nothing but http and https is spoken. Neither key nor what is sent appears in an error. Used from one thread.
class HttpPost {
 public:
  explicit HttpPost(HttpOptions options);
  ~HttpPost();
  HttpPost(const HttpPost&) = delete;
  HttpPost& operator=(const HttpPost&) = delete;

  /// The body that address + `path` replies to `body` with status 200. Error(suspect_failed) when it gives none after
  /// all retries, with what the server says of it.
  std::string posted(const std::string& body, const std::string& path = {});
  const HttpOptions& options() const { return options_; }

 private:
  struct Transfer;
  HttpOptions options_;
  std::chrono::steady_clock::time_point last_{};
  std::unique_ptr<Transfer> transfer_;
};

}  // namespace wardmark
