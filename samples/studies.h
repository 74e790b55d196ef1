#pragma once
#include <cstdint>
#include <filesystem>

namespace wardmark::samples {

/// Which DICOM studies to make below `folder`.
struct StudyOrder {
  std::filesystem::path folder;
  std::uint32_t slices = 60;  ///< of the CT series; 0: no CT study
  std::uint32_t frames = 24;  ///< of the enhanced MR object; 0: none
  int size = 256;             ///< side of slices and frames in pixels, a multiple of 4
};

/// ct/: a series of 16-bit signed slices with padding, IM001.dcm and so on, and beside it a segmentation (seg.dcm), a
/// key object selection (ko.dcm) and a presentation state (pr.dcm) that refer to its slices. Explicit VR little endian,
/// the same bytes for everybody; no person was scanned. Returns the number of objects. std::runtime_error with path and
/// reason.
std::uint32_t make_ct_study(const StudyOrder& order);

/// mr/: enhanced.dcm, an Enhanced MR object whose frames differ in rescale and window.
std::uint32_t make_enhanced(const StudyOrder& order);

}  // namespace wardmark::samples
