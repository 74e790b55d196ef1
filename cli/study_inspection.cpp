#include "cli/study_inspection.h"

#include "cli/listing_report.h"
#include "cli/study_preview.h"

namespace wardmark {

ExitStatus inspect_study(const ListingArgs& args, const std::string& preview, const DatasetFormat& format,
                         Console& console) {
  const DatasetOptions new_folder;
  if (!preview.empty()) check_output_place(args.path, preview, new_folder);
  const StudyListing listing = list_study(args, format, console);
  const nlohmann::json out = listing_json(args.path, listing, console);
  console.result(console.style().json ? out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"
                                      : listing_text(out));
  if (listing.unpaired > 0 && !has_key(args.key)) console.hint("-k KEY finds files that were renamed");
  if (!preview.empty()) {
    const std::size_t written = write_previews(preview, args, listing);
    console.say(counted(written, "picture") + " in " + printable(preview) + " of originals: keep them private");
  }
  return out["refused_objects"].empty() && listing.unpaired == 0 ? ExitStatus::ok : ExitStatus::partial;
}

}  // namespace wardmark
