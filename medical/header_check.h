#pragma once
#include <string>

#include "medical/attribute_edit.h"
#include "medical/dicom_object.h"
#include "medical/uid_map.h"

namespace wardmark {

/// What a header may have gained or lost.
struct HeaderRules {
  bool changed_pixels = false;  ///< the attributes of record_derivation() may differ
  bool colour_converted = false;
  bool source_recorded = false;  ///< those of record_source() may have appeared, or have one item more
  Removals removals;
};

/// Compares the header of an object with that of its output, at every depth, and returns where they differ beyond what
/// docs/dicom.md allows: `(gggg,eeee): what`; empty when they do not. Pixel data are not looked at.
std::string header_difference(DcmItem& before, DcmItem& after, const HeaderRules& rules, const UidMap& map);

}  // namespace wardmark
