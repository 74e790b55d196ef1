#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "core/bytes.h"

namespace wardmark {

/// A file's bytes as UTF-8, and the way back. UTF-8 with or without byte order mark is not copied; UTF-16 is told by
/// its mark. The bytes must outlive the object.
class EncodedText {
 public:
  /// Error(text_encoding) for bytes that are neither, (text_binary) where a NUL stands in them.
  explicit EncodedText(ByteView file);
  std::string_view text() const { return owned_.empty() ? view_ : std::string_view(owned_); }
  /// Where in the file the byte `offset` of text() lies (at a character's first byte). Cost for UTF-16: one pass.
  std::size_t stored_offset(std::size_t offset) const;
  /// `utf8` as the file would hold it.
  std::string stored(std::string_view utf8) const;

 private:
  enum class Kind { utf8, utf16_le, utf16_be };
  Kind kind_ = Kind::utf8;
  std::size_t mark_ = 0;  // bytes of the byte order mark
  std::string_view view_;
  std::string owned_;
};

}  // namespace wardmark
