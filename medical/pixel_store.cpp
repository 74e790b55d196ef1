#include "medical/pixel_store.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcpixel.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string>

#include "core/error.h"
#include "medical/pixel_samples.h"

namespace wardmark {
namespace {

/// Frame k with the samples of `changed`, aligned for words.
void compose(const RawPixels& raw, const Image& changed, int k, Bytes& out) {
  const PixelFormat& f = raw.layout;
  const std::size_t size = f.frame_bytes();
  out.resize(size);
  bool carry = raw.carry;
  if (raw.frames.empty()) {
    std::ranges::fill(out, std::uint8_t{0});
  } else {
    std::memcpy(out.data(), raw.frames.data() + static_cast<std::size_t>(k) * size, size);
    carry = !raw.overlays && carries_sign(out.data(), f);
  }
  pack_frame(out.data(), f, changed, k * f.rows, carry);
}

std::size_t even(std::size_t length) { return length + length % 2; }

/// Native frames, and what was behind them.
PixelSupply native_supply(const RawPixels& raw, const Image& changed) {
  const std::size_t length =
      raw.layout.frame_bytes() * static_cast<std::size_t>(raw.layout.frames) + raw.surplus.size();
  return {even(length), [&raw, &changed, length](Bytes& file) {
            const std::size_t begin = file.size();
            Bytes frame;
            for (int k = 0; k < raw.layout.frames; ++k) {
              compose(raw, changed, k, frame);
              file.insert(file.end(), frame.begin(), frame.end());
            }
            file.insert(file.end(), raw.surplus.begin(), raw.surplus.end());
            file.resize(begin + even(length));
          }};
}

void put_number(Bytes& file, std::size_t at, std::size_t number) {
  for (std::size_t i = 0; i < 4; ++i) file[at + i] = static_cast<std::uint8_t>(number >> (8 * i));
}

void add_item(Bytes& file, std::size_t length) {
  static constexpr std::array<std::uint8_t, 4> kItem = {0xFE, 0xFF, 0x00, 0xE0};
  file.insert(file.end(), kItem.begin(), kItem.end());
  file.resize(file.size() + 4);
  put_number(file, file.size() - 4, length);
}

/// Compressed frames behind a basic offset table.
PixelSupply encoded_supply(DicomObject& object, const RawPixels& raw, const Image& changed, PixelWriter writer) {
  const auto frames = static_cast<std::size_t>(raw.layout.frames);
  const std::size_t native = raw.layout.frame_bytes() * frames;
  // A guess from above: memory that is not written to costs nothing.
  return {native + native / 8 + 1024 * frames, [&object, &raw, &changed, writer, frames](Bytes& file) {
            FrameCodec codec(object.data());
            add_item(file, 4 * frames);
            const std::size_t table = file.size();
            file.resize(table + 4 * frames);
            const std::size_t begin = file.size();
            Bytes frame;
            for (std::size_t k = 0; k < frames; ++k) {
              put_number(file, table + 4 * k, file.size() - begin);
              compose(raw, changed, static_cast<int>(k), frame);
              const auto fragments = codec.encode(writer, frame);
              if (!fragments) throw NotEncoded{};
              for (const Bytes& fragment : *fragments) {
                add_item(file, fragment.size());
                file.insert(file.end(), fragment.begin(), fragment.end());
              }
            }
          }};
}

/// The pixels as an element of the data set, for syntaxes that take them through a filter of DCMTK.
void put_pixels(DicomObject& object, const PixelFormat& f, const PixelSupply& supply) {
  Bytes pixels;
  pixels.reserve(supply.most);
  supply.append(pixels);
  auto element = std::make_unique<DcmPixelData>(DcmTag(DCM_PixelData, f.allocated == 16 ? EVR_OW : EVR_OB));
  const OFCondition condition = f.allocated == 16
                                    ? element->putUint16Array(reinterpret_cast<const Uint16*>(pixels.data()),
                                                              static_cast<unsigned long>(pixels.size() / 2))
                                    : element->putUint8Array(pixels.data(), static_cast<unsigned long>(pixels.size()));
  if (condition.bad() || object.data().insert(element.get(), OFTrue).bad()) {
    throw Error(Code::dcm_024, std::string("new pixel data cannot be set: ") + condition.text());
  }
  element.release();
}

}  // namespace

StoredPixels store_pixels(DicomObject& object, RawPixels& raw, const Image& changed, PixelWriter writer,
                          std::string_view syntax) {
  DcmDataset& data = object.data();
  PixelFormat& f = raw.layout;
  if (f.ybr()) {
    // There is no exact way back, so the label changes.
    f.photometric = Photometric::rgb;
    f.planar = 0;
    raw.frames.clear();
  }
  if (syntax != object.syntax->uid || writer != PixelWriter::native) raw.surplus.clear();
  if (f.colour()) {
    if (writer == PixelWriter::jpeg_lossless || writer == PixelWriter::jpeg_ls) f.planar = 0;
    if (value_of(data, DCM_PhotometricInterpretation) != "RGB")
      data.putAndInsertString(DCM_PhotometricInterpretation, "RGB");
    data.putAndInsertUint16(DCM_PlanarConfiguration, static_cast<Uint16>(f.planar));
  }
  if (writer != PixelWriter::native) {
    empty_pixels(object, syntax, false);
    return {syntax, encoded_supply(object, raw, changed, writer)};
  }
  PixelSupply supply = native_supply(raw, changed);
  if (syntax != kExplicit && syntax != kImplicit) {
    put_pixels(object, f, supply);
    return {syntax, {}};
  }
  empty_pixels(object, syntax, f.allocated == 16 || pixel_element(data).getVR() == EVR_OW);
  return {syntax, std::move(supply)};
}

StoredPixels keep_pixels(DicomObject& object, std::string_view syntax) {
  if (!object.apart) return {syntax, {}};
  const ByteView bytes = *object.apart;
  return {syntax, PixelSupply{even(bytes.size()), [bytes](Bytes& file) {
                                file.insert(file.end(), bytes.begin(), bytes.end());
                                if (bytes.size() % 2 != 0) file.push_back(0);
                              }}};
}

}  // namespace wardmark
