#pragma once
#include <filesystem>

namespace wardmark {

/// A new folder that only this user can read, with a name nobody can foresee; removed with all in it at the end, also
/// after an error. A kill leaves it behind.
class ScratchFolder {
 public:
  /// Below `parent`, which exists. Error(write_failed).
  explicit ScratchFolder(const std::filesystem::path& parent);
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace wardmark
