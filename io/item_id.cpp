#include "io/item_id.h"

#include <utf8proc.h>

#include <cstdint>
#include <cstdlib>
#include <vector>

#include "core/error.h"

namespace wardmark {
namespace {

constexpr char kDigits[] = "0123456789ABCDEF";

void append_escaped(std::string& out, unsigned char byte) {
  out += '%';
  out += kDigits[byte >> 4];
  out += kDigits[byte & 15];
}

bool is_ascii(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

/// Bytes of the valid UTF-8 character at the start of `text`, or 0.
std::size_t character_bytes(std::string_view text) {
  utf8proc_int32_t point = 0;
  const auto n = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                  static_cast<utf8proc_ssize_t>(text.size()), &point);
  return n > 0 ? static_cast<std::size_t>(n) : 0;
}

/// NFC of valid UTF-8.
void append_nfc(std::string& out, std::string_view valid) {
  if (is_ascii(valid)) {
    out += valid;
    return;
  }
  utf8proc_uint8_t* mapped = nullptr;
  const auto n =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(valid.data()), static_cast<utf8proc_ssize_t>(valid.size()),
                   &mapped, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  if (n < 0) broken_promise("NFC of valid UTF-8 failed");
  out.append(reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(n));
  std::free(mapped);
}

/// NFC with every byte that is not UTF-8, and those that `also` names, as %XX.
template <class Also>
std::string escaped(std::string_view text, Also also) {
  std::string out;
  out.reserve(text.size());
  std::size_t start = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const std::size_t n = byte < 0x80 ? 1 : character_bytes(text.substr(at));
    if (n > 0 && !also(byte)) {
      at += n;
      continue;
    }
    append_nfc(out, text.substr(start, at - start));
    append_escaped(out, byte);
    start = ++at;
  }
  append_nfc(out, text.substr(start));
  return out;
}

}  // namespace

std::string clean_path(std::string_view relative) {
  if (relative.starts_with('/')) {
    throw Error(Code::item_id, shown(relative) + ": the path is absolute", "give paths relative to --root DIR");
  }
  std::vector<std::string_view> parts;
  std::string_view rest = relative;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('/'), rest.size());
    const std::string_view part = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(part);
    } else if (parts.empty()) {
      throw Error(Code::item_id, shown(relative) + ": the path leaves the root",
                  "name a common parent of all files with --root DIR");
    } else {
      parts.pop_back();
    }
  }
  if (parts.empty()) throw Error(Code::item_id, "'" + shown(relative) + "': the path names no file");
  std::string out;
  out.reserve(relative.size());
  for (const std::string_view part : parts) {
    if (!out.empty()) out += '/';
    out += part;
  }
  return out;
}

std::string item_id(std::string_view relative) {
  std::string clean = clean_path(relative);
  if (is_ascii(clean) && clean.find('%') == std::string::npos) return clean;
  return escaped(clean, [](unsigned char byte) { return byte == '%'; });
}

std::string label_text(std::string_view text) {
  return escaped(text, [](unsigned char) { return false; });
}

std::string shown(std::string_view path) {
  std::string out;
  for (std::size_t at = 0; at < path.size();) {
    const auto byte = static_cast<unsigned char>(path[at]);
    const std::size_t n = byte < 0x80 ? 1 : character_bytes(path.substr(at));
    if (n == 0 || byte < 0x20 || byte == 0x7f) {
      append_escaped(out, byte);
      ++at;
    } else {
      out += path.substr(at, n);
      at += n;
    }
  }
  return out;
}

std::string lower_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string extension_of(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || dot + 1 == name.size()) return {};
  return lower_ascii(name.substr(dot));
}

}  // namespace wardmark
