#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/http_suspect.h"
#include "cli/http_text.h"
#include "core/error.h"
#include "io/atomic_file.h"
#include "verify/suspect_protocol.h"
#include "verify/text_protocol.h"

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

/// A model of either kind, known by the hello that begins the talk.
class Served {
 public:
  Served(HttpOptions options, const TextApi* api, std::string model)
      : options_(std::move(options)), api_(api), model_(std::move(model)) {}
  std::string reply(const std::string& line) {
    if (!text_ && !images_) {
      if (is_text_hello(line)) {
        text_.emplace(options_, api_, model_);
      } else {
        if (api_) throw Error(Code::usage, "--api is for text models");
        images_.emplace(options_);
      }
    }
    return text_ ? text_->reply(line) : images_->reply(line);
  }

 private:
  HttpOptions options_;
  const TextApi* api_;
  std::string model_;
  std::optional<HttpText> text_;
  std::optional<HttpSuspect> images_;
};

bool is_bye(const std::string& line) {
  const nlohmann::json message = nlohmann::json::parse(line, nullptr, false);
  return message.is_object() && message.contains("wardmark") && message["wardmark"] == "bye";
}

int serve(Served& suspect) {
  for (std::string line; std::getline(std::cin, line);) {
    if (is_bye(line)) break;
    std::string reply;
    try {
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

/// Speaks docs/suspect-protocol.md on stdin and stdout for a model behind an address; `wardmark verify images` and
/// `verify text` start it.
int main(int argc, char** argv) {
  CLI::App app("asks a model behind an address, for wardmark verify", "wardmark-http");
  wardmark::HttpOptions options;
  std::string key_file, api, model;
  app.add_option("url", options.url, "where the model is")->required();
  app.add_option("--key-file", key_file, "file whose first line is sent as bearer token");
  app.add_option("--rate", options.rate, "most requests a second");
  app.add_option("--retries", options.retries, "tries after refusals and lost connections");
  app.add_option("--seconds", options.seconds, "longest wait for an answer");
  app.add_option("--api", api, "what a server of text models speaks");
  app.add_option("--model", model, "name of the model it is asked for");
  CLI11_PARSE(app, argc, argv);
  try {
    const wardmark::TextApi* const known = wardmark::find_text_api(api);
    if (!api.empty() && known == nullptr) throw wardmark::Error(wardmark::Code::usage, "--api " + api + ": not known");
    options.key = wardmark::secret_of(key_file);
    wardmark::Served served(options, known, model);
    return wardmark::serve(served);
  } catch (const wardmark::Error& error) {
    std::cerr << "wardmark-http: error: " << error.what() << "\n";
    return 2;
  }
}
