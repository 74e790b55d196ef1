#pragma once
#include <cstdint>
#include <vector>

#include "core/bytes.h"
#include "io/tiff_layout.h"
#include "io/tiff_page.h"

namespace wardmark {

/// The places of a TIFF file that no tag takes: gaps between what is kept, then the end.
class TiffRoom {
 public:
  /// `kept` by position; behind it there is room without end.
  explicit TiffRoom(const std::vector<TiffPiece>& kept);
  /// A place for `length` bytes at an even position, behind those taken before where it fits.
  std::size_t take(std::size_t length);
  /// Position behind all that is kept or taken.
  std::size_t end() const { return end_; }

 private:
  struct Gap {
    std::size_t begin, end;
  };
  std::vector<Gap> gaps_;
  std::size_t gap_ = 0;  ///< the first that may have room
  std::size_t end_ = 0;  ///< of what is kept or taken
};

/// Where the strips or tiles of a page are and how long they are, in its directory. Lists whose numbers no longer fit
/// their type get a wider one, and a place of their own.
class TiffLists {
 public:
  TiffLists(const TiffBlock& file, const TiffPage& page, std::vector<std::uint64_t> offsets,
            std::vector<std::uint64_t> counts, TiffRoom& room);
  /// Writes them into the file, which has the directory of `page` at its place.
  void write(Bytes& file) const;

 private:
  struct List {
    TiffEntry entry;
    std::vector<std::uint64_t> values;
    std::uint16_t type = 0;
    std::size_t at = 0;  ///< of the values; 0: inside the entry
  };
  List settle(const TiffDirectory& directory, std::uint16_t tag, std::vector<std::uint64_t> values,
              TiffRoom& room) const;
  bool big_endian_, wide_;
  List offsets_, counts_;
};

}  // namespace wardmark
