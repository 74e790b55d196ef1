#include "io/tiff_tags.h"

#include <algorithm>
#include <cstdio>
#include <string>

#include "core/error.h"
#include "io/embedded_picture.h"
#include "io/joined_bytes.h"
#include "io/maker_note.h"
#include "io/photoshop.h"
#include "io/xmp.h"

namespace wardmark {
namespace {

constexpr std::uint16_t kAscii = 2, kFirstPrivate = 32768;
constexpr std::uint64_t kSmall = 2048;
constexpr int kDeepest = 8;
constexpr std::uint64_t kMostWork = std::uint64_t{1} << 30;

std::string tag_name(std::uint16_t tag) {
  char text[16];
  std::snprintf(text, sizeof text, "tag %u", unsigned{tag});
  return text;
}

/// Private tags that are known to hold no picture whatever their length: IPTC, colour profile, EXIF's and GPS's own,
/// geographic places and the text of GDAL and ImageJ.
bool is_known(std::uint16_t tag) {
  constexpr std::uint16_t kKnown[] = {33432, 33550, 33723, 33922, 34264, 34675, 34735, 34736, 34737, 42112, 42113};
  return tag < kFirstPrivate || std::ranges::find(kKnown, tag) != std::end(kKnown) || (tag >= 33434 && tag <= 33437) ||
         (tag >= 34850 && tag <= 34869) || (tag >= 36864 && tag <= 37399) || (tag >= 37510 && tag <= 37522) ||
         (tag >= 40960 && tag <= 42240);
}

bool is_directory_tag(std::uint16_t tag) {
  return tag == tiff_tag::exif || tag == tiff_tag::gps || tag == tiff_tag::interop;
}

}  // namespace

void TiffTags::keep(std::uint64_t begin, std::uint64_t end) {
  const std::uint64_t size = bytes_.size();
  if (end < begin || begin >= size) return;
  end = std::min(end, size);
  // Values of a sound file do not overlap; a hostile one would make the work quadratic.
  work_ += end - begin;
  if (work_ > kMostWork + 4 * size) refuse_broken_tiff("its values overlap");
  spans_.push_back({static_cast<std::size_t>(begin), static_cast<std::size_t>(end)});
}

void TiffTags::put(std::size_t at, std::uint64_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t shift = 8 * (file_.big_endian() ? size - 1 - i : i);
    bytes_[at + i] = static_cast<std::uint8_t>(value >> shift);
  }
}

void TiffTags::put_offset(std::size_t at, std::uint64_t value) { put(at, value, file_.recognised_big() ? 8 : 4); }

ByteView TiffTags::value_of(const TiffEntry& entry) const {
  if (!entry.inside) refuse_broken_tiff(tag_name(entry.tag) + " has a value behind the end");
  return ByteView(bytes_).subspan(entry.value, static_cast<std::size_t>(entry.size));
}

void TiffTags::keep_directory(std::size_t at, const SubImages& sub_images) {
  const auto directory = file_.directory(at);
  if (!directory || !directory->complete) refuse_broken_tiff("a directory behind the end");
  std::vector<const TiffEntry*> removed;
  for (const TiffEntry& entry : directory->entries) {
    if (!keep_entry(entry, sub_images)) removed.push_back(&entry);
  }
  if (!removed.empty()) remove_entries(*directory, removed);
  keep(directory->at, file_.directory(at)->end());
}

/// What a directory inside a page points at: camera and place, no pictures. False when nothing of it is left.
bool TiffTags::keep_inner_directory(std::uint64_t at, int depth) {
  const auto directory = file_.directory(static_cast<std::size_t>(std::min<std::uint64_t>(at, bytes_.size())));
  if (!directory || !directory->complete || depth > kDeepest) {
    throw Error(Code::metadata_broken, "an EXIF directory behind the end", "remove or rebuild its metadata on a copy");
  }
  std::vector<const TiffEntry*> removed;
  for (const TiffEntry& entry : directory->entries) {
    const auto inner = file_.number(entry);
    if (is_directory_tag(entry.tag) && inner) {
      if (!keep_inner_directory(*inner, depth + 1)) removed.push_back(&entry);
    } else if (!keep_value(entry)) {
      removed.push_back(&entry);
    }
  }
  if (removed.size() == directory->entries.size()) return false;
  if (!removed.empty()) remove_entries(*directory, removed);
  keep(directory->at, file_.directory(directory->at)->end());
  return true;
}

bool TiffTags::keep_entry(const TiffEntry& entry, const SubImages& sub_images) {
  switch (entry.tag) {
    case tiff_tag::sub_images:
      return keep_pictures(entry, sub_images);
    case tiff_tag::xmp:
      return keep_xmp(entry);
    case tiff_tag::photoshop:
      return keep_photoshop(entry);
    case tiff_tag::photoshop_layers:
      note(Code::dropped_photoshop, "layers");
      return false;
    case tiff_tag::c2pa:
      note(Code::dropped_c2pa, "");
      return false;
    case tiff_tag::exif:
    case tiff_tag::gps:
    case tiff_tag::interop:
      if (const auto at = file_.number(entry)) return keep_inner_directory(*at, 0);
      return true;
    case tiff_tag::jpeg_offset:
      note(Code::dropped_thumbnail, "TIFF");
      return false;
    case tiff_tag::jpeg_length:
      return false;
    case tiff_tag::strip_offsets:
    case tiff_tag::strip_counts:
    case tiff_tag::tile_offsets:
    case tiff_tag::tile_counts:
      if (entry.apart) keep(entry.value, entry.value + entry.size);
      return true;
    default:
      return keep_value(entry);
  }
}

