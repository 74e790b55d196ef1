#include "io/maker_note.h"

#include <algorithm>
#include <array>
#include <vector>

#include "io/byte_order.h"
#include "io/embedded_picture.h"

namespace wardmark {

namespace {

/// Numbers that would name a picture of the surroundings: counted from the EXIF block, from the file, or from the note
/// behind a vendor header of up to 18 bytes. Sorted.
std::vector<std::int64_t> telling_numbers(std::size_t note_begin, const ExifSurroundings& around) {
  constexpr std::array<std::int64_t, 10> kHeaders = {0, 2, 4, 6, 8, 10, 12, 14, 16, 18};
  std::vector<std::int64_t> numbers;
  for (const std::int64_t start : around.picture_starts) {
    numbers.push_back(start);
    numbers.push_back(start - around.file_start);
    for (const std::int64_t header : kHeaders) {
      numbers.push_back(start - static_cast<std::int64_t>(note_begin) - header);
    }
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

}  // namespace

std::string maker_note_picture(ByteView block, std::size_t begin, std::size_t end, const ExifSurroundings& around) {
  const ByteView note = block.subspan(begin, end - begin);
  const std::size_t found = std::min(find_picture(note), find_jpeg_body(note));
  if (found != kNoPicture) return "holds a picture at byte " + std::to_string(found);
  const std::vector<std::int64_t> telling = telling_numbers(begin, around);
  if (telling.empty()) return {};
  for (std::size_t i = 0; i + 4 <= note.size(); ++i) {
    for (const std::uint32_t number : {big32(note.data() + i), little32(note.data() + i)}) {
      if (number != 0 && std::binary_search(telling.begin(), telling.end(), std::int64_t{number})) {
        return "points at a preview behind the end of the picture";
      }
    }
  }
  return {};
}

}  // namespace wardmark
