#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "cli/query_job.h"

namespace wardmark {

/// What an examiner gets, who asks a suspect without knowing which key was drawn: the questions of a test, with all
/// candidate keys, and which pictures they are about. Neither release, manifest nor draw is in it (docs/formats.md,
/// "Blind package"). Its blindness is procedural: an owner could tell the draw all the same.
struct BlindPackage {
  QueryJob job;                       ///< without data, suspect and files
  std::vector<std::string> contents;  ///< hexadecimal content digests of its pictures, in order
};

/// Writes DIR, mode 0700. Error(output_exists) unless it is new or empty, (write_failed).
void write_blind_package(const std::filesystem::path& folder, const BlindPackage& package);
/// Error(input_missing) for what is no package, (record_format) when damaged.
BlindPackage read_blind_package(const std::filesystem::path& folder);

/// Takes the answers that an examiner left in `folder` as those of the job. Error(input_missing) where there are none;
/// (bundle_altered) when they are not the answers to these questions, or their table is not what they add up to.
QueryAnswers examined_answers(const std::filesystem::path& folder, QueryJob& job,
                              const std::vector<std::string>& contents);

}  // namespace wardmark
