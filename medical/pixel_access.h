#pragma once
#include "core/image.h"
#include "medical/dicom_object.h"
#include "medical/frame_reader.h"
#include "medical/pixel_format.h"

namespace wardmark {

/// What an object's pixel data hold beside the samples of their image.
struct RawPixels {
  PixelFormat layout;     ///< as the bytes are arranged
  bool overlays = false;  ///< bits beside the stored ones may hold overlays
  bool carry = false;     ///< the bits above hold copies of the sign, in every frame
  Bytes frames;           ///< all frames as they were, where the image does not say every bit of them
  Bytes surplus;          ///< native data behind the last frame
};

/// Pixels of an object, decoded.
struct DecodedPixels {
  /// All frames one below the other, samples of `allocated` bits: stored values moved up by format.lowest(), so that
  /// none is negative; colour as RGB.
  Image image;
  RawPixels raw;
};

/// Decodes every frame; holds the image, and what it does not say. Error(dcm_022), (dcm_023).
DecodedPixels decode_pixels(DicomObject& object, const PixelFormat& format);

/// The image alone.
Image decode_image(DicomObject& object, const PixelFormat& format);

/// One frame alone, as decode_pixels() has it.
Image unpacked_frame(FrameReader& reader, int k);

/// Bytes behind the last pixel of native data, pad byte aside; 0 for others.
std::uint64_t surplus_bytes(const DicomObject& object, const PixelFormat& format);

}  // namespace wardmark
