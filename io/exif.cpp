#include "io/exif.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>

#include "core/error.h"
#include "io/embedded_picture.h"
#include "io/jpeg_segments.h"
#include "io/maker_note.h"
#include "io/reduced_picture.h"
#include "io/tiff_directory.h"
#include "io/xmp.h"

namespace wardmark {

namespace {

/// Who owns a byte of the block.
enum class Owner : std::uint8_t { nobody, tag, maker_note, picture, remains };

constexpr std::uint16_t kOrientation = 0x0112, kExifDirectory = 0x8769, kGpsDirectory = 0x8825, kInterop = 0xA005,
                        kMakerNote = 0x927C, kPrivateData = 0xC634, kSubImages = 0x014A, kPhotoshop = 0x8649,
                        kXmp = 0x02BC, kLong = 4;
constexpr std::size_t kHarmless = 2048;     ///< a damaged block of this size holds no picture worth the name
constexpr std::size_t kUnexplained = 4096;  ///< bytes no tag accounts for, in a damaged block
constexpr std::size_t kDeepest = 16;
constexpr std::size_t kLargest = std::size_t{1} << 20;
constexpr std::size_t kWorkPerByte = 16, kLeastWork = 1 << 16;
constexpr std::size_t kEntryBytes = 12;

/// Tag pairs that give position and length of picture data: JPEG, strips, tiles.
struct PictureTags {
  std::uint16_t offsets, lengths;
};
constexpr std::array<PictureTags, 3> kPictureTags = {{{0x0201, 0x0202}, {0x0111, 0x0117}, {0x0144, 0x0145}}};

const TiffEntry* find_entry(const TiffDirectory& directory, std::uint16_t tag) {
  const auto found = std::find_if(directory.entries.begin(), directory.entries.end(),
                                  [tag](const TiffEntry& entry) { return entry.tag == tag; });
  return found == directory.entries.end() ? nullptr : &*found;
}

std::string tag_name(std::uint16_t tag) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "0x%04x", unsigned{tag});
  return text.data();
}

[[noreturn]] void refuse_preview(const std::string& what) {
  throw Error(
      Code::metadata_preview, what,
      "remove it on a copy (exiftool -MakerNotes= FILE) and protect the copy; or convert to PNG without metadata");
}

[[noreturn]] void refuse_damage(const std::string& what) {
  throw Error(Code::metadata_broken, "the EXIF block is damaged: " + what,
              "remove or rebuild it on a copy (exiftool -exif:all= FILE) and protect the copy");
}

class Cleaner {
 public:
  Cleaner(ByteView block, const ExifSurroundings& around)
      : bytes_(block.begin(), block.end()), tiff_(bytes_), owner_(block.size(), Owner::nobody), around_(around) {}

  Exif run() {
    claim(0, 8, Owner::tag);
    keep_directory(tiff_.first(), true, 0);
    for (const std::size_t at : unlinked_) drop_directory(at, 0);
    if (thumbnail_) keep_thumbnail_directory();
    check_maker_notes();
    erase();
    erase_strays();
    refuse_unexplained();
    shorten();
    return {std::move(bytes_), orientation_, notes(), thumbnail_};
  }

 private:
  struct Span {
    std::size_t begin, end;
  };

  /// Marks bytes; what a kept tag owns stays its own.
  void claim(std::size_t begin, std::size_t end, Owner owner) {
    charge(end - begin);
    for (std::size_t i = begin; i < std::min(end, owner_.size()); ++i) {
      if (owner_[i] == Owner::nobody || owner == Owner::tag || owner == Owner::maker_note) owner_[i] = owner;
    }
  }

  /// Values of a sound block hardly overlap; a hostile one would make the work quadratic.
  void charge(std::size_t bytes) {
    work_ += bytes;
    if (work_ > kWorkPerByte * bytes_.size() + kLeastWork) refuse_damage("its values overlap");
  }

