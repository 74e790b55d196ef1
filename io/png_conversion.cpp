#include "io/png_conversion.h"

#include <zlib.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "core/error.h"
#include "io/joined_bytes.h"
#include "io/png_chunks.h"

namespace wardmark {
namespace {

constexpr std::size_t kDataChunk = std::size_t{1} << 18;
constexpr int kLevel = 6;
constexpr std::uint8_t kPaeth = 4;

// Keyword, uncompressed, no language, no translated keyword.
constexpr std::string_view kXmpKeyword{"XML:com.adobe.xmp\0\0\0\0\0", 22};
// Name and compression method.
constexpr std::string_view kIccKeyword{"ICC profile\0\0", 13};

void put32(Bytes& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
}

void put(Bytes& out, ByteView bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

void put_chunk(Bytes& out, std::string_view name, ByteView data) {
  put32(out, static_cast<std::uint32_t>(data.size()));
  const std::size_t start = out.size();
  put(out, bytes_of(name));
  put(out, data);
  const uLong sum = crc32_z(0, out.data() + start, out.size() - start);
  put32(out, static_cast<std::uint32_t>(sum));
}

/// Deflates what it is given into IDAT chunks at the end of `out`.
class DataChunks {
 public:
  explicit DataChunks(Bytes& out) : out_(out), buffer_(kDataChunk) {
    if (deflateInit2(&stream_, kLevel, Z_DEFLATED, 15, 9, Z_FILTERED) != Z_OK) {
      throw Error(Code::out_of_memory, "PNG: not enough memory to compress");
    }
    rewind();
  }
  ~DataChunks() { deflateEnd(&stream_); }
  DataChunks(const DataChunks&) = delete;
  DataChunks& operator=(const DataChunks&) = delete;

  void add(ByteView row) {
    stream_.next_in = const_cast<Bytef*>(row.data());
    stream_.avail_in = static_cast<uInt>(row.size());
    while (stream_.avail_in > 0) step(Z_NO_FLUSH);
  }
  void finish() {
    while (step(Z_FINISH) != Z_STREAM_END) {
    }
    flush();
  }

 private:
  void rewind() {
    stream_.next_out = buffer_.data();
    stream_.avail_out = static_cast<uInt>(buffer_.size());
  }
  void flush() {
    const std::size_t used = buffer_.size() - stream_.avail_out;
    if (used > 0) put_chunk(out_, "IDAT", ByteView(buffer_).first(used));
    rewind();
  }
  int step(int mode) {
    const int answer = deflate(&stream_, mode);
    if (answer == Z_STREAM_ERROR) broken_promise("deflate() in a wrong state");
    if (stream_.avail_out == 0) flush();
    return answer;
  }

  Bytes& out_;
  Bytes buffer_;
  z_stream stream_{};
};

int paeth(int left, int above, int corner) {
  const int guess = left + above - corner;
  const int from_left = std::abs(guess - left);
  const int from_above = std::abs(guess - above);
  const int from_corner = std::abs(guess - corner);
  if (from_left <= from_above && from_left <= from_corner) return left;
  return from_above <= from_corner ? above : corner;
}

/// Rows in PNG byte order, each behind its filter byte.
void put_pixels(Bytes& out, const Image& image) {
  const auto sample_bytes = static_cast<std::size_t>(image.bits() / 8);
  const std::size_t stride = image.row_samples() * sample_bytes;
  const std::size_t pixel = static_cast<std::size_t>(image.channels()) * sample_bytes;
  Bytes above(stride, 0);
  Bytes row(stride, 0);
  Bytes filtered(stride + 1, 0);
  filtered[0] = kPaeth;
  DataChunks chunks(out);
  for (int y = 0; y < image.height(); ++y) {
    if (sample_bytes == 1) {
      std::memcpy(row.data(), image.row<std::uint8_t>(y), stride);
    } else {
      const std::uint16_t* samples = image.row<std::uint16_t>(y);
      for (std::size_t x = 0; x < image.row_samples(); ++x) {
        row[2 * x] = static_cast<std::uint8_t>(samples[x] >> 8);
        row[2 * x + 1] = static_cast<std::uint8_t>(samples[x]);
      }
    }
    for (std::size_t x = 0; x < stride; ++x) {
      const int left = x < pixel ? 0 : row[x - pixel];
      const int corner = x < pixel ? 0 : above[x - pixel];
      filtered[x + 1] = static_cast<std::uint8_t>(row[x] - paeth(left, above[x], corner));
    }
    chunks.add(filtered);
    std::swap(above, row);
  }
  chunks.finish();
}

/// The chunk iCCP of a profile.
Bytes packed_profile(ByteView profile) {
  uLongf packed = compressBound(profile.size());
  Bytes chunk(kIccKeyword.begin(), kIccKeyword.end());
  chunk.resize(kIccKeyword.size() + packed);
  if (compress2(chunk.data() + kIccKeyword.size(), &packed, profile.data(), profile.size(), kLevel) != Z_OK) {
    throw Error(Code::out_of_memory, "PNG: not enough memory to compress");
  }
  chunk.resize(kIccKeyword.size() + packed);
  return chunk;
}

}  // namespace

Bytes convert_to_png(PortableMetadata carried, const Image& changed) {
  constexpr std::array<std::uint8_t, 5> kColourTypes = {0, 0, 4, 2, 6};  // by channels
  if (carried.thumbnail) draw_thumbnail(carried.exif, *carried.thumbnail, changed);
  Bytes out;
  put(out, bytes_of(kPngSignature));
  Bytes header;
  put32(header, static_cast<std::uint32_t>(changed.width()));
  put32(header, static_cast<std::uint32_t>(changed.height()));
  header.push_back(static_cast<std::uint8_t>(changed.bits()));
  header.push_back(kColourTypes[static_cast<std::size_t>(changed.channels())]);
  header.insert(header.end(), 3, 0);  // deflate, the five filters, no interlacing
  put_chunk(out, "IHDR", header);
  if (!carried.icc.empty()) put_chunk(out, "iCCP", packed_profile(carried.icc));
  if (!carried.exif.empty()) put_chunk(out, "eXIf", carried.exif);
  if (!carried.xmp.empty()) put_chunk(out, "iTXt", joined(bytes_of(kXmpKeyword), carried.xmp));
  put_pixels(out, changed);
  put_chunk(out, "IEND", {});
  return out;
}

}  // namespace wardmark
