#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "verify/suspect.h"
#include "verify/suspect_process.h"

namespace wardmark {

/// Starts a program that speaks docs/suspect-protocol.md, as a SuspectProcess, and asks its hello. Pictures go through
/// a file in `folder`, which is removed at the end. A program that dies, hangs beyond the limit or answers badly is
/// ended with its group: Error(suspect_failed), (suspect_reply).
std::unique_ptr<Suspect> start_suspect(const std::vector<std::string>& words, const std::filesystem::path& folder,
                                       const SuspectLimits& limits);

}  // namespace wardmark
