#pragma once
#include <span>
#include <string>
#include <string_view>

#include "core/image.h"
#include "perturb/measure.h"
#include "perturb/method.h"

namespace wardmark {

/// One item of a contact sheet. The pictures outlive the call and are of one shape.
struct SheetRow {
  const Image& original;
  const Image& released;
  int orientation = 1;  ///< EXIF orientation 1..8 of both, applied here
  std::string_view class_name;
  std::string_view item_id;
  Change change;
};

/// Rows beyond this many are left out.
inline constexpr std::size_t kSheetRows = 12;

/// A page for the eye: per item the original, the released picture and their difference eight times enlarged around
/// mid-grey, reduced to cells of `cell` pixels by area averaging (small pictures enlarged by whole factors), under its
/// class, id and PSNR; `heading` (the method and its parameters) and the worst SSIM and CIEDE2000 around them. Opacity
/// is not shown; characters outside ASCII appear as '?'. Returns 8-bit RGB for the caller to encode. Not for deciding
/// anything: text is drawn by OpenCV. cell 64..1024; rows may be empty. Pure; about 10 ms a row of 12-megapixel
/// pictures.
Image contact_sheet(std::span<const SheetRow> rows, std::string_view heading, int cell = 224);

/// `picture` turned upright from EXIF orientation 1..8 (others: as it is).
Planes upright(const Planes& picture, int orientation);

}  // namespace wardmark
