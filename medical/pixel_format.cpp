#include "medical/pixel_format.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcelem.h>
#include <dcmtk/dcmdata/dcsequen.h>
#include <dcmtk/dcmdata/dcswap.h>

#include <charconv>

#include "core/error.h"

namespace wardmark {
namespace {

constexpr std::uint64_t kMostBytes = (std::uint64_t{1} << 31) - 2;  // the length of an element has 32 bits

[[noreturn]] void refuse(Code code, const std::string& what, const char* hint = "leave it out") {
  throw Error(code, what, hint);
}

int needed(DcmItem& data, const DcmTagKey& tag, const char* what, Code code) {
  const auto value = short_of(data, tag);
  if (!value) refuse(code, std::string(what) + " " + shown(tag) + " is missing");
  return *value;
}

Photometric photometric_of(DcmItem& data, const TransferSyntax& syntax, bool& inside_stream) {
  const std::string text = value_of(data, DCM_PhotometricInterpretation);
  if (text == "MONOCHROME1") return Photometric::monochrome1;
  if (text == "MONOCHROME2") return Photometric::monochrome2;
  if (text == "RGB") return Photometric::rgb;
  if (text == "YBR_FULL") return Photometric::ybr_full;
  if (text == "YBR_FULL_422") return Photometric::ybr_full_422;
  if ((text == "YBR_RCT" || text == "YBR_ICT") && syntax.reader == PixelReader::jpeg_2000) {
    inside_stream = true;
    return Photometric::rgb;
  }
  if (text == "PALETTE COLOR") {
    refuse(Code::dcm_035, "PALETTE COLOR: a change of an index is a jump in colour", "convert it to RGB first");
  }
  refuse(Code::dcm_034, text.empty() ? "PhotometricInterpretation (0028,0004) is missing" : "photometric " + text);
}

/// Pixel data below the top level, but for icons.
bool has_nested_pixels(DcmItem& item, int depth) {
  for (unsigned long i = 0; i < item.card(); ++i) {
    DcmElement* element = item.getElement(i);
    if (depth > 0 && element->getTag() == DCM_PixelData) return true;
    auto* sequence = dynamic_cast<DcmSequenceOfItems*>(element);
    if (sequence == nullptr || element->getTag() == DCM_IconImageSequence || element->getTag() == DCM_PixelData)
      continue;
    for (unsigned long k = 0; k < sequence->card(); ++k) {
      if (has_nested_pixels(*sequence->getItem(k), depth + 1)) return true;
    }
  }
  return false;
}

void check_bits(const PixelFormat& f) {
  if (f.allocated != 8 && f.allocated != 16) refuse(Code::dcm_032, std::to_string(f.allocated) + " bits allocated");
  if (f.stored < 2 || f.stored > f.allocated || f.high_bit >= f.allocated || f.high_bit + 1 < f.stored) {
    refuse(Code::dcm_033, std::to_string(f.stored) + " bits stored, high bit " + std::to_string(f.high_bit) + ", of " +
                              std::to_string(f.allocated));
  }
}

void check_photometric(const PixelFormat& f) {
  const bool monochrome = f.photometric == Photometric::monochrome1 || f.photometric == Photometric::monochrome2;
  if (f.samples != (monochrome ? 1 : 3)) {
    refuse(Code::dcm_034, std::to_string(f.samples) + " samples a pixel do not fit the photometric interpretation");
  }
  if (f.colour() && f.is_signed) refuse(Code::dcm_033, "signed colour samples");
  const bool ybr = f.photometric == Photometric::ybr_full || f.photometric == Photometric::ybr_full_422;
  if (ybr && (f.allocated != 8 || f.stored != 8)) refuse(Code::dcm_034, "YBR with more than 8 bits");
  if (f.colour() && f.stored != f.allocated) refuse(Code::dcm_033, "colour samples that do not fill their bits");
  if (f.photometric == Photometric::ybr_full_422 && f.columns % 2 != 0) {
    refuse(Code::dcm_036, "YBR_FULL_422 with an odd number of columns");
  }
}

void check_size(const PixelFormat& f) {
  if (f.rows < 1 || f.columns < 1) {
    refuse(Code::dcm_036, std::to_string(f.columns) + " x " + std::to_string(f.rows) + " pixels");
  }
  const std::uint64_t total = f.frame_bytes() * static_cast<std::uint64_t>(f.frames);
  if (total > kMostBytes) refuse(Code::dcm_006, std::to_string(total) + " bytes of pixels are declared");
}

/// Native pixel data must be as long as the header says, up to a pad byte; longer is kept.
void check_native_length(std::uint64_t length, const PixelFormat& f) {
  const std::uint64_t expected = f.frame_bytes() * static_cast<std::uint64_t>(f.frames);
  if (length < expected) {
    refuse(Code::dcm_036,
           std::to_string(length) + " bytes of pixel data, " + std::to_string(expected) + " are declared",
           "the file was cut short, or rows, columns or frames are wrong");
  }
}

}  // namespace

std::uint64_t PixelFormat::frame_bytes() const {
  const std::uint64_t samples_a_pixel = static_cast<std::uint64_t>(samples);
  const std::uint64_t bytes = pixels_per_frame() * samples_a_pixel * static_cast<std::uint64_t>(allocated / 8);
  return photometric == Photometric::ybr_full_422 ? pixels_per_frame() * 2 : bytes;
}

int number_of_frames(DcmItem& data) {
  const std::string text = value_of(data, DCM_NumberOfFrames);
  if (text.empty()) return 1;
  int frames = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), frames);
  if (error != std::errc{} || end != text.data() + text.size() || frames < 1) {
    refuse(Code::dcm_036, "NumberOfFrames is '" + text + "'");
  }
  return frames;
}

