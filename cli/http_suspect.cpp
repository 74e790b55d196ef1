#include "cli/http_suspect.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "io/atomic_file.h"
#include "io/png_codec.h"
#include "verify/suspect_protocol.h"

namespace wardmark {
namespace {

using nlohmann::json;

Image picture_of(ByteView samples, const SuspectHello& hello) {
  Image image(hello.width, hello.height, hello.channels, 8);
  std::ranges::copy(samples, image.raw().begin());
  return image;
}

}  // namespace

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
  const std::string text = post_.posted(body_of(line));
  const json message = json::parse(text, nullptr, false);
  if (!message.is_object()) throw Error(Code::suspect_reply, post_.options().url + ": its reply is no JSON object");
  std::string reply = message.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  if (parse_request(line).kind == SuspectRequest::Kind::hello) hello_ = parse_hello(reply);
  return reply;
}

}  // namespace wardmark
