#include "medical/frame_reader.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>

#include <cstring>
#include <string>

#include "core/error.h"
#include "medical/jpeg2000.h"

namespace wardmark {
namespace {

[[noreturn]] void undecodable(const std::string& why) {
  throw Error(Code::dcm_022, "the pixel data cannot be decoded: " + why, "restore the file, or convert it first");
}

/// The element's memory, in host order.
ByteView native_bytes(DcmPixelData& pixels) {
  const std::size_t length = pixels.getLengthField();
  if (pixels.getVR() == EVR_OW) {
    Uint16* words = nullptr;
    if (pixels.getUint16Array(words).bad() || words == nullptr) undecodable("no words");
    return {reinterpret_cast<const std::uint8_t*>(words), length};
  }
  Uint8* bytes = nullptr;
  if (pixels.getUint8Array(bytes).bad() || bytes == nullptr) undecodable("no bytes");
  return {bytes, length};
}

struct Fragments {
  std::vector<ByteView> data;
  std::vector<std::uint32_t> offsets;  ///< of frames, from the basic offset table
};

Fragments fragments_of(DcmDataset& data) {
  DcmPixelSequence* sequence = nullptr;
  E_TransferSyntax syntax = EXS_Unknown;
  const DcmRepresentationParameter* parameter = nullptr;
  DcmPixelData& pixels = pixel_element(data);
  pixels.getOriginalRepresentationKey(syntax, parameter);
  if (pixels.getEncapsulatedRepresentation(syntax, parameter, sequence).bad() || sequence == nullptr) {
    undecodable("no fragments");
  }
  Fragments fragments;
  for (unsigned long i = 0; i < sequence->card(); ++i) {
    DcmPixelItem* item = nullptr;
    Uint8* bytes = nullptr;
    if (sequence->getItem(item, i).bad()) undecodable("a fragment is missing");
    const std::size_t length = item->getLength();
    if (length > 0 && item->getUint8Array(bytes).bad()) undecodable("a fragment cannot be read");
    if (i > 0) {
      fragments.data.emplace_back(bytes, length);
      continue;
    }
    for (std::size_t at = 0; at + 4 <= length; at += 4) {
      fragments.offsets.push_back(
          static_cast<std::uint32_t>(bytes[at]) | static_cast<std::uint32_t>(bytes[at + 1]) << 8 |
          static_cast<std::uint32_t>(bytes[at + 2]) << 16 | static_cast<std::uint32_t>(bytes[at + 3]) << 24);
    }
  }
  return fragments;
}

/// By fragments where there are as many as frames, else by the offset table, else all of one frame.
std::vector<std::vector<ByteView>> streams_of(DcmDataset& data, int frames) {
  const Fragments fragments = fragments_of(data);
  const auto count = static_cast<std::size_t>(frames);
  std::vector<std::vector<ByteView>> streams(count);
  std::uint32_t place = 0;
  std::size_t frame = 0;
  for (std::size_t i = 0; i < fragments.data.size(); ++i) {
    if (fragments.data.size() == count) {
      frame = i;
    } else if (count > 1) {
      if (fragments.offsets.size() != count) undecodable("fragments that no offset table deals to frames");
      while (frame + 1 < count && place >= fragments.offsets[frame + 1]) ++frame;
    }
    streams[frame].push_back(fragments.data[i]);
    place += static_cast<std::uint32_t>(fragments.data[i].size()) + 8;
  }
  return streams;
}

}  // namespace

DcmPixelData& pixel_element(DcmDataset& data) {
  DcmElement* element = nullptr;
  data.findAndGetElement(DCM_PixelData, element);
  auto* pixels = dynamic_cast<DcmPixelData*>(element);
  if (pixels == nullptr) undecodable("no pixel data");
  return *pixels;
}

FrameReader::FrameReader(DicomObject& object, const PixelFormat& format) : object_(object), layout_(format) {
  const PixelReader reader = object.syntax->reader;
  if (reader == PixelReader::native) {
    native_ = object.apart ? *object.apart : native_bytes(pixel_element(object.data()));
    return;
  }
  if (reader == PixelReader::jpeg_2000) {
    if (format.colour()) layout_.photometric = Photometric::rgb;
    streams_ = streams_of(object.data(), format.frames);
  } else if (format.photometric == Photometric::ybr_full_422) {
    layout_.photometric = Photometric::ybr_full;
  }
  if (reader != PixelReader::rle) layout_.planar = 0;  // as the decoders were told
}

ByteView FrameReader::frame(int k) {
  if (object_.syntax->reader == PixelReader::native) return native_frame(static_cast<std::size_t>(k));
  if (object_.syntax->reader == PixelReader::jpeg_2000) return decoded_2000(static_cast<std::size_t>(k));
  return decoded_frame(k);
}

ByteView FrameReader::surplus() const {
  const std::size_t frames = layout_.frame_bytes() * static_cast<std::size_t>(layout_.frames);
  return native_.size() > frames ? native_.subspan(frames) : ByteView();
}

ByteView FrameReader::native_frame(std::size_t k) {
  const std::size_t size = layout_.frame_bytes();
  const ByteView bytes = native_.subspan(k * size, size);
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % 2 == 0) return bytes;
  buffer_.assign(bytes.begin(), bytes.end());  // words must lie at even places
  return buffer_;
}

ByteView FrameReader::decoded_2000(std::size_t k) {
  Bytes stream;
  for (const ByteView& fragment : streams_[k]) stream.insert(stream.end(), fragment.begin(), fragment.end());
  buffer_ = decode_jpeg2000(stream, layout_);
  return buffer_;
}

/// By DCMTK's decoders.
ByteView FrameReader::decoded_frame(int k) {
  const std::size_t size = layout_.frame_bytes();
  buffer_.resize(size + size % 2);
  OFString model;
  const OFCondition condition = pixel_element(object_.data())
                                    .getUncompressedFrame(&object_.data(), static_cast<Uint32>(k), fragment_,
                                                          buffer_.data(), static_cast<Uint32>(buffer_.size()), model);
  if (condition.bad()) undecodable(condition.text());
  if (layout_.colour() && model == "RGB") layout_.photometric = Photometric::rgb;
  return ByteView(buffer_).first(size);
}

}  // namespace wardmark
