#pragma once
#include <filesystem>
#include <string>
#include <string_view>

namespace wardmark {

/// The id of a file by its path relative to the input, as bytes: '/' between parts, NFC, bytes that are not UTF-8 and
/// '%' as %XX (capital digits). Empty and '.' parts vanish, 'a/../b' is 'b'. Error(item_id) when the path is absolute,
/// leaves the root or names nothing. Pure; plain ASCII costs one pass.
std::string item_id(std::string_view relative);

/// The path with '.', '..' and empty parts resolved, bytes otherwise as they are. Errors as item_id().
std::string clean_path(std::string_view relative);

/// A class name: NFC, bytes that are not UTF-8 as %XX; '%' stays.
std::string label_text(std::string_view text);

/// A path for messages: valid UTF-8 on one line; other bytes and control characters as %XX.
std::string shown(std::string_view path);
inline std::string shown(const std::string& path) { return shown(std::string_view(path)); }
inline std::string shown(const char* path) { return shown(std::string_view(path)); }
inline std::string shown(const std::filesystem::path& path) { return shown(path.native()); }

/// ASCII lower case; other bytes stay.
std::string lower_ascii(std::string_view text);

/// Extension in lower case with its dot, of the last path part; empty for 'name', '.name' and 'name.'.
std::string extension_of(std::string_view path);

}  // namespace wardmark