  void keep_directory(std::size_t at, bool main, std::size_t depth) {
    const auto directory = tiff_.directory(at);
    if (!directory || depth > kDeepest || std::find(kept_.begin(), kept_.end(), at) != kept_.end()) {
      damaged_ = true;
      return;
    }
    kept_.push_back(at);
    if (!directory->complete) damaged_ = true;
    claim(directory->at, directory->end(), Owner::tag);
    for (const TiffEntry& entry : directory->entries) keep_entry(entry, main, depth);
    if (main && directory->next != 0) thumbnail_ = thumbnail_of(directory->next);
    const bool linked = directory->next != 0 && (main || shows_picture(directory->next));
    if (thumbnail_ && main) {
      thumbnail_directory_ = directory->next;
    } else if (linked) {
      unlinked_.push_back(directory->next);
      unlink(directory->next_at);
    }
    remove_picture_entries(*directory);
  }

  /// The thumbnail of a directory that can be drawn anew: the last one, with one plain JPEG and no other picture.
  std::optional<ExifThumbnail> thumbnail_of(std::size_t at) const {
    constexpr std::size_t kLeastRoom = 1024;
    const auto directory = tiff_.directory(at);
    if (!directory || !directory->complete || directory->next != 0) return std::nullopt;
    const TiffEntry* offset = find_entry(*directory, kPictureTags[0].offsets);
    const TiffEntry* length = find_entry(*directory, kPictureTags[0].lengths);
    if (!offset || !length || offset->count != 1 || length->count != 1 || length->type != kLong) return std::nullopt;
    const bool alone = std::ranges::none_of(directory->entries, [&](const TiffEntry& entry) {
      return entry.tag == kMakerNote || entry.tag == kXmp || entry.tag == kExifDirectory || !entry.inside ||
             (is_picture_entry(entry.tag) && &entry != offset && &entry != length);
    });
    const auto begin = tiff_.number(*offset), room = tiff_.number(*length);
    if (!alone || !begin || !room || *begin > bytes_.size() || *room > bytes_.size() - *begin) return std::nullopt;
    if (*room < kLeastRoom || (*begin < directory->end() && *begin + *room > directory->at)) return std::nullopt;
    const ByteView jpeg = ByteView(bytes_).subspan(*begin, *room);
    const auto frame = find_picture(jpeg.first(4)) == 0 ? find_jpeg_frame(jpeg) : std::nullopt;
    if (!frame || frame->width < 16 || frame->height < 16) return std::nullopt;
    return ExifThumbnail{*begin, *room, frame->width, frame->height};
  }

  void keep_thumbnail_directory() {
    const auto directory = tiff_.directory(thumbnail_directory_);
    claim(directory->at, directory->end(), Owner::tag);
    for (const TiffEntry& entry : directory->entries) {
      if (entry.apart) claim(entry.value, entry.value + static_cast<std::size_t>(entry.size), Owner::tag);
    }
    const bool removed = thumbnail_removed_;
    drop_data(thumbnail_->at, thumbnail_->room);
    thumbnail_removed_ = removed;
  }

  void keep_entry(const TiffEntry& entry, bool main, std::size_t depth) {
    const auto pointer = tiff_.number(entry);
    switch (entry.tag) {
      case kExifDirectory:
      case kGpsDirectory:
      case kInterop:
        if (pointer) keep_directory(*pointer, false, depth + 1);
        return;
      case kOrientation:
        if (main && pointer && *pointer >= 1 && *pointer <= 8) orientation_ = static_cast<int>(*pointer);
        return;
      default:
        break;
    }
    if (!entry.apart || is_picture_entry(entry.tag)) return;
    const std::size_t begin = std::min(entry.value, bytes_.size());
    const std::size_t end =
        begin + static_cast<std::size_t>(std::min<std::uint64_t>(entry.size, bytes_.size() - begin));
    if (!entry.inside) damaged_ = true;
    const bool opaque = entry.tag == kMakerNote || entry.tag == kPrivateData;
    if (opaque) maker_notes_.push_back({begin, end});
    claim(begin, end, opaque ? Owner::maker_note : Owner::tag);
    if (entry.tag == kXmp) clean_embedded_xmp(begin, end);
  }

