#include "cli/http_suspect.h"

#include <curl/curl.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <thread>

#include "core/error.h"
#include "io/atomic_file.h"
#include "io/png_codec.h"
#include "verify/suspect_protocol.h"

namespace wardmark {
namespace {

using nlohmann::json;
using Seconds = std::chrono::duration<double>;

constexpr double kLongestPause = 120;

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

Image picture_of(ByteView samples, const SuspectHello& hello) {
  Image image(hello.width, hello.height, hello.channels, 8);
  std::ranges::copy(samples, image.raw().begin());
  return image;
}

}  // namespace

/// One connection, and what came over it last.
struct HttpSuspect::Transfer {
  CURL* curl = nullptr;
  curl_slist* headers = nullptr;
  std::string body;
  char error[CURL_ERROR_SIZE] = "";
  ~Transfer() {
    curl_slist_free_all(headers);
    if (curl) curl_easy_cleanup(curl);
  }
};

HttpSuspect::HttpSuspect(HttpOptions options) : options_(std::move(options)), transfer_(new Transfer) {
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

HttpSuspect::~HttpSuspect() = default;

std::string HttpSuspect::posted(const std::string& body) {
  Transfer& t = *transfer_;
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
      const std::string why = code == CURLE_OK ? "HTTP status " + std::to_string(status)
                                               : std::string(t.error[0] ? t.error : curl_easy_strerror(code));
      throw Error(Code::suspect_failed,
                  options_.url + ": " + why + (tried > 0 ? ", after " + std::to_string(tried) + " retries" : ""));
    }
    curl_off_t asked = 0;
    curl_easy_getinfo(t.curl, CURLINFO_RETRY_AFTER, &asked);
    std::this_thread::sleep_for(Seconds(std::min(kLongestPause, std::max(pause, static_cast<double>(asked)))));
    pause = std::min(kLongestPause, 2 * pause);
  }
}

/// What is posted for a line: the pictures themselves in place of the name of their file.
std::string HttpSuspect::body_of(const std::string& line) const {
  const SuspectRequest request = parse_request(line);
  if (request.file.empty()) return line;
  const Bytes samples = read_file(request.file);
  const std::size_t size = static_cast<std::size_t>(hello_.height) * static_cast<std::size_t>(hello_.width) *
                           static_cast<std::size_t>(hello_.channels);
  if (size == 0 || samples.size() != request.count * size)
    throw Error(Code::suspect_reply, "not " + std::to_string(request.count) + " pictures");
  json pictures = json::array();
  for (std::size_t n = 0; n < request.count; ++n)
    pictures.push_back(to_base64(encode_plain_png(picture_of(ByteView(samples).subspan(n * size, size), hello_))));
  const char* kind = request.kind == SuspectRequest::Kind::score ? "score" : "classify";
  return json{{"wardmark", kind}, {"id", request.id}, {"count", request.count}, {"pictures", pictures}}.dump();
}

std::string HttpSuspect::reply(const std::string& line) {
  const std::string text = posted(body_of(line));
  const json message = json::parse(text, nullptr, false);
  if (!message.is_object()) throw Error(Code::suspect_reply, options_.url + ": its reply is no JSON object");
  std::string reply = message.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  if (parse_request(line).kind == SuspectRequest::Kind::hello) hello_ = parse_hello(reply);
  return reply;
}

}  // namespace wardmark
