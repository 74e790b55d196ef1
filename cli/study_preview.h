#pragma once
#include <filesystem>

#include "cli/study_listing.h"

namespace wardmark {

/// Pictures for the eye in the new folder `folder`, under numbers of the listing's series: of the worst and the median
/// instance before | after | their difference eight times enlarged around mid-grey, all in the window of the series
/// (series-01-worst.png, series-01-median.png); without a release the instance in the middle (series-01.png). Of
/// several frames the one in the middle. 8 bits, mode 0600. Returns how many were written. Error(output_inside),
/// (output_exists).
std::size_t write_previews(const std::filesystem::path& folder, const ListingArgs& args, const StudyListing& listing);

}  // namespace wardmark
