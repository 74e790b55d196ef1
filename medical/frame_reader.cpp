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

std::uint32_t little(ByteView b, std::size_t at) {
  return static_cast<std::uint32_t>(b[at]) | static_cast<std::uint32_t>(b[at + 1]) << 8 |
         static_cast<std::uint32_t>(b[at + 2]) << 16 | static_cast<std::uint32_t>(b[at + 3]) << 24;
}

void read_offsets(ByteView table, Fragments& out) {
  for (std::size_t at = 0; at + 4 <= table.size(); at += 4) out.offsets.push_back(little(table, at));
}

Fragments fragments_of(ByteView items) {
  constexpr std::uint32_t kItem = 0xE000FFFE;
  Fragments fragments;
  bool first = true;
  for (std::size_t at = 0; at + 8 <= items.size();) {
    const std::size_t length = little(items, at + 4);
    if (little(items, at) != kItem || length > items.size() - at - 8) undecodable("a fragment is missing");
    const ByteView value = items.subspan(at + 8, length);
    if (first) {
      read_offsets(value, fragments);
    } else {
      fragments.data.push_back(value);
    }
    first = false;
    at += 8 + length;
  }
  return fragments;
}

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
    } else {
      read_offsets({bytes, length}, fragments);
    }
  }
  return fragments;
}

/// By fragments where there are as many as frames, all of one frame, else by the offset table; none where that names
/// other places than those where fragments begin.
std::vector<std::vector<ByteView>> dealt(const Fragments& fragments, int frames) {
  const auto count = static_cast<std::size_t>(frames);
  if (fragments.data.empty()) undecodable("no fragments");
  std::vector<std::vector<ByteView>> streams(count);
  std::size_t place = 0;
  std::size_t frame = 0;
  std::size_t begun = 0;
  for (std::size_t i = 0; i < fragments.data.size(); ++i) {
    if (fragments.data.size() == count) {
      frame = i;
    } else if (count > 1) {
      if (fragments.offsets.size() != count) return {};
      if (begun < count && place == fragments.offsets[begun]) frame = begun++;
      if (begun == 0) return {};
    }
    streams[frame].push_back(fragments.data[i]);
    place += fragments.data[i].size() + 8;
  }
  if (count > 1 && fragments.data.size() != count && begun != count) return {};
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

FrameReader::FrameReader(DicomObject& object, const PixelFormat& format)
    : object_(object), layout_(format), codec_(object.data()) {
  const PixelReader reader = object.syntax->reader;
  if (reader == PixelReader::native) {
    native_ = object.apart ? *object.apart : native_bytes(pixel_element(object.data()));
    return;
  }
  syntax_ = DcmXfer(std::string(object.syntax->uid).c_str()).getXfer();
  const Fragments fragments = object.apart ? fragments_of(*object.apart) : fragments_of(object.data());
  streams_ = dealt(fragments, format.frames);
  if (reader == PixelReader::jpeg_2000) {
    if (streams_.empty()) undecodable("fragments that no offset table deals to frames");
    if (format.colour()) layout_.photometric = Photometric::rgb;
  } else {
    if (streams_.empty()) all_ = encapsulated(syntax_, fragments.data);
    if (format.photometric == Photometric::ybr_full_422) layout_.photometric = Photometric::ybr_full;
  }
  if (reader != PixelReader::rle) layout_.planar = 0;  // as the decoders were told
}

FrameReader::~FrameReader() = default;

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

/// By DCMTK's decoders; they find out which fragments are a frame's where nothing else tells.
ByteView FrameReader::decoded_frame(int k) {
  const std::size_t size = layout_.frame_bytes();
  std::string model, why;
  if (all_) {
    buffer_.resize(size + size % 2);
    OFString colours;
    const OFCondition condition =
        all_->getUncompressedFrame(&object_.data(), static_cast<Uint32>(k), fragment_, buffer_.data(),
                                   static_cast<Uint32>(buffer_.size()), colours);
    if (condition.bad()) undecodable(condition.text());
    model.assign(colours.c_str(), colours.size());
  } else if (!codec_.decode(syntax_, streams_[static_cast<std::size_t>(k)], size, buffer_, model, why)) {
    undecodable(why);
  }
  if (layout_.colour() && model == "RGB") layout_.photometric = Photometric::rgb;
  return ByteView(buffer_).first(size);
}

}  // namespace wardmark