  void clean_embedded_xmp(std::size_t begin, std::size_t end) {
    const Xmp xmp = clean_xmp(ByteView(bytes_).subspan(begin, end - begin));
    if (xmp.readable && xmp.blanked == 0) return;
    xmp_cleaned_ = true;
    if (xmp.readable) {
      std::copy(xmp.packet.begin(), xmp.packet.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(begin));
    } else {
      std::fill(bytes_.begin() + static_cast<std::ptrdiff_t>(begin), bytes_.begin() + static_cast<std::ptrdiff_t>(end),
                std::uint8_t{' '});
    }
  }

  static bool is_picture_entry(std::uint16_t tag) {
    return tag == kSubImages || tag == kPhotoshop ||
           std::any_of(kPictureTags.begin(), kPictureTags.end(),
                       [tag](const PictureTags& pair) { return pair.offsets == tag || pair.lengths == tag; });
  }

  /// A directory that says where picture data are. Tells a link from the stray bytes some writers leave behind a table.
  bool shows_picture(std::size_t at) const {
    const auto directory = tiff_.directory(at);
    return directory && std::any_of(directory->entries.begin(), directory->entries.end(),
                                    [](const TiffEntry& entry) { return is_picture_entry(entry.tag); });
  }

  /// Takes the entries that lead to pictures out of a kept directory. The table shrinks in place, the values stay.
  void remove_picture_entries(const TiffDirectory& directory) {
    std::vector<const TiffEntry*> removed;
    for (const TiffEntry& entry : directory.entries) {
      if (is_picture_entry(entry.tag) && leads_inside(directory, entry)) removed.push_back(&entry);
    }
    if (removed.empty()) return;
    drop_pictures(directory, 0);
    for (const TiffEntry* entry : removed) {
      if (entry->tag == kPhotoshop) photoshop_removed_ = true;
      if (entry->apart && entry->inside) {
        claim(entry->value, entry->value + static_cast<std::size_t>(entry->size), Owner::remains);
      }
    }
    shrink_table(directory, removed);
  }

  /// Entries that point out of the block lead nowhere and stay.
  bool leads_inside(const TiffDirectory& directory, const TiffEntry& entry) const {
    if (entry.tag == kPhotoshop) return true;
    std::uint16_t offsets = entry.tag;
    for (const PictureTags& pair : kPictureTags) {
      if (pair.lengths == entry.tag) offsets = pair.offsets;
    }
    const TiffEntry* pointers = find_entry(directory, offsets);
    const auto first = pointers ? tiff_.number(*pointers) : std::nullopt;
    return first && *first != 0 && *first < bytes_.size();
  }

