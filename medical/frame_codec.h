#pragma once
#include <dcmtk/config/osconfig.h>
//
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcxfer.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "medical/transfer_syntaxes.h"

class DcmPixelData;

namespace wardmark {

/// DCMTK's codecs, one frame at a time: an object of a thousand frames is never held twice, compressed and not. Not for
/// several threads at once.
class FrameCodec {
 public:
  /// Takes what describes the pixels (group 0028) from a data set, as it is now.
  explicit FrameCodec(DcmDataset& data);

  /// One frame of `size` bytes from its fragments into `out`; false with the reason where it cannot be decoded. `model`
  /// becomes the colours it is in then.
  bool decode(E_TransferSyntax syntax, std::span<const ByteView> fragments, std::size_t size, Bytes& out,
              std::string& model, std::string& why);

  /// The fragments of one frame, each of an even length; absent where the encoder refuses, or what it wrote decodes to
  /// other bytes.
  std::optional<std::vector<Bytes>> encode(PixelWriter writer, ByteView frame);

 private:
  DcmDataset facts_;
  bool words_ = false;
  std::string model_;
};

/// Pixel data that hold these fragments behind an empty offset table.
std::unique_ptr<DcmPixelData> encapsulated(E_TransferSyntax syntax, std::span<const ByteView> fragments);

}  // namespace wardmark
