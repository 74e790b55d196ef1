#pragma once
#include <optional>
#include <string_view>

#include "medical/pixel_access.h"
#include "medical/transfer_syntaxes.h"

namespace wardmark {

/// How changed pixels are stored.
struct StoredPixels {
  std::string_view syntax;            ///< for write_object()
  std::optional<PixelSupply> supply;  ///< likewise; refers to object, raw and changed
};

/// Thrown by a supply: the encoder refuses a frame, or what it wrote decodes to other pixels.
struct NotEncoded {};

/// Prepares the object for the samples of `changed` (as decode_pixels() gives them), all other bits as they were,
/// encoded with `writer`: the syntax is `syntax` then. YBR becomes RGB. Frames are encoded, and compressed ones decoded
/// again and compared, while the file is written; where a supply throws NotEncoded, store_pixels() again as explicit
/// little endian.
StoredPixels store_pixels(DicomObject& object, RawPixels& raw, const Image& changed, PixelWriter writer,
                          std::string_view syntax);

/// Pixels as they were, in the syntax they came in (native: `syntax`), byte for byte.
StoredPixels keep_pixels(DicomObject& object, std::string_view syntax);

}  // namespace wardmark
