#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/bytes.h"

namespace wardmark {

/// Something a picture's file holds beside its pixels.
struct FilePart {
  std::string name;  ///< "EXIF", "ICC profile", "chunk tEXt"
  std::uint64_t bytes = 0;
};

/// The parts of a JPEG, PNG, WebP or TIFF file in file order, parts of one name together; empty for other files and for
/// damaged ones. Never throws for bad input. One walk over the container.
std::vector<FilePart> file_parts(ByteView file);

}  // namespace wardmark
