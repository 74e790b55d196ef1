#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/bytes.h"

namespace wardmark {

/// A marker segment of a JPEG file; points into the file.
struct JpegSegment {
  std::uint8_t marker = 0;  ///< second byte: 0xE1 for APP1
  std::size_t at = 0;       ///< position of the payload in the file
  ByteView payload;         ///< without marker and length
};

/// What a frame header says.
struct JpegFrame {
  std::uint8_t marker = 0;  ///< 0xC0..0xCF, or 0xF7 for JPEG-LS; 0 where there is none
  int precision = 0;
  int width = 0;
  int height = 0;
  int components = 0;
};

/// Where the parts of a JPEG file are, from one walk over its markers.
struct JpegLayout {
  std::vector<JpegSegment> head;   ///< application and comment segments before the first scan, in order
  std::size_t later_segments = 0;  ///< such segments behind the first scan
  JpegFrame frame;
  int scans = 0;
  std::size_t end = 0;  ///< position behind the end marker; the file's size when there is none
  bool ended = false;   ///< there is an end marker
};

/// Error(image_broken): "damaged JPEG: " and `what`.
[[noreturn]] void refuse_broken_jpeg(const std::string& what);

/// Walks the markers. Error(image_broken) when they do not lead from the start to a first scan. Entropy-coded data are
/// only skipped. Linear, one pass.
JpegLayout read_jpeg_layout(ByteView file);

/// The first frame header; stops there. Never throws.
std::optional<JpegFrame> find_jpeg_frame(ByteView file);

}  // namespace wardmark