bool TiffTags::keep_value(const TiffEntry& entry) {
  const ByteView value = value_of(entry);
  if (entry.tag == tiff_tag::maker_note || entry.tag == tiff_tag::private_data) {
    const std::string picture = maker_note_picture(bytes_, entry.value, entry.value + value.size(), {});
    if (!picture.empty()) {
      throw Error(Code::metadata_preview, "the maker note " + picture,
                  "remove it on a copy (exiftool -MakerNotes= FILE) and protect the copy");
    }
  } else if (entry.apart && holds_picture(value)) {
    note(Code::dropped_segment, tag_name(entry.tag) + " with a picture in it");
    return false;
  } else if (entry.size > kSmall && entry.type != kAscii && !is_known(entry.tag)) {
    note(Code::dropped_segment, tag_name(entry.tag) + ", " + std::to_string(entry.size) + " bytes");
    return false;
  }
  if (!entry.apart) return true;
  if (entry.type == kAscii) {
    const std::size_t blanked = blank_base64(std::span(bytes_).subspan(entry.value, value.size()));
    if (blanked > 0)
      note(Code::dropped_segment, tag_name(entry.tag) + ", " + std::to_string(blanked) + " bytes of base64");
  }
  keep(entry.value, entry.value + entry.size);
  return true;
}

bool TiffTags::keep_xmp(const TiffEntry& entry) {
  if (!entry.apart) return keep_value(entry);
  const Xmp clean = clean_xmp(value_of(entry));
  if (!clean.readable) {
    note(Code::dropped_xmp_thumbnail, "the whole packet: no plain text");
    return false;
  }
  if (clean.blanked > 0) note(Code::dropped_xmp_thumbnail, std::to_string(clean.blanked) + " bytes");
  std::ranges::copy(clean.packet, bytes_.begin() + static_cast<std::ptrdiff_t>(entry.value));
  keep(entry.value, entry.value + entry.size);
  return true;
}

/// What is left of the resources stands where they began; the entry says how many bytes that are.
bool TiffTags::keep_photoshop(const TiffEntry& entry) {
  if (!entry.apart) return keep_value(entry);
  const PhotoshopResources clean = clean_photoshop(value_of(entry));
  if (clean.dropped) {
    note(Code::dropped_photoshop, clean.block.empty() ? "all resources" : "all resources but IPTC");
  }
  const std::uint64_t each = entry.size / entry.count;
  if (clean.block.size() <= 8 || each != 1) return false;
  std::ranges::copy(clean.block, bytes_.begin() + static_cast<std::ptrdiff_t>(entry.value));
  put(entry.at + 4, clean.block.size(), file_.recognised_big() ? 8 : 4);
  keep(entry.value, entry.value + clean.block.size());
  return true;
}

bool TiffTags::keep_pictures(const TiffEntry& entry, const SubImages& sub_images) {
  std::vector<std::uint64_t> images;
  for (std::size_t i = 0; i < entry.count; ++i) {
    const auto at = file_.number(entry, i);
    if (!at) break;
    images.push_back(*at);
  }
  if (images.empty() || !sub_images(images)) return false;
  if (entry.apart) keep(entry.value, entry.value + entry.size);
  return true;
}

/// The table closes up in place, the values stay where they are.
void TiffTags::remove_entries(const TiffDirectory& directory, const std::vector<const TiffEntry*>& removed) {
  const bool wide = file_.recognised_big();
  const std::size_t entry_bytes = wide ? 20 : 12, head = wide ? 8 : 2;
  const std::uint64_t next = directory.next;
  std::size_t to = directory.at + head;
  for (const TiffEntry& entry : directory.entries) {
    if (std::ranges::find(removed, &entry) != removed.end()) continue;
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(entry.at), entry_bytes,
                bytes_.begin() + static_cast<std::ptrdiff_t>(to));
    to += entry_bytes;
  }
  put(directory.at, (to - directory.at - head) / entry_bytes, head);
  put_offset(to, next);
  std::fill(bytes_.begin() + static_cast<std::ptrdiff_t>(to + directory.link),
            bytes_.begin() + static_cast<std::ptrdiff_t>(directory.end()), std::uint8_t{0});
}

std::vector<TiffPiece> TiffTags::pieces(std::vector<TiffSpan> data) {
  const auto by_begin = [](const TiffSpan& a, const TiffSpan& b) { return a.begin < b.begin; };
  std::ranges::sort(spans_, by_begin);
  std::ranges::sort(data, by_begin);
  std::vector<TiffSpan> merged;
  for (const TiffSpan& span : spans_) {
    if (!merged.empty() && span.begin <= merged.back().end) {
      merged.back().end = std::max(merged.back().end, span.end);
    } else {
      merged.push_back(span);
    }
  }
  std::size_t at = 0;  // of the first span that may reach into the data
  for (const TiffSpan& piece : data) {
    while (at < merged.size() && merged[at].end <= piece.begin) ++at;
    if (at < merged.size() && merged[at].begin < piece.end) refuse_broken_tiff("picture data and tags share bytes");
  }
  std::vector<TiffPiece> pieces;
  pieces.reserve(merged.size());
  for (const TiffSpan& span : merged) {
    pieces.push_back({span.begin, joined(ByteView(bytes_).subspan(span.begin, span.end - span.begin), {})});
  }
  return pieces;
}

}  // namespace wardmark
