#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "verify/suspect.h"

namespace wardmark {

/// What a suspect program may use.
struct SuspectLimits {
  double seconds = 600;          ///< until a reply is whole
  std::uint64_t memory_mib = 0;  ///< address space; 0: no limit
};

/// Starts a program that speaks docs/suspect-protocol.md on stdin and stdout, in a process group of its own, with the
/// descriptors 0 to 2 alone (stderr is passed through), no core files and no new privileges, and asks its hello.
/// Pictures go through a file in `folder`, which is removed at the end. A program that dies, hangs beyond the limit or
/// answers badly is ended with its group: Error(suspect_failed), (suspect_reply).
std::unique_ptr<Suspect> start_suspect(const std::vector<std::string>& words, const std::filesystem::path& folder,
                                       const SuspectLimits& limits);

}  // namespace wardmark
