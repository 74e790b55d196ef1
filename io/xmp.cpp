#include "io/xmp.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "io/embedded_picture.h"
#include "io/joined_bytes.h"

namespace wardmark {

namespace {

constexpr std::size_t kLongestPrefix = 80;  ///< keeps the search linear

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

void blank(std::span<std::uint8_t> packet, std::size_t from, std::size_t to) {
  std::fill(packet.begin() + static_cast<std::ptrdiff_t>(from), packet.begin() + static_cast<std::ptrdiff_t>(to),
            std::uint8_t{' '});
}

/// Zero bytes inside the text mean UTF-16 or UTF-32; behind it they are padding.
bool is_single_byte_text(ByteView packet) {
  std::size_t end = packet.size();
  while (end > 0 && packet[end - 1] == 0) --end;
  const auto text = packet.first(end);
  return std::find(text.begin(), text.end(), std::uint8_t{0}) == text.end();
}

struct Element {
  std::size_t begin = std::string_view::npos;
  std::size_t end = 0;  ///< npos: no end tag
};

/// The next element whose name without prefix is `local`, from its '<' to behind its end tag.
Element next_element(std::string_view text, std::string_view local, std::size_t from) {
  for (std::size_t at = text.find(local, from); at != std::string_view::npos; at = text.find(local, at + 1)) {
    const std::size_t behind = at + local.size();
    if (behind >= text.size() || !(is_space(text[behind]) || text[behind] == '>' || text[behind] == '/')) continue;
    const std::size_t reach = std::max(from, at > kLongestPrefix ? at - kLongestPrefix : 0);
    const std::size_t open_in_reach = text.substr(reach, at - reach).rfind('<');
    if (open_in_reach == std::string_view::npos) continue;
    const std::size_t open = reach + open_in_reach;
    const std::string_view name = text.substr(open + 1, behind - open - 1);
    const std::string_view prefix = name.substr(0, name.size() - local.size());
    const bool qualified =
        prefix.empty() || (prefix.back() == ':' && prefix.find_first_of(" \t\r\n<>\"'/") == prefix.npos);
    if (!qualified) continue;
    const std::size_t tag_end = text.find('>', behind);
    if (tag_end == std::string_view::npos) return {open, std::string_view::npos};
    if (text[tag_end - 1] == '/') return {open, tag_end + 1};
    const std::string end_tag = "</" + std::string(name);
    const std::size_t close = text.find(end_tag, tag_end);
    const std::size_t close_end = close == std::string_view::npos ? close : text.find('>', close);
    return {open, close_end == std::string_view::npos ? close_end : close_end + 1};
  }
  return {};
}

}  // namespace

Xmp clean_xmp(ByteView packet) {
  Xmp result;
  result.packet = joined(packet, {});
  if (!is_single_byte_text(packet)) {
    result.readable = false;
    return result;
  }
  std::size_t from = 0;
  for (;;) {
    const Element element = next_element(text_of(result.packet), "Thumbnails", from);
    if (element.begin == std::string_view::npos) break;
    if (element.end == std::string_view::npos) {
      result.readable = false;
      return result;
    }
    blank(result.packet, element.begin, element.end);
    result.blanked += element.end - element.begin;
    from = element.end;
  }
  result.blanked += blank_base64(result.packet);
  if (holds_picture(result.packet)) result.readable = false;
  return result;
}

bool blank_extension_mark(std::span<std::uint8_t> packet) {
  constexpr std::string_view kName = "HasExtendedXMP";
  const std::string_view text = text_of(packet);
  const std::size_t name = text.find(kName);
  if (name == std::string_view::npos) return false;
  std::size_t at = name + kName.size();
  while (at < text.size() && (is_space(text[at]) || text[at] == '=')) ++at;
  if (at >= text.size() || (text[at] != '"' && text[at] != '\'' && text[at] != '>')) return false;
  const char closing = text[at] == '>' ? '<' : text[at];
  const std::size_t end = text.find(closing, at + 1);
  if (end == std::string_view::npos) return false;
  blank(packet, at + 1, end);
  return true;
}

}  // namespace wardmark
