#pragma once
#include <filesystem>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cli/bundle_files.h"
#include "cli/judgement.h"
#include "cli/open_record.h"
#include "core/owner_key.h"
#include "io/record_folder.h"
#include "verify/suspect_log.h"

namespace wardmark {

/// What a bundle needs beside the record: files of a test that was concluded.
struct TestFiles : LoggedTest {
  std::vector<std::pair<std::string, std::uint32_t>> pictures;  ///< id and class, in the order of the questions
  std::vector<std::string> contents;                            ///< their content digests
  std::vector<std::uint64_t> places;                            ///< twins: of the pictures, in the plan
  Access access = Access::labels;
  std::filesystem::path journal, answers, log;
};

/// Writes DIR, from which anybody recomputes the verdict without the owner (docs/formats.md, "Evidence bundle"): the
/// key of the release's name, plan, manifest and fit, the questions and raw answers, the list of tests, and a sealed
/// list of all of them. Whoever has it can find, take out and forge the marks of this release.
/// Error(output_exists) unless DIR is new or empty, (write_failed).
void write_bundle(const std::filesystem::path& folder, const RecordFolder& record, const Plan& plan,
                  const OwnerKey& key, const TestFiles& files);

/// What a bundle of a shortcut test says.
struct RecomputedShortcut {
  Judgement judgement;
  ResponseTable table;
  std::vector<std::string> classes;
};
/// What a bundle says, whatever was tested.
using Recomputed = std::variant<RecomputedShortcut, TwinVerdict>;

/// Checks every byte of a bundle and recomputes its verdict from the raw answers. Error(bundle_altered) says what does
/// not fit; errors of the record and of the list of tests pass through. A second's work.
Recomputed recomputed(const std::filesystem::path& folder);

}  // namespace wardmark
