#pragma once
#include <dcmtk/config/osconfig.h>
//
#include <dcmtk/dcmdata/dcpixel.h>

#include <memory>
#include <vector>

#include "medical/dicom_object.h"
#include "medical/frame_codec.h"
#include "medical/pixel_format.h"

namespace wardmark {

/// Frames of an object's pixel data, uncompressed, one after the other.
class FrameReader {
 public:
  /// The object must outlive it, keep its pixel data, and its `apart` bytes. Error(dcm_022) where frames cannot be told
  /// apart.
  FrameReader(DicomObject& object, const PixelFormat& format);
  ~FrameReader();
  /// Raw bytes of frame k in host order, layout().frame_bytes() of them, valid until the next call; from 0 upwards.
  /// Error(dcm_022), (dcm_023).
  ByteView frame(int k);
  /// How the bytes of the last frame are arranged: label and planes may differ from the header's after decoding.
  const PixelFormat& layout() const { return layout_; }
  /// Native data behind the last frame.
  ByteView surplus() const;

 private:
  ByteView native_frame(std::size_t k);
  ByteView decoded_2000(std::size_t k);
  ByteView decoded_frame(int k);

  DicomObject& object_;
  PixelFormat layout_;
  ByteView native_;                             ///< all frames, where they are not compressed
  std::vector<std::vector<ByteView>> streams_;  ///< compressed: fragments by frame
  E_TransferSyntax syntax_ = EXS_Unknown;
  FrameCodec codec_;
  std::unique_ptr<DcmPixelData> all_;  ///< where nothing deals fragments to frames
  std::uint32_t fragment_ = 0;
  Bytes buffer_;
};

/// The pixel data element of a data set. Error(dcm_022) where there is none.
DcmPixelData& pixel_element(DcmDataset& data);

}  // namespace wardmark
