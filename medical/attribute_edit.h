#pragma once
#include <string_view>
#include <vector>

#include "core/report.h"
#include "medical/dicom_object.h"
#include "medical/sop_classes.h"
#include "medical/uid_map.h"

namespace wardmark {

/// What is taken out of objects beside their pixels.
struct Removals {
  bool private_data = false;  ///< every private attribute
  bool private_bulk = true;  ///< private binary values above kLargestPrivateBulk bytes: they can hold the clean picture
};
inline constexpr std::size_t kLargestPrivateBulk = 4096;

/// Removes, at any depth, what would show the clean picture (icons, private bulk) or no longer verifies (digital
/// signatures, MACs). Returns remarks: dcm_w02, dcm_w16.
std::vector<Note> remove_leaks(DcmItem& item, const Removals& removals);

/// Says in the header that pixels were changed: ImageType and FrameType value 1, derivation description and code,
/// contributing equipment, lossy flag of a lossy source, series description; what the class forbids stays as it is.
/// Existing values are added to, not replaced. Returns remarks: dcm_w06, dcm_w15.
std::vector<Note> record_derivation(DcmDataset& data, const SopClass& row, bool lossy_source, bool label);

/// What an image was made of, by its old names.
struct SourceImage {
  std::string sop_class, sop, series, study;
};

/// Names the original (--record-source), after map_uids(): an item of Source Image Sequence (0008,2112); of enhanced
/// images the Derivation Image macro (0008,9124), where they have functional groups, and an item of Source Image
/// Evidence Sequence (0008,9154), which that makes required (PS3.3 C.7.6.16.2.6). Existing items stay.
void record_source(DcmDataset& data, const SopClass& row, const SourceImage& source);

/// True when record_derivation() was here before.
bool carries_own_record(DcmDataset& data);

/// Text put before the series description.
inline constexpr std::string_view kSeriesLabel = "NOT FOR DIAGNOSIS";
/// Put behind the derivation description.
inline constexpr std::string_view kDerivation = "wardmark bounded pixel perturbation, not for diagnosis";

}  // namespace wardmark
