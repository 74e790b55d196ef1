#include "medical/element_walk.h"

#include <zlib.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace wardmark {
namespace {

constexpr std::uint32_t kUndefined = 0xFFFFFFFF;

/// An open sequence or item.
struct Level {
  std::size_t end;  ///< first byte behind it; of undefined length: that of the level above
  bool implicit;    ///< how its elements are written
};

class Walk {
 public:
  Walk(ByteView file, std::size_t at, bool implicit, bool big_endian)
      : file_(file), at_(at), big_endian_(big_endian), levels_{{file.size(), implicit}} {}

  std::optional<ElementPlace> run() {
    while (step()) {
    }
    return found_ == 1 && pixels_->end > 0 ? pixels_ : std::nullopt;
  }

 private:
  std::uint32_t number(std::size_t at, int bytes) const {
    std::uint32_t value = 0;
    for (int i = 0; i < bytes; ++i) {
      const int place = big_endian_ ? bytes - 1 - i : i;
      value |= static_cast<std::uint32_t>(file_[at + static_cast<std::size_t>(i)]) << (8 * place);
    }
    return value;
  }
  void open(std::size_t end, bool implicit) {
    // A sequence and its item are two levels here.
    if (levels_.size() > 2 * kDeepestNesting + 1) {
      throw Error(Code::dcm_005, "sequences are nested deeper than " + std::to_string(kDeepestNesting) + " levels",
                  "such a file is damaged or made to harm; leave it out");
    }
    levels_.push_back({end, implicit});
  }
  /// One element, item or delimiter; false at the end, or where nothing more can be told.
  bool step() {
    while (levels_.size() > 1 && at_ >= levels_.back().end) levels_.pop_back();
    if (at_ + 8 > file_.size()) return false;
    const std::uint32_t group = number(at_, 2);
    const std::uint32_t element = number(at_ + 2, 2);
    if (group == 0xFFFE) return delimiter(element);
    std::size_t header = 8;
    std::uint32_t length = 0;
    bool sequence = false;
    bool unknown = false;
    const bool implicit = levels_.back().implicit;
    if (implicit) {
      length = number(at_ + 4, 4);
    } else {
      const std::string_view vr(reinterpret_cast<const char*>(file_.data()) + at_ + 4, 2);
      if (vr[0] < 'A' || vr[0] > 'Z' || vr[1] < 'A' || vr[1] > 'Z') return false;
      static constexpr std::string_view kLong = "OB OD OF OL OV OW SQ SV UC UN UR UT UV ";
      sequence = vr == "SQ";
      unknown = vr == "UN";
      if (kLong.find(std::string(vr) + " ") != std::string_view::npos) {
        header = 12;
        if (at_ + 12 > file_.size()) return false;
        length = number(at_ + 8, 4);
      } else {
        length = number(at_ + 6, 2);
      }
    }
    return value(at_ + header, length, sequence, unknown, implicit);
  }
  bool delimiter(std::uint32_t element) {
    const std::uint32_t length = number(at_ + 4, 4);
    at_ += 8;
    if (element == 0xE000) {
      if (in_pixels_) {
        check_end(at_, length);
        at_ += length;
      } else {
        open(length == kUndefined ? levels_.back().end : at_ + length, levels_.back().implicit);
      }
      return true;
    }
    if (in_pixels_ && element == 0xE0DD && pixels_ && pixels_->encapsulated && pixels_->end == 0) {
      pixels_->length = at_ - 8 - pixels_->value;
      pixels_->end = at_;
    }
    in_pixels_ = false;
    if (levels_.size() > 1) levels_.pop_back();
    return true;
  }
  bool value(std::size_t at, std::uint32_t length, bool sequence, bool unknown, bool implicit) {
    const bool item_follows = at + 8 <= file_.size() && number(at, 2) == 0xFFFE && number(at + 2, 2) == 0xE000;
    if (length == kUndefined) {
      in_pixels_ = levels_.size() == 1 && !sequence && !unknown && number(at_, 2) == 0x7FE0;
      if (in_pixels_ && number(at_ + 2, 2) == 0x0010) {
        pixels_ = {at_, at, 0, true, 0, group_length_};
        ++found_;
      }
      // The content of a UN of undefined length is implicit (PS3.5 6.2.2).
      open(levels_.back().end, implicit || unknown);
      at_ = at;
      return true;
    }
    check_end(at, length);
    const bool top = levels_.size() == 1 && number(at_, 2) == 0x7FE0;
    const bool pixels = top && number(at_ + 2, 2) == 0x0010;
    if (top && number(at_ + 2, 2) == 0 && length == 4) group_length_ = at;
    if (pixels) {
      pixels_ = {at_, at, length, false, at + length, group_length_};
      ++found_;
    }
    if (length > 0 && !pixels && (sequence || (implicit && item_follows && length >= 8))) {
      open(at + length, implicit);
      at_ = at;
    } else {
      at_ = at + length;
    }
    return true;
  }
  void check_end(std::size_t at, std::uint32_t length) const {
    if (length <= file_.size() - std::min(at, file_.size())) return;
    throw Error(Code::dcm_002,
                "an element of " + std::to_string(length) + " bytes at byte " + std::to_string(at) + " of " +
                    std::to_string(file_.size()),
                "the file was cut short or its lengths are wrong; restore it from a copy");
  }

  ByteView file_;
  std::size_t at_;
  bool big_endian_;
  bool in_pixels_ = false;  ///< inside encapsulated pixel data: items are fragments
  std::vector<Level> levels_;
  std::optional<ElementPlace> pixels_;
  std::size_t group_length_ = 0;
  int found_ = 0;
};

}  // namespace

std::optional<ElementPlace> check_structure(ByteView file, std::size_t at, bool implicit, bool big_endian) {
  return Walk(file, at, implicit, big_endian).run();
}

Bytes inflate_dataset(ByteView deflated, std::size_t most) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw Error(Code::out_of_memory, "zlib cannot start");
  Bytes out(std::min(most, std::max<std::size_t>(deflated.size() * 4, 65536)));
  std::size_t filled = 0;
  stream.next_in = const_cast<Bytef*>(deflated.data());
  stream.avail_in = static_cast<uInt>(deflated.size());
  int status = Z_OK;
  while (status == Z_OK) {
    if (filled == out.size()) {
      if (out.size() == most) break;
      out.resize(std::min(most, out.size() * 2));
    }
    stream.next_out = out.data() + filled;
    stream.avail_out = static_cast<uInt>(std::min<std::size_t>(out.size() - filled, UINT32_MAX));
    status = inflate(&stream, Z_NO_FLUSH);
    filled = static_cast<std::size_t>(stream.next_out - out.data());
    if (status == Z_OK && stream.avail_in == 0 && stream.avail_out > 0) status = Z_BUF_ERROR;
  }
  inflateEnd(&stream);
  if (status == Z_OK) throw Error(Code::dcm_006, "the deflated data set grows beyond the limit", "leave it out");
  if (status != Z_STREAM_END) throw Error(Code::dcm_002, "the deflated data set is damaged", "restore it from a copy");
  out.resize(filled);
  return out;
}

}  // namespace wardmark
