#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/http_suspect.h"
#include "core/error.h"
#include "io/atomic_file.h"
#include "verify/suspect_protocol.h"

namespace wardmark {
namespace {

/// First line of a file.
std::string secret_of(const std::string& file) {
  if (file.empty()) return {};
  const Bytes bytes = read_file(file);
  const std::string_view text = text_of(ByteView(bytes));
  std::string_view line = text.substr(0, text.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  for (const char c : line) {
    if (c < 0x21 || c > 0x7e) throw Error(Code::usage, file + ": its first line is no key for a header");
  }
  if (line.empty()) throw Error(Code::usage, file + ": its first line is empty");
  return std::string(line);
}

int serve(HttpOptions options, const std::string& key_file) {
  options.key = secret_of(key_file);
  HttpSuspect suspect(std::move(options));
  for (std::string line; std::getline(std::cin, line);) {
    std::string reply;
    try {
      if (parse_request(line).kind == SuspectRequest::Kind::bye) break;
      reply = suspect.reply(line);
    } catch (const Error& error) {
      reply = error_reply(error.what());
    }
    std::cout << reply << std::flush;
  }
  return 0;
}

}  // namespace
}  // namespace wardmark

/// Speaks docs/suspect-protocol.md on stdin and stdout for a model behind an address; `wardmark verify images` starts
/// it.
int main(int argc, char** argv) {
  CLI::App app("asks a model behind an address, for wardmark verify images", "wardmark-http");
  wardmark::HttpOptions options;
  std::string key_file;
  app.add_option("url", options.url, "where the model is")->required();
  app.add_option("--key-file", key_file, "file whose first line is sent as bearer token");
  app.add_option("--rate", options.rate, "most requests a second");
  app.add_option("--retries", options.retries, "tries after refusals and lost connections");
  app.add_option("--seconds", options.seconds, "longest wait for an answer");
  CLI11_PARSE(app, argc, argv);
  try {
    return wardmark::serve(options, key_file);
  } catch (const wardmark::Error& error) {
    std::cerr << "wardmark-http: error: " << error.what() << "\n";
    return 2;
  }
}
