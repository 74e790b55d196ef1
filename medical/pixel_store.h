#pragma once
#include <optional>
#include <string_view>

#include "medical/pixel_access.h"
#include "medical/transfer_syntaxes.h"

namespace wardmark {

/// How changed pixels are stored.
struct StoredPixels {
  std::string_view syntax;            ///< for write_object()
  std::optional<PixelSupply> supply;  ///< likewise; refers to raw and changed
};

/// Puts the samples of `changed` (as decode_pixels() gives them) into the object, all other bits as they were, encoded
/// with `writer`: the syntax is `syntax` then. YBR becomes RGB. Compressed results are decoded again and compared;
/// where they differ, or the encoder refuses, they are explicit little endian.
StoredPixels store_pixels(DicomObject& object, RawPixels& raw, const Image& changed, PixelWriter writer,
                          std::string_view syntax);

/// Pixels as they were, in the syntax they came in (native: `syntax`).
StoredPixels keep_pixels(DicomObject& object, const RawPixels& raw, const Image& image, std::string_view syntax);

}  // namespace wardmark
