#include "io/photoshop.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "io/byte_order.h"
#include "io/embedded_picture.h"
#include "io/joined_bytes.h"

namespace wardmark {

namespace {

constexpr int kIptc = 0x0404, kIptcDigest = 0x0425;
constexpr std::size_t kSmall = 4096;

/// Settings: resolution, names of channels, how it prints, grid, copyright flag, address, angles, slices, version,
/// pixel aspect. No picture has a place there.
bool is_setting(int id) {
  constexpr std::array kSettings = {1005, 1006, 1010, 1011, 1013, 1016, 1024, 1026, 1032, 1034, 1035, 1037,
                                    1044, 1045, 1049, 1050, 1054, 1057, 1062, 1064, 1082, 1083, 10000};
  return std::ranges::find(kSettings, id) != kSettings.end();
}

struct Resource {
  int id = 0;
  ByteView whole;  ///< with header and padding
  ByteView data;
};

std::size_t padded(std::size_t n) { return n + (n & 1); }

/// The resource at the start of `rest`; false when it is not well-formed. The last padding byte may be missing.
bool read_resource(ByteView rest, Resource& resource) {
  constexpr std::size_t kShortest = 12;  // "8BIM", id, empty name, size
  if (rest.size() < kShortest || std::memcmp(rest.data(), "8BIM", 4) != 0) return false;
  resource.id = big16(rest.data() + 4);
  const std::size_t name = padded(std::size_t{1} + rest[6]);
  if (rest.size() < 6 + name + 4) return false;
  const std::size_t begin = 6 + name + 4;
  const std::size_t size = big32(rest.data() + 6 + name);
  if (size > rest.size() - begin) return false;
  resource.data = rest.subspan(begin, size);
  resource.whole = rest.first(std::min(rest.size(), begin + padded(size)));
  return true;
}

bool only_zeros(ByteView bytes) {
  for (const std::uint8_t byte : bytes) {
    if (byte != 0) return false;
  }
  return true;
}

}  // namespace

PhotoshopResources clean_photoshop(ByteView block) {
  PhotoshopResources result;
  ByteView rest = block;
  while (!rest.empty() && !only_zeros(rest.first(std::min<std::size_t>(rest.size(), 4)))) {
    Resource resource;
    if (!read_resource(rest, resource)) return {Bytes(), true};
    const bool harmless = resource.id == kIptc || resource.id == kIptcDigest ||
                          (is_setting(resource.id) && resource.data.size() <= kSmall);
    const bool kept = harmless && !holds_picture(resource.data);
    if (kept) append(result.block, resource.whole);
    result.dropped = result.dropped || !kept;
    rest = rest.subspan(resource.whole.size());
  }
  return result;
}

}  // namespace wardmark
