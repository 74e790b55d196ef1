#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "cli/console.h"
#include "io/record_folder.h"

namespace wardmark {

/// Options that make another process of ours talk as this one does.
std::vector<std::string> style_words(const Console& console);

/// Before anything is asked: evidence is never written over. Error(output_exists).
void check_new(const std::string& folder);

/// Where the answers of a test lie, mode 0700: `typed`, or a folder in the record named by the test's identity. A run
/// that was stopped left `journal` there and not `outcome`: Error(output_exists) unless it is resumed.
std::filesystem::path state_folder(const std::string& typed, const RecordFolder& record, const std::string& identity,
                                   const char* journal, const char* outcome, bool resume);

/// The list of all tests of a release: `typed`, or beside the key, one for each release, so that its keyed hashes need
/// the release's key alone. Error(usage) where the key is no file.
std::filesystem::path log_path(const std::string& typed, const std::string& key_file, const std::string& release);

}  // namespace wardmark
