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
  /// Error(text_encoding) for bytes that are neither, (text_binary) where a NUL stands in them. `latin1`: bytes that
  /// are no UTF-8 are taken for ISO 8859-1; every ASCII-based encoding of one byte a character may be called that, as
  /// long as the sentences are ASCII.
  explicit EncodedText(ByteView file, bool latin1 = false);
  std::string_view text() const { return owned_.empty() ? view_ : std::string_view(owned_); }
  /// `utf8` as the file would hold it. Error(text_encoding) for a character that Latin-1 lacks.
  std::string stored(std::string_view utf8) const;

 private:
  friend class StoredOffsets;
  enum class Kind { utf8, utf16_le, utf16_be, latin1 };
  Kind kind_ = Kind::utf8;
  std::size_t mark_ = 0;  // bytes of the byte order mark
  std::string_view view_;
  std::string owned_;
};

/// Where in the file bytes of EncodedText::text() lie (each at a character's first byte), asked in rising order: one
/// pass over the text in all.
class StoredOffsets {
 public:
  explicit StoredOffsets(const EncodedText& encoded) : encoded_(encoded), stored_(encoded.mark_) {}
  std::size_t at(std::size_t offset);

 private:
  const EncodedText& encoded_;
  std::size_t done_ = 0;
  std::size_t stored_;
};

}  // namespace wardmark
