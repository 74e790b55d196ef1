#include "io/tiff_room.h"

#include <algorithm>

#include "core/error.h"

namespace wardmark {
namespace {

constexpr std::uint16_t kShort = 3, kLong = 4, kLong8 = 16;

std::size_t bytes_of_type(std::uint16_t type) { return type == kShort ? 2 : type == kLong ? 4 : 8; }

void put_number(Bytes& file, bool big_endian, std::size_t at, std::uint64_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t shift = 8 * (big_endian ? size - 1 - i : i);
    file[at + i] = static_cast<std::uint8_t>(value >> shift);
  }
}

}  // namespace

TiffRoom::TiffRoom(const std::vector<TiffPiece>& kept) {
  std::size_t at = 0;
  for (const TiffPiece& piece : kept) {
    if (piece.at > at) gaps_.push_back({at, piece.at});
    at = piece.at + piece.bytes.size();
  }
  end_ = at;
  gaps_.push_back({at, SIZE_MAX});
}

std::size_t TiffRoom::take(std::size_t length) {
  for (; gap_ < gaps_.size(); ++gap_) {
    Gap& gap = gaps_[gap_];
    const std::size_t begin = gap.begin + (gap.begin & 1);
    if (begin > gap.end || gap.end - begin < length) continue;
    gap.begin = begin + length;
    end_ = std::max(end_, gap.begin);
    return begin;
  }
  broken_promise("no room behind the end of a file");
}

TiffLists::TiffLists(const TiffBlock& file, const TiffPage& page, std::vector<std::uint64_t> offsets,
                     std::vector<std::uint64_t> counts, TiffRoom& room)
    : big_endian_(file.big_endian()), wide_(file.recognised_big()) {
  const auto directory = file.directory(page.directory);
  if (!directory) broken_promise("a page without its directory");
  offsets_ =
      settle(*directory, page.tiled() ? tiff_tag::tile_offsets : tiff_tag::strip_offsets, std::move(offsets), room);
  counts_ = settle(*directory, page.tiled() ? tiff_tag::tile_counts : tiff_tag::strip_counts, std::move(counts), room);
}

TiffLists::List TiffLists::settle(const TiffDirectory& directory, std::uint16_t tag, std::vector<std::uint64_t> values,
                                  TiffRoom& room) const {
  const auto entry = std::ranges::find(directory.entries, tag, &TiffEntry::tag);
  if (entry == directory.entries.end()) broken_promise("a page without its list of strips");
  List list{*entry, std::move(values), entry->type, entry->apart ? entry->value : 0};
  const std::uint64_t largest = *std::ranges::max_element(list.values);
  const std::uint64_t most = list.type == kShort ? 0xFFFF : list.type == kLong ? 0xFFFFFFFF : UINT64_MAX;
  if (largest <= most && (list.type == kShort || list.type == kLong || list.type == kLong8)) return list;
  list.type = wide_ ? kLong8 : kLong;
  const std::size_t size = list.values.size() * bytes_of_type(list.type);
  list.at = size > (wide_ ? 8u : 4u) ? room.take(size) : 0;
  return list;
}

void TiffLists::write(Bytes& file) const {
  for (const List* list : {&offsets_, &counts_}) {
    put_number(file, big_endian_, list->entry.at + 2, list->type, 2);
    const std::size_t own = list->entry.at + (wide_ ? 12 : 8), own_bytes = wide_ ? 8 : 4;
    if (list->at == 0) put_number(file, big_endian_, own, 0, own_bytes);
    if (list->at != 0) put_number(file, big_endian_, own, list->at, own_bytes);
    std::size_t at = list->at == 0 ? own : list->at;
    for (const std::uint64_t value : list->values) {
      put_number(file, big_endian_, at, value, bytes_of_type(list->type));
      at += bytes_of_type(list->type);
    }
  }
}

}  // namespace wardmark
