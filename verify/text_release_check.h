#pragma once
#include <filesystem>
#include <vector>

#include "core/manifest.h"
#include "core/plan.h"
#include "core/report.h"
#include "verify/release_check.h"

namespace wardmark {

/// Compares the files of a marked corpus, a folder or one file, with the items of its manifest. What the corpus had
/// beside its texts (links, litter) does not count, nor does litter that came later. Error(input_missing).
ReleaseCheck check_text_release(const std::filesystem::path& release, const Plan& plan,
                                const std::vector<ManifestItem>& items, Report& report);

/// The same of the file that a stream became: its items are the stream's pieces, in order; those that differ are named
/// by their place. A stream that was packed is unpacked.
ReleaseCheck check_text_stream(const std::filesystem::path& release, const std::vector<ManifestItem>& items,
                               Report& report);

}  // namespace wardmark
