#include "io/embedded_picture.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "io/byte_order.h"

namespace wardmark {

namespace {

constexpr std::size_t kShortestLine = 32;
constexpr std::size_t kShortestPayload = 256;

bool starts_with(ByteView bytes, std::size_t at, std::string_view what) {
  return bytes.size() - at >= what.size() && std::memcmp(bytes.data() + at, what.data(), what.size()) == 0;
}

/// Markers that may follow SOI: frames, tables, restart interval, APPn, comment.
bool follows_soi(std::uint8_t marker) {
  return (marker >= 0xC0 && marker <= 0xC4) || marker == 0xDB || marker == 0xDD || (marker >= 0xE0 && marker <= 0xEF) ||
         marker == 0xFE;
}

bool is_base64(std::uint8_t c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '=';
}

/// Position behind white space and XML references to line breaks.
std::size_t skip_breaks(ByteView text, std::size_t at) {
  constexpr std::array<std::string_view, 6> kReferences = {"&#xA;", "&#xa;", "&#10;", "&#xD;", "&#xd;", "&#13;"};
  while (at < text.size()) {
    const std::uint8_t c = text[at];
    if (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
      ++at;
      continue;
    }
    const auto* reference = std::find_if(kReferences.begin(), kReferences.end(),
                                         [&](std::string_view r) { return starts_with(text, at, r); });
    if (reference == kReferences.end()) break;
    at += reference->size();
  }
  return at;
}

struct Run {
  std::size_t end = 0;    ///< behind the last character
  std::size_t count = 0;  ///< base64 characters without the line breaks
};

/// The run of base64 lines that starts at `at`; the last line may be short.
Run base64_run(ByteView text, std::size_t at) {
  Run run;
  for (;;) {
    std::size_t line_end = at;
    while (line_end < text.size() && is_base64(text[line_end])) ++line_end;
    const std::size_t length = line_end - at;
    run.end = line_end;
    run.count += length;
    if (length < kShortestLine) return run;
    const std::size_t next = skip_breaks(text, line_end);
    if (next == line_end || next >= text.size() || !is_base64(text[next])) return run;
    at = next;
  }
}

}  // namespace

std::size_t find_picture(ByteView bytes, std::size_t from) {
  for (std::size_t i = from; i + 4 <= bytes.size(); ++i) {
    const std::uint8_t c = bytes[i];
    if (c == 0xFF && bytes[i + 1] == 0xD8 && bytes[i + 2] == 0xFF && follows_soi(bytes[i + 3])) return i;
    if (c == 0x89 && starts_with(bytes, i, "\x89PNG\r\n\x1a\n")) return i;
    if (c == 'R' && starts_with(bytes, i, "RIFF") && bytes.size() - i >= 12 && starts_with(bytes, i + 8, "WEBP")) {
      return i;
    }
  }
  return kNoPicture;
}

std::size_t find_jpeg_body(ByteView bytes, std::size_t from) {
  for (std::size_t i = from; i + 6 <= bytes.size(); ++i) {
    if (bytes[i + 1] != 0xD8 || bytes[i + 2] != 0xFF) continue;
    const std::uint8_t marker = bytes[i + 3];
    const int length = big16(bytes.data() + i + 4);
    const bool tables = marker == 0xDB && (length == 67 || length == 132 || length == 197);
    const bool codes = marker == 0xC4 && (length == 31 || length == 181 || length == 418);
    const bool application = (marker == 0xE0 && length == 16) || (marker == 0xE1 && length >= 8);
    if (tables || codes || application) return i;
  }
  return kNoPicture;
}

std::size_t jpeg_end(ByteView bytes, std::size_t start, std::size_t limit) {
  for (std::size_t i = start + 2; i + 2 <= limit; ++i) {
    if (bytes[i] == 0xFF && bytes[i + 1] == 0xD9) return i + 2;
  }
  return limit;
}

std::size_t blank_base64(std::span<std::uint8_t> text) {
  std::size_t blanked = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    if (!is_base64(text[at])) {
      ++at;
      continue;
    }
    const Run run = base64_run(text, at);
    if (run.count >= kShortestPayload) {
      std::fill(text.begin() + static_cast<std::ptrdiff_t>(at), text.begin() + static_cast<std::ptrdiff_t>(run.end),
                std::uint8_t{' '});
      blanked += run.end - at;
    }
    at = std::max(run.end, at + 1);
  }
  return blanked;
}

}  // namespace wardmark
