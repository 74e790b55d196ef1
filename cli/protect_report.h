#pragma once
#include <string>
#include <vector>

#include "cli/console.h"
#include "cli/protect_job.h"
#include "perturb/protect.h"

namespace wardmark {

/// Prints what a finished or interrupted run did: result on stdout (text or JSON), advice on stderr.
void report_run(const ProtectArgs& args, const ProtectJob& job, const ProtectOutcome& outcome, Console& console);

/// The same where an extension found nothing new.
void report_nothing_new(const ProtectArgs& args, const ProtectJob& job, Console& console);

/// One JSON object per item of the run's manifest (--json-lines).
void report_items(const ProtectJob& job, const ReleaseKeys& keys, Console& console);

/// Who drew, and what would make a later verdict count more.
void say_draw(const ManifestHeader& header, Console& console);

/// "SSIM 0.981, CIEDE2000 2.1".
std::string visibility_text(std::int32_t ssim, std::int32_t ciede2000);
std::string decibels(double psnr);

}  // namespace wardmark
