#include "medical/frame_codec.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dcrlerp.h>
#include <dcmtk/dcmjpeg/djrplol.h>
#include <dcmtk/dcmjpls/djrparam.h>

#include <cstring>

#include "medical/dicom_object.h"

namespace wardmark {
namespace {

/// All that the codecs ask of a data set.
constexpr auto kFacts = {0x0002, 0x0004, 0x0006, 0x0010, 0x0011, 0x0100, 0x0101, 0x0102, 0x0103};

E_TransferSyntax syntax_of(PixelWriter writer) {
  if (writer == PixelWriter::rle) return EXS_RLELossless;
  return writer == PixelWriter::jpeg_lossless ? EXS_JPEGProcess14SV1 : EXS_JPEGLSLossless;
}

bool compress(DcmDataset& data, PixelWriter writer) {
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

std::optional<std::vector<Bytes>> fragments_of(DcmDataset& data) {
  DcmElement* element = nullptr;
  data.findAndGetElement(DCM_PixelData, element);
  auto* pixels = dynamic_cast<DcmPixelData*>(element);
  if (pixels == nullptr) return std::nullopt;
  E_TransferSyntax syntax = EXS_Unknown;
  const DcmRepresentationParameter* parameter = nullptr;
  DcmPixelSequence* sequence = nullptr;
  pixels->getCurrentRepresentationKey(syntax, parameter);
  if (pixels->getEncapsulatedRepresentation(syntax, parameter, sequence).bad() || sequence == nullptr) {
    return std::nullopt;
  }
  std::vector<Bytes> fragments;
  for (unsigned long i = 1; i < sequence->card(); ++i) {
    DcmPixelItem* item = nullptr;
    Uint8* bytes = nullptr;
    if (sequence->getItem(item, i).bad() || item->getUint8Array(bytes).bad() || bytes == nullptr) return std::nullopt;
    fragments.emplace_back(bytes, bytes + item->getLength());
    if (fragments.back().size() % 2 != 0) fragments.back().push_back(0);
  }
  return fragments;
}

}  // namespace

std::unique_ptr<DcmPixelData> encapsulated(E_TransferSyntax syntax, std::span<const ByteView> fragments) {
  auto sequence = std::make_unique<DcmPixelSequence>(DcmTag(DCM_PixelSequenceTag));
  const auto add = [&](ByteView bytes) {
    auto item = std::make_unique<DcmPixelItem>(DcmTag(DCM_PixelItemTag));
    if (!bytes.empty()) item->putUint8Array(bytes.data(), static_cast<unsigned long>(bytes.size()));
    if (sequence->insert(item.get()).good()) item.release();
  };
  add({});
  for (const ByteView& fragment : fragments) add(fragment);
  auto pixels = std::make_unique<DcmPixelData>(DcmTag(DCM_PixelData, EVR_OB));
  pixels->putOriginalRepresentation(syntax, nullptr, sequence.release());
  return pixels;
}

FrameCodec::FrameCodec(DcmDataset& data) {
  for (const int element : kFacts) {
    DcmElement* found = nullptr;
    if (data.findAndGetElement(DcmTagKey(0x0028, static_cast<Uint16>(element)), found).bad()) continue;
    std::unique_ptr<DcmElement> copy(dynamic_cast<DcmElement*>(found->clone()));
    if (copy && facts_.insert(copy.get(), OFTrue).good()) copy.release();
  }
  words_ = short_of(facts_, DCM_BitsAllocated) == 16;
  model_ = value_of(facts_, DCM_PhotometricInterpretation);
}

bool FrameCodec::decode(E_TransferSyntax syntax, std::span<const ByteView> fragments, std::size_t size, Bytes& out,
                        std::string& model, std::string& why) {
  out.resize(size + size % 2);
  const auto pixels = encapsulated(syntax, fragments);
  Uint32 fragment = 1;
  OFString colours;
  const OFCondition condition =
      pixels->getUncompressedFrame(&facts_, 0, fragment, out.data(), static_cast<Uint32>(out.size()), colours);
  model.assign(colours.c_str(), colours.size());
  if (condition.bad()) why = condition.text();
  return condition.good();
}

std::optional<std::vector<Bytes>> FrameCodec::encode(PixelWriter writer, ByteView frame) {
  DcmDataset one(facts_);
  auto native = std::make_unique<DcmPixelData>(DcmTag(DCM_PixelData, words_ ? EVR_OW : EVR_OB));
  const std::size_t even = frame.size() + frame.size() % 2;
  Uint16* words = nullptr;
  Uint8* bytes = nullptr;
  const OFCondition made = words_ ? native->createUint16Array(static_cast<Uint32>(even / 2), words)
                                  : native->createUint8Array(static_cast<Uint32>(even), bytes);
  if (made.bad()) return std::nullopt;
  auto* const to = words_ ? reinterpret_cast<Uint8*>(words) : bytes;
  std::memcpy(to, frame.data(), frame.size());
  if (even > frame.size()) to[frame.size()] = 0;
  if (one.insert(native.get(), OFTrue).bad()) return std::nullopt;
  native.release();
  if (!compress(one, writer)) return std::nullopt;
  auto fragments = fragments_of(one);
  if (!fragments || value_of(one, DCM_PhotometricInterpretation) != model_) return std::nullopt;
  const std::vector<ByteView> views(fragments->begin(), fragments->end());
  Bytes back;
  std::string model, why;
  const bool same = decode(syntax_of(writer), views, frame.size(), back, model, why) &&
                    std::memcmp(back.data(), frame.data(), frame.size()) == 0;
  return same ? std::move(fragments) : std::nullopt;
}

}  // namespace wardmark
