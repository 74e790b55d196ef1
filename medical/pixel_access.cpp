#include "medical/pixel_access.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dcrlerp.h>
#include <dcmtk/dcmdata/dcxfer.h>
#include <dcmtk/dcmjpeg/djrplol.h>
#include <dcmtk/dcmjpls/djrparam.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "core/error.h"
#include "medical/jpeg2000.h"
#include "medical/pixel_samples.h"

namespace wardmark {
namespace {

[[noreturn]] void undecodable(const std::string& why) {
  throw Error(Code::dcm_022, "the pixel data cannot be decoded: " + why, "restore the file, or convert it first");
}

DcmPixelData& pixel_element(DcmDataset& data) {
  DcmElement* element = nullptr;
  data.findAndGetElement(DCM_PixelData, element);
  auto* pixels = dynamic_cast<DcmPixelData*>(element);
  if (pixels == nullptr) undecodable("no pixel data");
  return *pixels;
}

/// The element's memory, in host order.
std::span<std::uint8_t> native_bytes(DcmPixelData& pixels) {
  const std::size_t length = pixels.getLengthField();
  if (pixels.getVR() == EVR_OW) {
    Uint16* words = nullptr;
    if (pixels.getUint16Array(words).bad() || words == nullptr) undecodable("no words");
    return {reinterpret_cast<std::uint8_t*>(words), length};
  }
  Uint8* bytes = nullptr;
  if (pixels.getUint8Array(bytes).bad() || bytes == nullptr) undecodable("no bytes");
  return {bytes, length};
}

/// Code streams of all frames: by fragments where there are as many, else by offset table, else all of one frame.
std::vector<Bytes> code_streams(DcmDataset& data, int frames) {
  DcmPixelSequence* sequence = nullptr;
  E_TransferSyntax syntax = EXS_Unknown;
  const DcmRepresentationParameter* parameter = nullptr;
  DcmPixelData& pixels = pixel_element(data);
  pixels.getOriginalRepresentationKey(syntax, parameter);
  if (pixels.getEncapsulatedRepresentation(syntax, parameter, sequence).bad() || sequence == nullptr) {
    undecodable("no fragments");
  }
  std::vector<ByteView> fragments;
  std::vector<std::uint32_t> offsets;
  for (unsigned long i = 0; i < sequence->card(); ++i) {
    DcmPixelItem* item = nullptr;
    Uint8* bytes = nullptr;
    if (sequence->getItem(item, i).bad()) undecodable("a fragment is missing");
    const std::size_t length = item->getLength();
    if (length > 0 && item->getUint8Array(bytes).bad()) undecodable("a fragment cannot be read");
    if (i > 0) {
      fragments.emplace_back(bytes, length);
    } else {
      for (std::size_t at = 0; at + 4 <= length; at += 4) {
        offsets.push_back(static_cast<std::uint32_t>(bytes[at]) | static_cast<std::uint32_t>(bytes[at + 1]) << 8 |
                          static_cast<std::uint32_t>(bytes[at + 2]) << 16 |
                          static_cast<std::uint32_t>(bytes[at + 3]) << 24);
      }
    }
  }
  const auto count = static_cast<std::size_t>(frames);
  std::vector<Bytes> streams(count);
  std::uint32_t place = 0;
  std::size_t frame = 0;
  for (std::size_t i = 0; i < fragments.size(); ++i) {
    if (fragments.size() == count) {
      frame = i;
    } else if (count > 1) {
      if (offsets.size() != count) undecodable("fragments that no offset table deals to frames");
      while (frame + 1 < count && place >= offsets[frame + 1]) ++frame;
    }
    streams[frame].insert(streams[frame].end(), fragments[i].begin(), fragments[i].end());
    place += static_cast<std::uint32_t>(fragments[i].size()) + 8;
  }
  return streams;
}

RawPixels decode_2000(DicomObject& object, const PixelFormat& format) {
  RawPixels raw;
  raw.layout = format;
  raw.layout.planar = 0;
  if (format.colour()) raw.layout.photometric = Photometric::rgb;
  const std::size_t size = raw.layout.frame_bytes();
  raw.decoded.resize(size * static_cast<std::size_t>(format.frames));
  const std::vector<Bytes> streams = code_streams(object.data(), format.frames);
  for (std::size_t k = 0; k < streams.size(); ++k) {
    const Bytes frame = decode_jpeg2000(streams[k], raw.layout);
    std::memcpy(raw.decoded.data() + k * size, frame.data(), size);
  }
  raw.bytes = raw.decoded;
  return raw;
}

/// By DCMTK's decoders, frame by frame.
RawPixels decode_frames(DicomObject& object, const PixelFormat& format) {
  RawPixels raw;
  raw.layout = format;
  if (object.syntax->reader != PixelReader::rle) raw.layout.planar = 0;  // as the decoders were told
  if (format.photometric == Photometric::ybr_full_422) raw.layout.photometric = Photometric::ybr_full;
  const std::size_t size = raw.layout.frame_bytes();
  raw.decoded.resize(size * static_cast<std::size_t>(format.frames));
  DcmPixelData& pixels = pixel_element(object.data());
  Uint32 fragment = 0;
  Bytes frame(size + size % 2);
  for (int k = 0; k < format.frames; ++k) {
    OFString model;
    const OFCondition condition = pixels.getUncompressedFrame(&object.data(), static_cast<Uint32>(k), fragment,
                                                              frame.data(), static_cast<Uint32>(frame.size()), model);
    if (condition.bad()) undecodable(condition.text());
    if (format.colour()) {
      const std::string label(model.c_str());
      if (label == "RGB") raw.layout.photometric = Photometric::rgb;
    }
    std::memcpy(raw.decoded.data() + static_cast<std::size_t>(k) * size, frame.data(), size);
  }
  raw.bytes = raw.decoded;
  return raw;
}

bool overlays_in_pixels(DcmDataset& data) {
  for (Uint16 group = 0x6000; group <= 0x601E; group = static_cast<Uint16>(group + 2)) {
    if (short_of(data, DcmTagKey(group, 0x0102)).value_or(0) > 0) return true;
  }
  return false;
}

void put_pixels(DcmDataset& data, const RawPixels& raw) {
  const auto length = static_cast<unsigned long>(raw.bytes.size());
  const OFCondition condition =
      raw.layout.allocated == 16
          ? data.putAndInsertUint16Array(DCM_PixelData, reinterpret_cast<const Uint16*>(raw.bytes.data()), length / 2)
          : data.putAndInsertUint8Array(DCM_PixelData, raw.bytes.data(), length);
  if (condition.bad()) throw Error(Code::dcm_024, std::string("new pixel data cannot be set: ") + condition.text());
}

/// YBR as RGB: there is no exact way back, so the label changes.
void convert_to_rgb(RawPixels& raw, const Image& original) {
  raw.layout.photometric = Photometric::rgb;
  raw.layout.planar = 0;
  raw.decoded.assign(original.raw().begin(), original.raw().end());
  raw.bytes = raw.decoded;
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

/// True when the object's compressed frames decode to `meant`.
bool decodes_to(DcmDataset& data, const RawPixels& meant) {
  DcmPixelData& pixels = pixel_element(data);
  const std::size_t size = meant.layout.frame_bytes();
  Bytes frame(size + size % 2);
  Uint32 fragment = 0;
  for (int k = 0; k < meant.layout.frames; ++k) {
    OFString model;
    if (pixels
            .getUncompressedFrame(&data, static_cast<Uint32>(k), fragment, frame.data(),
                                  static_cast<Uint32>(frame.size()), model)
            .bad()) {
      return false;
    }
    if (std::memcmp(frame.data(), meant.bytes.data() + static_cast<std::size_t>(k) * size, size) != 0) return false;
  }
  return true;
}

}  // namespace

RawPixels open_pixels(DicomObject& object, const PixelFormat& format) {
  if (object.syntax->reader == PixelReader::jpeg_2000) return decode_2000(object, format);
  if (object.syntax->reader != PixelReader::native) return decode_frames(object, format);
  RawPixels raw;
  raw.layout = format;
  raw.bytes = native_bytes(pixel_element(object.data()));
  return raw;
}

Image image_of(const RawPixels& raw) {
  const PixelFormat& f = raw.layout;
  Image image(f.columns, f.rows * f.frames, f.samples, f.allocated);
  for (int k = 0; k < f.frames; ++k) {
    unpack_frame(raw.bytes.data() + static_cast<std::size_t>(k) * f.frame_bytes(), f, image, k * f.rows);
  }
  return image;
}

std::string_view store_pixels(DicomObject& object, RawPixels& raw, const Image& original, const Image& changed,
                              PixelWriter writer, std::string_view syntax) {
  DcmDataset& data = object.data();
  const bool ybr =
      raw.layout.photometric == Photometric::ybr_full || raw.layout.photometric == Photometric::ybr_full_422;
  if (ybr) convert_to_rgb(raw, original);
  const PixelFormat& f = raw.layout;
  const bool overlays = overlays_in_pixels(data);
  for (int k = 0; k < f.frames; ++k) {
    pack_frame(raw.bytes.data() + static_cast<std::size_t>(k) * f.frame_bytes(), f, original, changed, k * f.rows,
               overlays);
  }
  if (f.colour()) {
    if (value_of(data, DCM_PhotometricInterpretation) != "RGB")
      data.putAndInsertString(DCM_PhotometricInterpretation, "RGB");
    data.putAndInsertUint16(DCM_PlanarConfiguration, static_cast<Uint16>(f.planar));
  }
  // The element itself was changed where its memory was used.
  if (!raw.decoded.empty()) put_pixels(data, raw);
  if (writer == PixelWriter::native) return syntax;
  if (raw.decoded.empty()) {
    raw.decoded.assign(raw.bytes.begin(), raw.bytes.end());
    raw.bytes = raw.decoded;
  }
  if (f.colour() && writer != PixelWriter::rle && f.planar == 1) {
    RawPixels turned;
    turned.layout = f;
    turned.layout.planar = 0;
    turned.decoded.assign(changed.raw().begin(), changed.raw().end());
    turned.bytes = turned.decoded;
    raw = std::move(turned);
    data.putAndInsertUint16(DCM_PlanarConfiguration, 0);
    put_pixels(data, raw);
  }
  // An encoder takes PlanarConfiguration out of grey images, which need none but may have it.
  const auto planar = short_of(data, DCM_PlanarConfiguration);
  const bool encoded = encode(data, writer) && decodes_to(data, raw);
  if (encoded) data.removeAllButCurrentRepresentations();
  if (!encoded) put_pixels(data, raw);
  if (planar) data.putAndInsertUint16(DCM_PlanarConfiguration, static_cast<Uint16>(*planar));
  return encoded ? syntax : kExplicit;
}

std::uint64_t surplus_bytes(const DicomObject& object, const PixelFormat& format) {
  if (object.syntax->reader != PixelReader::native) return 0;
  const std::uint64_t expected = format.frame_bytes() * static_cast<std::uint64_t>(format.frames);
  const std::uint64_t length = pixel_element(object.data()).getLengthField();
  const std::uint64_t padded = expected + expected % 2;
  return length > padded ? length - padded : 0;
}

}  // namespace wardmark
