#include "text_markers/record_feed.h"

#include <algorithm>
#include <cstring>

#include "text_markers/json_lines.h"

namespace wardmark {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 20;
constexpr std::size_t kLongestLine = std::size_t{32} << 20;

}  // namespace

void RecordFeed::feed(ByteView bytes) {
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  if (buffer_.size() < kPiece) return;
  const void* last = ::memrchr(buffer_.data(), '\n', buffer_.size());
  if (last != nullptr) {
    scan(static_cast<std::size_t>(static_cast<const std::uint8_t*>(last) - buffer_.data()) + 1);
  } else if (buffer_.size() > kLongestLine) {
    scan(buffer_.size());
  }
}

void RecordFeed::scan(std::size_t size) {
  const ByteView piece = ByteView(buffer_).first(size);
  scanner_.feed(piece);
  if (size > 0 && piece.back() == '\n') scanner_.flush();
  lines_ += static_cast<std::uint64_t>(std::ranges::count(piece, std::uint8_t{'\n'}));
  start_ += size;
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(size));
}

void RecordFeed::finish() {
  scanner_.feed(buffer_);
  scanner_.finish();
  buffer_.clear();
  start_ = 0;
  lines_ = 0;
}

RecordFeed::Place RecordFeed::at(std::uint64_t offset) const {
  const std::string_view text = text_of(buffer_);
  if (offset < start_ || offset - start_ >= text.size()) return {lines_ + 1, {}};
  const auto within = static_cast<std::size_t>(offset - start_);
  const std::size_t before = text.substr(0, within).rfind('\n');
  const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
  const std::string_view line = text.substr(begin, text.find('\n', begin) - begin);
  Place place{lines_ + 1 + static_cast<std::uint64_t>(std::ranges::count(text.substr(0, begin), '\n')), {}};
  if (!names_.id.empty()) {
    json_records(line, names_, [&](const Record& record) { place.id = record.id; });
  }
  return place;
}

}  // namespace wardmark
