#include "io/tiff_layout.h"

#include <algorithm>
#include <set>
#include <string>

#include "core/error.h"
#include "io/joined_bytes.h"
#include "io/tiff_tags.h"

namespace wardmark {
namespace {

constexpr std::size_t kMostPages = 4096;

[[noreturn]] void refuse_camera_raw() {
  throw Error(Code::image_unsupported, "camera raw cannot be written back",
              "develop it and export PNG or JPEG; the raw file holds the clean picture and stays private");
}

void check_one_shape(const std::vector<TiffPage>& pages, std::uint64_t max_pixels) {
  const ImageShape& shape = pages.front().shape;
  for (const TiffPage& page : pages) {
    if (page.shape == shape) continue;
    throw Error(Code::image_pages,
                "pages of " + std::to_string(shape.width) + " x " + std::to_string(shape.height) + " and " +
                    std::to_string(page.shape.width) + " x " + std::to_string(page.shape.height) +
                    " pixels, or of several kinds",
                "save each page as a file of its own first");
  }
  const std::uint64_t rows = std::uint64_t{pages.size()} * static_cast<unsigned>(shape.height);
  constexpr std::uint64_t kMostRows = 1 << 24;
  if (rows > kMostRows || rows * static_cast<unsigned>(shape.width) > max_pixels) {
    throw Error(Code::image_too_large,
                std::to_string(pages.size()) + " pages of " + std::to_string(shape.width) + " x " +
                    std::to_string(shape.height) + " pixels",
                "raise --max-pixels (now " + std::to_string(max_pixels) + "), or save each page as a file of its own");
  }
}

/// What a directory of the chain is.
enum class Role { picture, reduced, mask };

Role role_of(const TiffBlock& file, const TiffDirectory& directory, bool first) {
  for (const TiffEntry& entry : directory.entries) {
    if (entry.tag == tiff_tag::dng_version) refuse_camera_raw();
  }
  if (is_reduced_page(file, directory) || (!first && is_thumbnail_page(file, directory))) return Role::reduced;
  return is_mask_page(file, directory) ? Role::mask : Role::picture;
}

/// A directory that is read the same way by everyone.
TiffDirectory sound_directory(const TiffBlock& file, std::uint64_t at) {
  const auto directory = file.directory(static_cast<std::size_t>(at));
  if (!directory || !directory->complete) refuse_broken_tiff("a directory behind the end");
  std::set<std::uint16_t> seen;
  for (const TiffEntry& entry : directory->entries) {
    if (!seen.insert(entry.tag).second) refuse_broken_tiff("the tag " + std::to_string(entry.tag) + " comes twice");
  }
  return *directory;
}

TiffBlock opened(ByteView bytes) {
  const TiffBlock file(bytes);
  if (!file.recognised() && !file.recognised_big()) refuse_broken_tiff("no TIFF header");
  return file;
}

class LayoutReader {
 public:
  LayoutReader(ByteView file, std::uint64_t max_pixels)
      : bytes_(joined(file, {})), file_(opened(bytes_)), max_pixels_(max_pixels), tags_(bytes_, file_) {}

  TiffLayout run() {
    layout_.big_endian = file_.big_endian();
    tags_.keep(0, file_.recognised_big() ? 16 : 8);
    walk_chain();
    if (layout_.pages.empty()) refuse_broken_tiff("no page");
    check_one_shape(layout_.pages, max_pixels_);
    check_previews();
    layout_.kept = tags_.pieces(data_);
    const std::vector<Note>& more = tags_.notes();
    layout_.notes.insert(layout_.notes.end(), more.begin(), more.end());
    return std::move(layout_);
  }

 private:
  void walk_chain() {
    std::size_t link_at = file_.recognised_big() ? 8 : 4;
    std::set<std::uint64_t> seen;
    for (std::uint64_t at = file_.first(); at != 0;) {
      if (!seen.insert(at).second || seen.size() > kMostPages) refuse_broken_tiff("its pages form a ring");
      const TiffDirectory directory = sound_directory(file_, at);
      const std::uint64_t next = directory.next;
      if (page(directory)) {
        link_at = file_.directory(directory.at)->next_at;
      } else {
        tags_.put_offset(link_at, next);
      }
      at = next;
    }
  }

  /// Takes one page of the chain; false when it is left out.
  bool page(const TiffDirectory& directory) {
    switch (role_of(file_, directory, layout_.pages.empty())) {
      case Role::picture:
        layout_.pages.push_back(read_tiff_page(file_, directory, max_pixels_));
        break;
      case Role::reduced:
        if (layout_.pages.empty()) refuse_camera_raw();  // their first picture is a preview
        if (!preview(directory)) return false;
        break;
      case Role::mask:
        mask(directory);
        break;
    }
    add_data();
    keep_tags(directory);
    return true;
  }

