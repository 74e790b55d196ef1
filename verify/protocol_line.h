#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

/// What the lines of both parts of docs/suspect-protocol.md have in common. For verify/ alone.
namespace wardmark::protocol {

/// Error(suspect_reply).
[[noreturn]] void refuse(const std::string& what);
/// As a line; bytes that are no UTF-8 are replaced.
std::string line_of(const nlohmann::json& message);
/// Error(suspect_reply) when it is no object.
nlohmann::json parsed(std::string_view line);
/// The message, where it is of the kind that was waited for. Error(suspect_failed) with what the suspect reports.
nlohmann::json reply_of(std::string_view line, std::string_view kind);
/// A whole number within limits.
std::int64_t whole(const nlohmann::json& message, const char* name, std::int64_t low, std::int64_t high);
/// The reply of a kind to the request `id`, with a list of `count` under `name`.
nlohmann::json list_of(std::string_view line, std::string_view kind, std::uint64_t id, const char* name,
                       std::size_t count);

}  // namespace wardmark::protocol
