#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/dataset.h"

namespace wardmark {

/// What lies in an input made of files. Real paths are bytes relative to the root; ids are what the rest of the program
/// uses (see item_id). Both differ where a name is not NFC, not UTF-8 or holds '%'.
struct FileScan {
  Survey survey;                                            ///< items and companions sorted by id, no labels yet
  std::unordered_map<std::string, std::string> real_paths;  ///< by id, only where the real path differs

  /// Path relative to the root, as bytes.
  std::string real_path(const std::string& id) const;
};

/// Walks a folder. Links are not followed, litter and records not entered. A file with the extension of an image, or
/// that begins like one, is an item; every other file becomes a companion. Files with a known extension are not opened.
/// Error(read_failed) where a folder cannot be read, (name_collision) naming both files when two have one id.
/// Files that are no images and match one of the patterns `carry` (fnmatch; without '/' by the last part of the path)
/// are carried_asked.
FileScan scan_folder(const std::filesystem::path& root, const std::vector<std::string>& carry = {});

/// Takes the listed paths, relative to `root`, in the same way. A file that does not exist is an item of 0 bytes, to be
/// refused on its own when it is read. Error(item_id) for a path that is absolute or leaves the root. A path that comes
/// twice counts once.
FileScan scan_list(const std::filesystem::path& root, const std::vector<std::string>& paths,
                   const std::vector<std::string>& carry = {});

/// One file, its name as id.
FileScan scan_file(const std::filesystem::path& file);

/// Paths of a list, one per line (CRLF and a byte order mark are taken) or ended by `separator` '\0'. Empty lines are
/// skipped.
std::vector<std::string> split_file_list(std::string_view text, char separator);

/// "IMG.xmp" and "IMG.jpg.xmp" belong to "IMG.jpg": index of the first such item, or items.size().
std::size_t sidecar_owner(const std::vector<Item>& items, std::string_view sidecar);

}  // namespace wardmark