  bool preview(const TiffDirectory& directory) {
    const ImageShape size = tiff_page_size(file_, directory);
    const std::string text = std::to_string(size.width) + " x " + std::to_string(size.height) + " pixels";
    try {
      TiffPage small = read_tiff_page(file_, directory, max_pixels_);
      const ImageShape& whole = layout_.pages.back().shape;
      if (small.shape.channels == whole.channels && small.shape.bits == whole.bits &&
          small.shape.width <= whole.width && small.shape.height <= whole.height &&
          small.photometric == layout_.pages.back().photometric) {
        layout_.notes.push_back({Code::redrawn_preview, "page of " + text});
        layout_.previews.push_back({std::move(small), layout_.pages.size() - 1});
        return true;
      }
    } catch (const Error& error) {
      if (error.kind() != Kind::item) throw;
    }
    layout_.notes.push_back({Code::dropped_page, text});
    return false;
  }

  /// One bit per pixel says nothing of colours; its data stay as they are.
  void mask(const TiffDirectory& directory) {
    const auto numbers = [&](std::uint16_t tag) {
      std::vector<std::uint64_t> values;
      for (const TiffEntry& entry : directory.entries) {
        for (std::size_t i = 0; entry.tag == tag && i < entry.count; ++i) {
          const auto value = file_.number(entry, i);
          if (!value) break;
          values.push_back(*value);
        }
      }
      return values;
    };
    const auto bits = numbers(tiff_tag::bits), samples = numbers(tiff_tag::samples);
    const bool single = (bits.empty() || bits == std::vector<std::uint64_t>{1}) &&
                        (samples.empty() || samples == std::vector<std::uint64_t>{1});
    if (!single) throw Error(Code::image_pages, "a mask of more than one bit", "save the picture alone first");
    for (const auto& [offsets, counts] : {std::pair{tiff_tag::strip_offsets, tiff_tag::strip_counts},
                                          std::pair{tiff_tag::tile_offsets, tiff_tag::tile_counts}}) {
      const auto at = numbers(offsets), count = numbers(counts);
      for (std::size_t i = 0; i < std::min(at.size(), count.size()); ++i) tags_.keep(at[i], at[i] + count[i]);
    }
  }

  /// The picture data of the page that came last.
  void add_data() {
    const auto take = [&](const TiffPage& page) {
      for (std::size_t i = 0; i < page.offsets.size(); ++i) {
        data_.push_back(
            {static_cast<std::size_t>(page.offsets[i]), static_cast<std::size_t>(page.offsets[i] + page.counts[i])});
      }
    };
    while (pages_taken_ < layout_.pages.size()) take(layout_.pages[pages_taken_++]);
    while (previews_taken_ < layout_.previews.size()) take(layout_.previews[previews_taken_++].page);
  }

  void keep_tags(const TiffDirectory& directory) {
    tags_.keep_directory(directory.at, [&](std::span<const std::uint64_t> images) { return sub_images(images); });
  }

  /// Smaller versions in directories of their own; true when all of them stay.
  bool sub_images(std::span<const std::uint64_t> images) {
    std::vector<TiffDirectory> directories;
    const std::size_t previews = layout_.previews.size(), notes = layout_.notes.size();
    bool all = true;
    for (const std::uint64_t at : images) {
      directories.push_back(sound_directory(file_, at));
      if (role_of(file_, directories.back(), false) != Role::reduced) {
        throw Error(Code::image_pages, "a further picture inside a page", "save the picture alone first");
      }
      all = all && directories.back().next == 0 && preview(directories.back());
    }
    if (!all) {
      layout_.previews.resize(previews);
      for (std::size_t i = notes; i < layout_.notes.size(); ++i) layout_.notes[i].code = Code::dropped_page;
      return false;
    }
    add_data();
    for (const TiffDirectory& directory : directories) keep_tags(directory);
    return true;
  }

  void check_previews() const {
    std::uint64_t pixels = 0;
    for (const TiffPreview& preview : layout_.previews) {
      pixels += std::uint64_t{static_cast<unsigned>(preview.page.shape.width)} *
                static_cast<unsigned>(preview.page.shape.height);
    }
    if (pixels > 4 * max_pixels_) refuse_broken_tiff("reduced versions larger than the picture");
  }

  Bytes bytes_;
  TiffBlock file_;  ///< of bytes_
  std::uint64_t max_pixels_;
  TiffTags tags_;
  TiffLayout layout_;
  std::vector<TiffSpan> data_;
  std::size_t pages_taken_ = 0, previews_taken_ = 0;
};

}  // namespace

TiffLayout read_tiff_layout(ByteView file, std::uint64_t max_pixels) { return LayoutReader(file, max_pixels).run(); }

std::vector<TiffPage> read_tiff_pages(ByteView bytes, std::uint64_t max_pixels) {
  const TiffBlock file = opened(bytes);
  std::vector<TiffPage> pages;
  std::set<std::uint64_t> seen;
  for (std::uint64_t at = file.first(); at != 0;) {
    if (!seen.insert(at).second || seen.size() > kMostPages) refuse_broken_tiff("its pages form a ring");
    const TiffDirectory directory = sound_directory(file, at);
    const Role role = role_of(file, directory, pages.empty());
    if (role == Role::picture) pages.push_back(read_tiff_page(file, directory, max_pixels));
    if (role == Role::reduced && pages.empty()) refuse_camera_raw();
    at = directory.next;
  }
  if (pages.empty()) refuse_broken_tiff("no page");
  check_one_shape(pages, max_pixels);
  return pages;
}

}  // namespace wardmark
