#pragma once
#include <vector>

#include "core/bytes.h"

namespace wardmark {

/// Photoshop image resources (APP13) reduced to what cannot hold a picture.
struct PhotoshopResources {
  Bytes block;           ///< "8BIM" resources, without the "Photoshop 3.0" signature; empty when nothing is left
  bool dropped = false;  ///< something was removed
};

/// `block`: the resources of all APP13 segments joined, without their signatures. Keeps the IPTC record (0x0404) and
/// its digest (0x0425) and settings of at most 4096 bytes byte for byte; drops thumbnails, layers, paths and all else.
/// A block that is not well-formed is dropped whole, as is an IPTC record with a picture in it. Never throws for bad
/// input.
PhotoshopResources clean_photoshop(ByteView block);

}  // namespace wardmark
