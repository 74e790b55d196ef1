#pragma once
#include <string>

#include "cli/exit_status.h"
#include "cli/study_listing.h"

namespace wardmark {

/// `inspect` of a DICOM study: the table of its series on stdout, pictures in the new folder `preview` unless that is
/// empty. Partial where an object is refused or an image has no counterpart in the release.
ExitStatus inspect_study(const ListingArgs& args, const std::string& preview, const DatasetFormat& format,
                         Console& console);

}  // namespace wardmark
