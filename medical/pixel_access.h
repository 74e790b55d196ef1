#pragma once
#include <string_view>

#include "core/image.h"
#include "medical/dicom_object.h"
#include "medical/pixel_format.h"

namespace wardmark {

/// The uncompressed pixel data of an object, host order: of native syntaxes the element's own memory, of others a
/// decoded copy.
struct RawPixels {
  PixelFormat layout;  ///< as the bytes are arranged: label and planes may differ from the header's after decoding
  std::span<std::uint8_t> bytes;
  Bytes decoded;  ///< holds them where they are no element's
};

/// Decodes every frame. The object must outlive the result and keep its pixel data. Error(dcm_022), (dcm_023).
RawPixels open_pixels(DicomObject& object, const PixelFormat& format);

/// All frames one below the other, samples of `allocated` bits: stored values moved up by format.lowest(), so that none
/// is negative; colour as RGB.
Image image_of(const RawPixels& raw);

/// Writes the samples of `changed` that differ from `original` (both as image_of() gives them) into the object, all
/// other bits as they are, and encodes with `writer`: the syntax for write_object() is `syntax`. YBR becomes RGB.
/// Compressed results are decoded again and compared; where they differ, or the encoder refuses, the object is written
/// as explicit little endian. Returns the syntax the pixel data are in. `raw` is used up.
std::string_view store_pixels(DicomObject& object, RawPixels& raw, const Image& original, const Image& changed,
                              PixelWriter writer, std::string_view syntax);

/// Bytes behind the last pixel of native data, pad byte aside; 0 for others.
std::uint64_t surplus_bytes(const DicomObject& object, const PixelFormat& format);

}  // namespace wardmark