PixelFormat read_pixel_format(const DicomObject& object) {
  DcmDataset& data = object.data();
  if (data.tagExists(DCM_FloatPixelData) || data.tagExists(DCM_DoubleFloatPixelData)) {
    refuse(Code::dcm_031, "floating-point pixel data");
  }
  if (pixel_length(object) == 0) {
    refuse(Code::dcm_030, "an image class without pixel data");
  }
  PixelFormat f;
  f.samples = short_of(data, DCM_SamplesPerPixel).value_or(1);
  f.photometric = photometric_of(data, *object.syntax, f.stream_colour);
  f.rows = needed(data, DCM_Rows, "Rows", Code::dcm_036);
  f.columns = needed(data, DCM_Columns, "Columns", Code::dcm_036);
  f.frames = number_of_frames(data);
  f.allocated = needed(data, DCM_BitsAllocated, "BitsAllocated", Code::dcm_032);
  f.stored = needed(data, DCM_BitsStored, "BitsStored", Code::dcm_033);
  f.high_bit = short_of(data, DCM_HighBit).value_or(f.stored - 1);
  const int sign = short_of(data, DCM_PixelRepresentation).value_or(0);
  if (sign > 1) refuse(Code::dcm_033, "PixelRepresentation is " + std::to_string(sign));
  f.is_signed = sign == 1;
  f.planar = f.samples == 3 ? short_of(data, DCM_PlanarConfiguration).value_or(0) : 0;
  if (f.planar > 1) refuse(Code::dcm_034, "PlanarConfiguration is " + std::to_string(f.planar));
  check_bits(f);
  check_photometric(f);
  check_size(f);
  if (object.syntax->reader == PixelReader::native) check_native_length(pixel_length(object), f);
  if (has_nested_pixels(data, 0)) refuse(Code::dcm_038, "pixel data inside a sequence that is no icon");
  return f;
}

std::optional<PaddingRange> read_padding(const DicomObject& object, const PixelFormat& format) {
  DcmDataset& data = object.data();
  const auto value = [&](const DcmTagKey& tag) -> std::optional<int> {
    DcmElement* element = nullptr;
    if (data.findAndGetElement(tag, element).bad() || element->getLengthField() == 0) return std::nullopt;
    Uint16 word = 0;
    Sint16 number = 0;
    // Its value representation follows PixelRepresentation, but not every writer does.
    if (element->getSint16(number).good()) {
      return format.is_signed ? static_cast<int>(number) : static_cast<int>(static_cast<Uint16>(number));
    }
    if (element->getUint16(word).good()) {
      return format.is_signed ? static_cast<int>(static_cast<Sint16>(word)) : static_cast<int>(word);
    }
    refuse(Code::dcm_037, "the padding value " + shown(tag) + " is no 16-bit number");
  };
  const auto padding = value(DCM_PixelPaddingValue);
  const auto limit = value(DCM_PixelPaddingRangeLimit);
  if (!padding) {
    if (limit) refuse(Code::dcm_037, "a padding range limit without a padding value");
    return std::nullopt;
  }
  if (format.samples != 1) refuse(Code::dcm_037, "a padding value in a colour image");
  if (!limit) return PaddingRange{*padding, *padding};
  return PaddingRange{std::min(*padding, *limit), std::max(*padding, *limit)};
}

}  // namespace wardmark
