#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "medical/dicom_object.h"

namespace wardmark {

enum class Photometric { monochrome1, monochrome2, rgb, ybr_full, ybr_full_422 };

/// How the pixels of an image object are stored, checked against each other and against the limits of the standard.
struct PixelFormat {
  int rows = 0;
  int columns = 0;
  int frames = 1;
  int samples = 1;    ///< a pixel: 1 or 3
  int allocated = 8;  ///< bits of a sample in memory: 8 or 16
  int stored = 8;     ///< bits of a sample that hold its value, 2..allocated
  int high_bit = 7;   ///< place of the highest of them
  bool is_signed = false;
  int planar = 0;
  Photometric photometric = Photometric::monochrome2;
  bool stream_colour = false;  ///< the label names a model that only a compressed stream may hold (YBR_ICT, YBR_RCT)

  bool colour() const { return samples == 3; }
  bool ybr() const { return photometric == Photometric::ybr_full || photometric == Photometric::ybr_full_422; }
  int shift() const { return high_bit + 1 - stored; }
  int levels() const { return 1 << stored; }
  /// Stored value of image sample 0: signed values are moved up so that none is negative.
  int lowest() const { return is_signed ? -(1 << (stored - 1)) : 0; }
  std::uint64_t pixels_per_frame() const {
    return static_cast<std::uint64_t>(rows) * static_cast<std::uint64_t>(columns);
  }
  /// Bytes of one uncompressed frame.
  std::uint64_t frame_bytes() const;
};

/// Reads and checks the image pixel module. Error of Kind::item: dcm_030 no pixel data, 031 to 036, 038 pixel data in a
/// sequence other than an icon's, 006 more bytes than an element can hold. Costs one walk over the header.
PixelFormat read_pixel_format(const DicomObject& object);

/// Values that stand for no tissue: PixelPaddingValue up to PixelPaddingRangeLimit, ordered, as stored values.
struct PaddingRange {
  int low = 0;
  int high = 0;
};
/// Absent where the object declares none. Error(dcm_037).
std::optional<PaddingRange> read_padding(const DicomObject& object, const PixelFormat& format);

/// NumberOfFrames by strict reading; 1 where it is absent. Error(dcm_036).
int number_of_frames(DcmItem& data);

}  // namespace wardmark
