#include "io/jpeg_segments.h"

#include <cstring>
#include <optional>
#include <string>

#include "core/error.h"
#include "io/byte_order.h"

namespace wardmark {

void refuse_broken_jpeg(const std::string& what) {
  throw Error(Code::image_broken, "damaged JPEG: " + what,
              "restore it from a copy, or open and save it with an image editor");
}

namespace {

constexpr std::uint8_t kTemporary = 0x01, kStart = 0xD8, kEnd = 0xD9, kScan = 0xDA, kComment = 0xFE;

bool is_restart(std::uint8_t marker) { return marker >= 0xD0 && marker <= 0xD7; }
bool stands_alone(std::uint8_t marker) { return marker == kTemporary || marker == kStart || is_restart(marker); }
bool is_application(std::uint8_t marker) { return (marker >= 0xE0 && marker <= 0xEF) || marker == kComment; }
/// Frames are C0..CF without the tables and conditioning that share the range (C4, C8, CC), and F7 for JPEG-LS.
bool is_frame(std::uint8_t marker) {
  return marker == 0xF7 || (marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC);
}

/// Moves over entropy-coded data to the FF of the next marker that is no restart; nothing when the file ends first.
std::optional<std::size_t> behind_entropy(ByteView file, std::size_t at) {
  while (at < file.size()) {
    const void* found = std::memchr(file.data() + at, 0xFF, file.size() - at);
    if (!found) return std::nullopt;
    at = static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - file.data());
    if (at + 1 >= file.size()) return std::nullopt;
    const std::uint8_t next = file[at + 1];
    if (next != 0x00 && next != 0xFF && !is_restart(next)) return at;
    at += next == 0xFF ? 1 : 2;
  }
  return std::nullopt;
}

constexpr std::size_t kFrameHeader = 6;

JpegFrame read_frame(std::uint8_t marker, ByteView payload) {
  const std::uint8_t* p = payload.data();
  return {marker, p[0], big16(p + 3), big16(p + 1), p[5]};
}

class Walker {
 public:
  explicit Walker(ByteView file) : file_(file) {}

  JpegLayout run() {
    if (file_.size() < 4 || file_[0] != 0xFF || file_[1] != kStart) refuse_broken_jpeg("no start marker");
    while (step()) {
    }
    if (layout_.frame.marker == 0) refuse_broken_jpeg("no frame header");
    if (layout_.scans == 0) refuse_broken_jpeg("no scan");
    if (!layout_.ended) layout_.end = file_.size();
    return std::move(layout_);
  }

 private:
  /// One marker; false at the end of the picture or of the file.
  bool step() {
    if (at_ + 2 > file_.size()) return false;
    if (file_[at_] != 0xFF) refuse_broken_jpeg("no marker at byte " + std::to_string(at_));
    const std::uint8_t marker = file_[at_ + 1];
    if (marker == 0xFF) {  // fill byte
      ++at_;
      return true;
    }
    if (marker == kEnd) {
      layout_.end = at_ + 2;
      layout_.ended = true;
      return false;
    }
    if (stands_alone(marker)) {
      at_ += 2;
      return true;
    }
    return segment(marker);
  }

  bool segment(std::uint8_t marker) {
    if (at_ + 4 > file_.size()) return cut_short();
    const std::size_t length = big16(file_.data() + at_ + 2);
    if (length < 2) refuse_broken_jpeg("a segment without length at byte " + std::to_string(at_));
    if (length > file_.size() - at_ - 2) return cut_short();
    const ByteView payload = file_.subspan(at_ + 4, length - 2);
    if (is_application(marker)) {
      if (layout_.scans == 0) layout_.head.push_back({marker, at_ + 4, payload});
      if (layout_.scans > 0) ++layout_.later_segments;
    }
    if (is_frame(marker)) frame(marker, payload);
    at_ += 2 + length;
    if (marker != kScan) return true;
    ++layout_.scans;
    const auto next = behind_entropy(file_, at_);
    at_ = next.value_or(file_.size());
    return next.has_value();
  }

  bool cut_short() {
    if (layout_.scans == 0) refuse_broken_jpeg("cut short at byte " + std::to_string(at_));
    return false;
  }

  void frame(std::uint8_t marker, ByteView payload) {
    if (layout_.frame.marker != 0) refuse_broken_jpeg("two frame headers");
    if (payload.size() < kFrameHeader)
      refuse_broken_jpeg("frame header of " + std::to_string(payload.size()) + " bytes");
    layout_.frame = read_frame(marker, payload);
  }

  ByteView file_;
  JpegLayout layout_;
  std::size_t at_ = 0;
};

}  // namespace

JpegLayout read_jpeg_layout(ByteView file) { return Walker(file).run(); }

std::optional<JpegFrame> find_jpeg_frame(ByteView file) {
  std::size_t at = 0;
  while (at + 4 <= file.size() && file[at] == 0xFF) {
    const std::uint8_t marker = file[at + 1];
    if (marker == 0xFF || stands_alone(marker)) {
      at += marker == 0xFF ? 1 : 2;
      continue;
    }
    const std::size_t length = big16(file.data() + at + 2);
    if (marker == kEnd || marker == kScan || length < 2) break;
    if (is_frame(marker) && length >= 2 + kFrameHeader && file.size() - at - 4 >= kFrameHeader) {
      return read_frame(marker, file.subspan(at + 4, kFrameHeader));
    }
    at += 2 + length;
  }
  return std::nullopt;
}

}  // namespace wardmark
