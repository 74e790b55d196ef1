#pragma once
#include <span>
#include <string_view>

#include "core/error.h"

namespace wardmark {

/// What becomes of an object of a SOP class.
enum class Fate { protect, carry, refuse };
std::string_view name(Fate fate);

/// What rules of its information object definition an image class brings beside the common ones.
enum class ImageKind {
  plain,      ///< derivation is recorded in the general image module
  enhanced,   ///< functional groups; only ImageType, FrameType and the contributing equipment may say so
  ophthalmic  ///< ImageType stays: DERIVED would demand a source image sequence
};

struct SopClass {
  std::string_view uid;  ///< under 1.2.840.10008.5.1.4.
  std::string_view name;
  Fate fate;
  Code code = Code::bug;              ///< of a refusal, or the remark about a carried object
  ImageKind kind = ImageKind::plain;  ///< of images
};

/// The only list of storage classes (PS3.4 B.5), by what becomes of them.
std::span<const SopClass> sop_classes();
/// The row of a SOP class UID, or null where it is not listed: such an object is refused.
const SopClass* find_sop_class(std::string_view uid);
/// The code by which an object of an unlisted class is refused: dcm_051 for private and unknown ones, dcm_050 for
/// others under the DICOM root.
Code unlisted_class_code(std::string_view uid);
/// Segmentations and structure sets: what --drop-annotations leaves out.
bool is_annotation(const SopClass& row);

}  // namespace wardmark
