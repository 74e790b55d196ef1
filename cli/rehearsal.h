#pragma once
#include <filesystem>
#include <string>

#include "cli/query_job.h"
#include "cli/suspect_source.h"
#include "cli/test_pictures.h"

namespace wardmark {

/// Asks what `job` asks, but about spare keys, which follow from the pool's root and are no candidates, and prints what
/// could be found. `job` needs no files and no suspect; a folder is made in `parent` and removed again. Error(no_test)
/// as judged(). Returns the status of the process that asks.
ExitStatus rehearse(const Plan& plan, const ReleaseKeys& keys, QueryJob job, const TestPictures& pictures,
                    const Asking& asking, const std::filesystem::path& parent, Console& console);

}  // namespace wardmark
