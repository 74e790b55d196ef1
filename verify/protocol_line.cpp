#include "verify/protocol_line.h"

#include "core/error.h"

namespace wardmark::protocol {

using nlohmann::json;

void refuse(const std::string& what) {
  throw Error(Code::suspect_reply, "suspect: " + what, "docs/suspect-protocol.md says what it has to answer");
}

std::string line_of(const json& message) { return message.dump(-1, ' ', false, json::error_handler_t::replace) + "\n"; }

json parsed(std::string_view line) {
  json message = json::parse(line, nullptr, false);
  if (!message.is_object()) refuse("its reply is no JSON object: " + std::string(line.substr(0, 80)));
  return message;
}

/// The message, where it is of the kind that was waited for.
json reply_of(std::string_view line, std::string_view kind) {
  json message = parsed(line);
  const std::string found = message.contains("wardmark") && message["wardmark"].is_string()
                                ? message["wardmark"].get<std::string>()
                                : std::string();
  if (found == "error") {
    const json text = message.value("text", json());
    throw Error(Code::suspect_failed,
                "suspect: it reports: " + (text.is_string() ? text.get<std::string>() : "a failure"));
  }
  if (found != kind) refuse("\"wardmark\" is not \"" + std::string(kind) + "\" in its reply");
  return message;
}

std::int64_t whole(const json& message, const char* name, std::int64_t low, std::int64_t high) {
  const auto at = message.find(name);
  if (at == message.end() || !at->is_number_integer()) refuse(std::string(name) + " is no whole number");
  const auto value = at->get<std::int64_t>();
  if (value < low || value > high)
    refuse(std::string(name) + " is " + std::to_string(value) + ", not " + std::to_string(low) + " to " +
           std::to_string(high));
  return value;
}

json list_of(std::string_view line, std::string_view kind, std::uint64_t id, const char* name, std::size_t count) {
  const json message = reply_of(line, kind);
  if (static_cast<std::uint64_t>(whole(message, "id", 0, INT64_MAX)) != id) refuse("its answer is to another request");
  const auto list = message.find(name);
  if (list == message.end() || !list->is_array()) refuse(std::string(name) + " is no list");
  if (list->size() != count)
    refuse(std::to_string(list->size()) + " answers to " + std::to_string(count) + " questions");
  return *list;
}

}  // namespace wardmark::protocol
