#include "text_markers/text_encoding.h"

#include <simdjson.h>
#include <unicode/unistr.h>

#include <cstring>

#include "core/error.h"

namespace wardmark {
namespace {

std::u16string units_of(ByteView bytes, bool big_endian) {
  std::u16string units(bytes.size() / 2, u'\0');
  for (std::size_t i = 0; i < units.size(); ++i) {
    const unsigned first = bytes[2 * i];
    const unsigned second = bytes[2 * i + 1];
    units[i] = static_cast<char16_t>(big_endian ? first << 8 | second : second << 8 | first);
  }
  return units;
}

std::string utf8_of_latin1(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() + bytes.size() / 8);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) text.push_back(static_cast<char>(0xC0 | byte >> 6));
    text.push_back(static_cast<char>(byte >= 0x80 ? 0x80 | (byte & 0x3F) : byte));
  }
  return text;
}

std::string utf8_of(const std::u16string& units) {
  for (std::size_t i = 0; i < units.size(); ++i) {
    const char16_t unit = units[i];
    if (unit == 0) throw Error(Code::text_binary, "holds a NUL character");
    const bool high = unit >= 0xD800 && unit < 0xDC00;
    const bool low = unit >= 0xDC00 && unit < 0xE000;
    if (!high && !low) continue;
    if (low || i + 1 == units.size() || units[i + 1] < 0xDC00 || units[i + 1] >= 0xE000) {
      throw Error(Code::text_encoding, "UTF-16 with half a surrogate pair at character " + std::to_string(i));
    }
    ++i;
  }
  std::string text;
  icu::UnicodeString(units.data(), static_cast<std::int32_t>(units.size())).toUTF8String(text);
  return text;
}

}  // namespace

EncodedText::EncodedText(ByteView file, bool latin1) {
  const auto begins = [&](std::initializer_list<std::uint8_t> mark) {
    return file.size() >= mark.size() && std::equal(mark.begin(), mark.end(), file.begin());
  };
  const bool little = begins({0xFF, 0xFE});
  if (little || begins({0xFE, 0xFF})) {
    if (file.size() % 2 != 0) throw Error(Code::text_encoding, "UTF-16 of an odd number of bytes");
    if (file.size() > (std::size_t{1} << 31)) throw Error(Code::text_encoding, "UTF-16 above 2 GiB");
    kind_ = little ? Kind::utf16_le : Kind::utf16_be;
    mark_ = 2;
    owned_ = utf8_of(units_of(file.subspan(2), !little));
    return;
  }
  mark_ = begins({0xEF, 0xBB, 0xBF}) ? 3 : 0;
  view_ = text_of(file.subspan(mark_));
  if (view_.empty()) return;
  if (std::memchr(view_.data(), 0, view_.size()) != nullptr) throw Error(Code::text_binary, "holds a NUL byte");
  if (simdjson::validate_utf8(view_.data(), view_.size())) return;
  if (latin1 && mark_ == 0) {
    kind_ = Kind::latin1;
    owned_ = utf8_of_latin1(view_);
  } else {
    throw Error(Code::text_encoding, "neither UTF-8 nor UTF-16 with a byte order mark",
                "--encoding latin1, or convert it first, for example with: iconv -f LATIN1 -t UTF-8");
  }
}

std::size_t StoredOffsets::at(std::size_t offset) {
  if (encoded_.kind_ == EncodedText::Kind::utf8) return encoded_.mark_ + offset;
  for (const char c : encoded_.text().substr(done_, offset - done_)) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) == 0x80) continue;
    stored_ += encoded_.kind_ == EncodedText::Kind::latin1 ? 1 : byte >= 0xF0 ? 4 : 2;
  }
  done_ = offset;
  return stored_;
}

std::string EncodedText::stored(std::string_view utf8) const {
  if (kind_ == Kind::utf8) return std::string(utf8);
  const auto units =
      icu::UnicodeString::fromUTF8(icu::StringPiece(utf8.data(), static_cast<std::int32_t>(utf8.size())));
  std::string bytes;
  for (std::int32_t i = 0; i < units.length(); ++i) {
    const char16_t unit = units[i];
    if (kind_ == Kind::latin1) {
      if (unit > 0xFF) throw Error(Code::text_encoding, "Latin-1 lacks a character of the sentence");
      bytes += static_cast<char>(unit);
      continue;
    }
    const char high = static_cast<char>(unit >> 8);
    const char low = static_cast<char>(unit & 0xFF);
    bytes += kind_ == Kind::utf16_be ? high : low;
    bytes += kind_ == Kind::utf16_be ? low : high;
  }
  return bytes;
}

}  // namespace wardmark
