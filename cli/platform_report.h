#pragma once
#include "cli/protect_job.h"

namespace wardmark {

/// `--survives`: tries up to 12 items, drawn by the key, and says what each step leaves of their change. Writes
/// nothing. About a second per item and step at 12 megapixels.
void report_survival(const std::string& steps, const ProtectRun& run, Console& console);

}  // namespace wardmark
