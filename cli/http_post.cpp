#include "cli/http_post.h"

#include <curl/curl.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>

#include "core/error.h"
#include "verify/suspect_protocol.h"

namespace wardmark {
namespace {

using nlohmann::json;
using Seconds = std::chrono::duration<double>;

constexpr double kLongestPause = 120;
constexpr std::size_t kLongestReason = 200;

/// Appends what arrives; stops at the longest reply that is read.
std::size_t take(char* data, std::size_t size, std::size_t count, void* to) {
  auto& body = *static_cast<std::string*>(to);
  if (body.size() + size * count > kLongestReply) return 0;
  body.append(data, size * count);
  return size * count;
}

bool worth_another_try(long status) {
  return status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

/// What a server says of its refusal, as far as it can be read.
std::string reason_of(const std::string& body) {
  const json reply = json::parse(body, nullptr, false);
  if (!reply.is_object()) return {};
  for (const char* name : {"message", "error", "detail"}) {
    const auto at = reply.find(name);
    if (at == reply.end()) continue;
    const json text = at->is_object() ? at->value("message", json()) : *at;
    if (text.is_string()) return " (" + text.get<std::string>().substr(0, kLongestReason) + ")";
  }
  return {};
}

}  // namespace

/// One connection, and what came over it last.
struct HttpPost::Transfer {
  CURL* curl = nullptr;
  curl_slist* headers = nullptr;
  std::string body;
  char error[CURL_ERROR_SIZE] = "";
  ~Transfer() {
    curl_slist_free_all(headers);
    if (curl) curl_easy_cleanup(curl);
  }
};

HttpPost::HttpPost(HttpOptions options) : options_(std::move(options)), transfer_(new Transfer) {
  curl_global_init(CURL_GLOBAL_DEFAULT);
  Transfer& t = *transfer_;
  t.curl = curl_easy_init();
  if (t.curl == nullptr) throw Error(Code::suspect_failed, "suspect: libcurl cannot start");
  const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(t.curl, option, value); };
  set(CURLOPT_URL, options_.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_ACCEPT_ENCODING, "");
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(options_.seconds * 1000));
  set(CURLOPT_USERAGENT, "wardmark/" WARDMARK_VERSION);
  set(CURLOPT_ERRORBUFFER, t.error);
  set(CURLOPT_WRITEFUNCTION, &take);
  set(CURLOPT_WRITEDATA, static_cast<void*>(&t.body));
  t.headers = curl_slist_append(t.headers, "Content-Type: application/json");
  t.headers = curl_slist_append(t.headers, "Expect:");
  if (!options_.key.empty())
    t.headers = curl_slist_append(t.headers, ("Authorization: Bearer " + options_.key).c_str());
  set(CURLOPT_HTTPHEADER, t.headers);
}

HttpPost::~HttpPost() = default;

std::string HttpPost::posted(const std::string& body, const std::string& path) {
  Transfer& t = *transfer_;
  const std::string url = options_.url + path;
  curl_easy_setopt(t.curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(t.curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(t.curl, CURLOPT_POSTFIELDS, body.data());
  double pause = 0.5;
  for (unsigned tried = 0;; ++tried) {
    if (options_.rate > 0)
      std::this_thread::sleep_until(last_ +
                                    std::chrono::duration_cast<std::chrono::nanoseconds>(Seconds(1 / options_.rate)));
    last_ = std::chrono::steady_clock::now();
    t.body.clear();
    t.error[0] = '\0';
    const CURLcode code = curl_easy_perform(t.curl);
    long status = 0;
    curl_easy_getinfo(t.curl, CURLINFO_RESPONSE_CODE, &status);
    if (code == CURLE_OK && status == 200) return t.body;
    const bool again = code == CURLE_OK ? worth_another_try(status) : code != CURLE_WRITE_ERROR;
    if (!again || tried == options_.retries) {
      const std::string why = code == CURLE_OK ? "HTTP status " + std::to_string(status) + reason_of(t.body)
                                               : std::string(t.error[0] ? t.error : curl_easy_strerror(code));
      throw Error(Code::suspect_failed,
                  url + ": " + why + (tried > 0 ? ", after " + std::to_string(tried) + " retries" : ""));
    }
    curl_off_t asked = 0;
    curl_easy_getinfo(t.curl, CURLINFO_RETRY_AFTER, &asked);
    std::this_thread::sleep_for(Seconds(std::min(kLongestPause, std::max(pause, static_cast<double>(asked)))));
    pause = std::min(kLongestPause, 2 * pause);
  }
}

}  // namespace wardmark
