#pragma once
#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace wardmark {

/// What stands in a folder that is about to be published.
struct Publication {
  /// A file or folder that must stay private.
  struct Private {
    std::string path;  ///< below the folder
    std::string what;  ///< "a key", "a record"
  };
  std::uint64_t files = 0;
  std::uint64_t pictures = 0;
  std::uint64_t pictures_reserved = 0;  ///< with the PLUS property Data Mining, a value that prohibits
  bool tdmrep = false;                  ///< .well-known/tdmrep.json reserves rights (W3C TDMRep)
  bool robots = false;                  ///< robots.txt disallows something (RFC 9309)
  std::vector<Private> private_files;   ///< by path
};

/// Looks through the folder without following links: keys, plans, records, ledgers, lists of tests and unfinished
/// files by their first bytes and names; reservations of rights where readers look for them. Contact sheets and
/// originals are pictures like others and are not known. Error(read_failed). Cost: each file's first bytes, pictures
/// whole.
Publication look_at_publication(const std::filesystem::path& folder);

nlohmann::json publication_json(const std::filesystem::path& folder, const Publication& publication);
std::string publication_text(const std::filesystem::path& folder, const Publication& publication);

}  // namespace wardmark
