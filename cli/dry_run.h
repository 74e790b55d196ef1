#pragma once
#include <string>

#include "cli/exit_status.h"
#include "cli/protect_job.h"

namespace wardmark {

/// Processes up to 24 items drawn by the key for real, writes no release: prints time at -j, bytes against free space,
/// refusals by code and the worst picture.
ExitStatus dry_run(const ProtectArgs& args, const ProtectJob& job, const ProtectRun& run, Console& console);

/// A contact sheet of up to 12 items drawn by the key, PNG. It shows originals: it is never part of record or release.
void write_preview(const std::string& path, const ProtectJob& job, const ProtectRun& run, Console& console);

}  // namespace wardmark
