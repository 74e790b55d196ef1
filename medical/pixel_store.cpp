#include "medical/pixel_store.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcrlerp.h>
#include <dcmtk/dcmdata/dcxfer.h>
#include <dcmtk/dcmjpeg/djrplol.h>
#include <dcmtk/dcmjpls/djrparam.h>
#include <malloc.h>

#include <algorithm>
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

PixelSupply supply_of(const RawPixels& raw, const Image& changed) {
  const std::size_t size = raw.layout.frame_bytes();
  const auto frames = static_cast<std::size_t>(raw.layout.frames);
  const std::size_t length = size * frames + raw.surplus.size();
  return {even(length), [&raw, &changed, size, frames, length](std::uint8_t* to) {
            Bytes frame;
            for (std::size_t k = 0; k < frames; ++k) {
              compose(raw, changed, static_cast<int>(k), frame);
              std::memcpy(to + k * size, frame.data(), size);
            }
            std::ranges::copy(raw.surplus, to + frames * size);
            if (length % 2 != 0) to[length] = 0;
          }};
}

[[noreturn]] void not_set(const OFCondition& condition) {
  throw Error(Code::dcm_024, std::string("new pixel data cannot be set: ") + condition.text());
}

/// A new element that holds `length` bytes; returns them.
std::uint8_t* new_element(DcmDataset& data, const PixelFormat& f, std::size_t length) {
  auto* pixels = new DcmPixelData(DcmTag(DCM_PixelData, f.allocated == 16 ? EVR_OW : EVR_OB));
  OFCondition condition = data.insert(pixels, OFTrue);
  if (condition.bad()) {
    delete pixels;
    not_set(condition);
  }
  if (length == 0) return nullptr;
  Uint16* words = nullptr;
  Uint8* bytes = nullptr;
  condition = f.allocated == 16 ? pixels->createUint16Array(static_cast<Uint32>(length / 2), words)
                                : pixels->createUint8Array(static_cast<Uint32>(length), bytes);
  if (condition.bad()) not_set(condition);
  return f.allocated == 16 ? reinterpret_cast<std::uint8_t*>(words) : bytes;
}

/// Fragments are small blocks of the heap, which keeps them when they are freed: of large objects they are given back.
void give_back_fragments(std::size_t length) {
  constexpr std::size_t kLarge = std::size_t{16} << 20;
  if (length >= kLarge) ::malloc_trim(0);
}

/// The pixels as an element of the data set.
void put_pixels(DcmDataset& data, const RawPixels& raw, const Image& changed) {
  const PixelSupply supply = supply_of(raw, changed);
  data.findAndDeleteElement(DCM_PixelData);
  give_back_fragments(supply.length);
  supply.fill(new_element(data, raw.layout, supply.length));
}

bool encode(DcmDataset& data, PixelWriter writer) {
  OFCondition condition = EC_IllegalParameter;
  if (writer == PixelWriter::rle) {
    const DcmRLERepresentationParameter parameter;
    condition = data.chooseRepresentation(EXS_RLELossless, &parameter);
  } else if (writer == PixelWriter::jpeg_lossless) {
    const DJ_RPLossless parameter(1, 0);
    condition = data.chooseRepresentation(EXS_JPEGProcess14SV1, &parameter);
  } else {
    const DJLSRepresentationParameter parameter(0, OFTrue);
    condition = data.chooseRepresentation(EXS_JPEGLSLossless, &parameter);
  }
  return condition.good();
}

/// True when the object's compressed frames decode to those meant.
bool decodes_to(DcmDataset& data, const RawPixels& raw, const Image& changed) {
  DcmPixelData& pixels = pixel_element(data);
  const std::size_t size = raw.layout.frame_bytes();
  Bytes frame(even(size));
  Bytes meant;
  Uint32 fragment = 0;
  for (int k = 0; k < raw.layout.frames; ++k) {
    OFString model;
    if (pixels
            .getUncompressedFrame(&data, static_cast<Uint32>(k), fragment, frame.data(),
                                  static_cast<Uint32>(frame.size()), model)
            .bad()) {
      return false;
    }
    compose(raw, changed, k, meant);
    if (std::memcmp(frame.data(), meant.data(), size) != 0) return false;
  }
  return true;
}

/// Of pixels as they were; an image does not say all of YBR.
PixelSupply unchanged(const RawPixels& raw, const Image& image) {
  if (!raw.layout.ybr()) return supply_of(raw, image);
  const std::size_t length = raw.frames.size() + raw.surplus.size();
  return {even(length), [&raw, length](std::uint8_t* to) {
            std::ranges::copy(raw.surplus, std::ranges::copy(raw.frames, to).out);
            if (length % 2 != 0) to[length] = 0;
          }};
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
  if (syntax != object.syntax->uid) raw.surplus.clear();
  if (f.colour()) {
    if (writer == PixelWriter::jpeg_lossless || writer == PixelWriter::jpeg_ls) f.planar = 0;
    if (value_of(data, DCM_PhotometricInterpretation) != "RGB")
      data.putAndInsertString(DCM_PhotometricInterpretation, "RGB");
    data.putAndInsertUint16(DCM_PlanarConfiguration, static_cast<Uint16>(f.planar));
  }
  if (writer == PixelWriter::native) {
    const bool spliced = (syntax == kExplicit || syntax == kImplicit) && !object.group_lengths;
    if (!spliced) {
      put_pixels(data, raw, changed);
      return {syntax, {}};
    }
    if (!raw.apart) new_element(data, f, 0);
    return {syntax, supply_of(raw, changed)};
  }
  // An encoder takes PlanarConfiguration out of grey images, which need none but may have it, and tells of itself in
  // the derivation description of colour images.
  const auto planar = short_of(data, DCM_PlanarConfiguration);
  std::unique_ptr<DcmElement> description;
  if (DcmElement* found = nullptr; data.findAndGetElement(DCM_DerivationDescription, found).good()) {
    description.reset(dynamic_cast<DcmElement*>(found->clone()));
  }
  raw.surplus.clear();
  put_pixels(data, raw, changed);
  bool encoded = encode(data, writer);
  if (encoded) {
    data.removeAllButCurrentRepresentations();
    encoded = decodes_to(data, raw, changed);
  }
  if (!encoded) put_pixels(data, raw, changed);
  if (planar) data.putAndInsertUint16(DCM_PlanarConfiguration, static_cast<Uint16>(*planar));
  data.findAndDeleteElement(DCM_DerivationDescription);
  if (description != nullptr && data.insert(description.get(), OFTrue).good()) description.release();
  return {encoded ? syntax : kExplicit, {}};
}

StoredPixels keep_pixels(DicomObject& object, const RawPixels& raw, const Image& image, std::string_view syntax) {
  if (!raw.apart) return {syntax, {}};
  PixelSupply supply = unchanged(raw, image);
  if (!object.group_lengths) return {syntax, std::move(supply)};
  supply.fill(new_element(object.data(), raw.layout, supply.length));
  return {syntax, {}};
}

}  // namespace wardmark
