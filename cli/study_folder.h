#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "core/bytes.h"

namespace wardmark {

/// The folder of a study of many runs, one after another: study.json says what it is a study of, running.checkpoint
/// keeps the run under way. Files appear complete or not at all. One process at a time.
class StudyFolder {
 public:
  explicit StudyFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}
  const std::filesystem::path& path() const { return folder_; }

  /// Takes the folder for the study of that identity; true where an earlier run of it goes on. An earlier state: with
  /// `resume` it must be of the same study, else Error(recipe_changed); with `overwrite` it is removed, `files` too;
  /// Error(output_exists) otherwise.
  bool open(const std::string& identity, bool resume, bool overwrite, const std::vector<std::string>& files);
  /// Text of study.json beside schema and identity: a JSON object.
  std::string facts() const;
  void write_facts(const std::string& facts) const;

  /// The checkpoint of the run of this name, or nothing.
  Bytes checkpoint(const std::string& run) const;
  void keep_checkpoint(const std::string& run, const Bytes& bytes) const;
  void drop_checkpoint() const;

 private:
  std::filesystem::path folder_;
  std::string identity_;
};

}  // namespace wardmark
