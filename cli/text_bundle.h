#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "cli/bundle_files.h"
#include "cli/text_judgement.h"

namespace wardmark {

/// Names of the files of answers, in the folder of a test and in its bundle.
inline constexpr auto kProbeFile = "probe.json", kLastFile = "last.jsonl", kRankFile = "rank.jsonl",
                      kReferenceProbeFile = "reference-probe.json", kReferenceFile = "reference.jsonl";

/// What was answered to these questions, from the files of a folder. `reference` as typed; empty: none was asked.
/// Error(record_format) where a file is of other questions, of another suspect, or not whole. What was left out, and
/// what earlier runs guessed, is the caller's to say.
TextEvidence answers_in(const std::filesystem::path& folder, const TextChoice& choice, const TextAsked& asked,
                        const std::string& reference);

/// What a bundle needs beside record and answers, of a test that was concluded.
struct TextTestFiles : LoggedTest {
  TextChoice choice;
  std::vector<HostContext> hosts;  ///< what stands before the sentences, as it was asked
  std::string reference;
  std::vector<std::string> left_out;
  std::vector<std::uint32_t> earlier;
  std::filesystem::path answers, log;  ///< folder of the answers; list of all tests
};

/// Writes DIR as write_bundle() does, of a test of a language model. Its sentences follow from the key in it.
void write_text_bundle(const std::filesystem::path& folder, const RecordFolder& record, const Plan& plan,
                       const OwnerKey& key, const TextTestFiles& files);

/// True of the folder of such a bundle.
bool is_text_bundle(const std::filesystem::path& folder);
/// Checks every byte and recomputes the verdict from the raw answers, as recomputed(). `show` puts the words of the
/// released sentences into its rows.
TextVerdict recomputed_text(const std::filesystem::path& folder, bool show);

}  // namespace wardmark