  void shrink_table(const TiffDirectory& directory, const std::vector<const TiffEntry*>& removed) {
    const std::size_t begin = directory.at + 2;
    std::size_t to = begin;
    for (const TiffEntry& entry : directory.entries) {
      if (std::find(removed.begin(), removed.end(), &entry) != removed.end()) continue;
      std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(entry.at), kEntryBytes,
                  bytes_.begin() + static_cast<std::ptrdiff_t>(to));
      to += kEntryBytes;
    }
    const std::size_t count = (to - begin) / kEntryBytes;
    std::fill(bytes_.begin() + static_cast<std::ptrdiff_t>(to),
              bytes_.begin() + static_cast<std::ptrdiff_t>(directory.next_at), std::uint8_t{0});
    bytes_[directory.at + (tiff_.big_endian() ? 0 : 1)] = static_cast<std::uint8_t>(count >> 8);
    bytes_[directory.at + (tiff_.big_endian() ? 1 : 0)] = static_cast<std::uint8_t>(count);
  }

  void unlink(std::size_t at) { std::fill_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at), 4, std::uint8_t{0}); }

  /// Marks a directory of pictures, all it owns and all that follows it.
  void drop_directory(std::size_t at, std::size_t depth) {
    if (std::find(dropped_.begin(), dropped_.end(), at) != dropped_.end()) return;
    if (std::find(kept_.begin(), kept_.end(), at) != kept_.end()) refuse_damage("directories form a ring");
    dropped_.push_back(at);
    thumbnail_removed_ = true;
    const auto directory = tiff_.directory(at);
    if (!directory) return;
    if (depth > kDeepest) refuse_damage("directories are nested too deep");
    if (!directory->complete) damaged_ = true;
    claim(directory->at, directory->end(), Owner::remains);
    for (const TiffEntry& entry : directory->entries) {
      if (!entry.apart || !entry.inside) continue;
      claim(entry.value, entry.value + static_cast<std::size_t>(entry.size), Owner::remains);
    }
    drop_pictures(*directory, depth);
    if (directory->next != 0) drop_directory(directory->next, depth + 1);
  }

  /// Marks the picture data and sub-images a directory points at.
  void drop_pictures(const TiffDirectory& directory, std::size_t depth) {
    for (const PictureTags& pair : kPictureTags) {
      const TiffEntry* offsets = find_entry(directory, pair.offsets);
      const TiffEntry* lengths = find_entry(directory, pair.lengths);
      if (!offsets || !offsets->inside) continue;
      for (std::size_t i = 0; i < offsets->count; ++i) {
        const auto offset = tiff_.number(*offsets, i);
        const auto length = lengths ? tiff_.number(*lengths, i) : std::nullopt;
        if (!offset) break;
        if (*offset != 0 && *offset < bytes_.size()) drop_data(*offset, length.value_or(0));
      }
    }
    const TiffEntry* images = find_entry(directory, kSubImages);
    for (std::size_t i = 0; images && i < images->count; ++i) {
      const auto offset = tiff_.number(*images, i);
      if (!offset) break;
      drop_directory(*offset, depth + 1);
    }
  }

  void drop_data(std::size_t begin, std::size_t length) {
    thumbnail_removed_ = true;
    std::size_t end = begin + std::min(length, bytes_.size() - begin);
    for (std::size_t i = begin; i < end; ++i) {
      if (owner_[i] == Owner::maker_note) refuse_preview("the EXIF thumbnail lies inside the maker note");
      if (owner_[i] == Owner::tag) refuse_damage("thumbnail and other tags share bytes");
    }
    // A stated length that is too short would leave the rest of a JPEG behind.
    const bool jpeg =
        find_picture(ByteView(bytes_).subspan(begin, std::min<std::size_t>(4, bytes_.size() - begin))) == 0;
    const bool whole = end - begin >= 4 && bytes_[end - 2] == 0xFF && bytes_[end - 1] == 0xD9;
    if (jpeg && !whole) end = std::max(end, jpeg_end(bytes_, begin, free_until(begin)));
    charge(end - begin);
    claim(begin, end, Owner::picture);
  }

  std::size_t free_until(std::size_t at) const {
    while (at < owner_.size() && owner_[at] != Owner::tag && owner_[at] != Owner::maker_note) ++at;
    return at;
  }

  void check_maker_notes() const {
    for (const Span& note : maker_notes_) {
      const std::string picture = maker_note_picture(bytes_, note.begin, note.end, around_);
      if (!picture.empty()) refuse_preview("the maker note " + picture);
    }
  }

  void erase() {
    for (std::size_t i = 0; i < bytes_.size(); ++i) {
      if (erased(i)) bytes_[i] = 0;
    }
  }

  /// Pictures nothing points at, or that a tag holds.
  void erase_strays() {
    for (std::size_t at = find_picture(bytes_); at != kNoPicture; at = find_picture(bytes_, at)) {
      if (owner_[at] == Owner::tag)
        refuse_preview("a tag of the EXIF block holds a picture at byte " + std::to_string(at));
      if (!maker_notes_.empty()) refuse_preview("a picture beside the maker note, at byte " + std::to_string(at));
      const std::size_t end = free_until(at);
      std::fill(bytes_.begin() + static_cast<std::ptrdiff_t>(at), bytes_.begin() + static_cast<std::ptrdiff_t>(end),
                std::uint8_t{0});
      thumbnail_removed_ = true;
    }
  }

  void refuse_unexplained() const {
    if (!damaged_) return;
    std::size_t unexplained = 0;
    for (std::size_t i = 0; i < bytes_.size(); ++i) unexplained += owner_[i] == Owner::nobody && bytes_[i] != 0 ? 1 : 0;
    if (unexplained > kUnexplained) refuse_damage(std::to_string(unexplained) + " bytes belong to no tag");
  }

  bool erased(std::size_t at) const { return owner_[at] == Owner::picture || owner_[at] == Owner::remains; }

  /// Cuts erased bytes off the end. Zeros that were there before may be a value of the maker note and stay.
  void shorten() {
    std::size_t end = bytes_.size();
    while (maker_notes_.empty() && end > 0 && bytes_[end - 1] == 0 && owner_[end - 1] == Owner::nobody) --end;
    if (end == 0 || !erased(end - 1)) return;
    while (end > 0 && erased(end - 1)) --end;
    if (thumbnail_) end = std::max(end, thumbnail_->at + thumbnail_->room);
    bytes_.resize(end);
  }

  std::vector<Note> notes() const {
    std::vector<Note> notes;
    if (thumbnail_) notes.push_back({Code::redrawn_preview, "EXIF thumbnail"});
    if (thumbnail_removed_) notes.push_back({Code::dropped_thumbnail, "EXIF"});
    if (photoshop_removed_) notes.push_back({Code::dropped_photoshop, "EXIF tag " + tag_name(kPhotoshop)});
    if (xmp_cleaned_) notes.push_back({Code::dropped_xmp_thumbnail, "EXIF tag " + tag_name(kXmp)});
    return notes;
  }

  Bytes bytes_;
  TiffBlock tiff_;  ///< of bytes_
  std::vector<Owner> owner_;
  const ExifSurroundings& around_;
  std::vector<Span> maker_notes_;
  std::vector<std::size_t> kept_, unlinked_, dropped_;
  int orientation_ = 1;
  std::size_t work_ = 0;
  std::optional<ExifThumbnail> thumbnail_;
  std::size_t thumbnail_directory_ = 0;
  bool damaged_ = false;
  bool thumbnail_removed_ = false;
  bool photoshop_removed_ = false;
  bool xmp_cleaned_ = false;
};

}  // namespace

Exif clean_exif(ByteView block, const ExifSurroundings& around) {
  if (block.size() > kLargest) refuse_damage(std::to_string(block.size()) + " bytes are too many");
  if (TiffBlock(block).recognised()) return Cleaner(block, around).run();
  if (block.size() > kHarmless || holds_picture(block)) refuse_damage("it does not start like one");
  return {Bytes(block.begin(), block.end()), 1, {}};
}

void draw_thumbnail(std::span<std::uint8_t> block, const ExifThumbnail& thumbnail, const Image& picture) {
  const Bytes jpeg = drawn_preview(picture, thumbnail.width, thumbnail.height, thumbnail.room);
  const auto begin = block.begin() + static_cast<std::ptrdiff_t>(thumbnail.at);
  std::fill(std::ranges::copy(jpeg, begin).out, begin + static_cast<std::ptrdiff_t>(thumbnail.room), std::uint8_t{0});
}

}  // namespace wardmark
