#pragma once
#include <string>
#include <vector>

#include "core/dataset.h"
#include "core/manifest.h"

namespace wardmark {

/// What one file of a release turned out to be.
enum class Finding {
  intact,            ///< the stored bytes are those released
  metadata_changed,  ///< other bytes, the same pixels
  line_ends,         ///< of a text: other bytes, but for line ends and packing the same text
  altered,           ///< other pixels, or no longer an image
  moved,             ///< not at its place; its pixels stand under another name
  missing,
  withdrawn,  ///< struck from the record; whatever lies there is not looked at
  foreign,    ///< stands in no record
};
std::string_view name(Finding finding);

struct FindingRow {
  Finding finding;
  std::string id;       ///< name in the release, of foreign ones where they lie
  std::string other{};  ///< moved: where it lies; foreign: the item whose pixels it holds too, or empty
};

struct ReleaseCheck {
  std::uint64_t checked = 0;
  std::uint64_t intact = 0;
  std::uint64_t metadata_changed = 0;
  std::vector<FindingRow> rows;    ///< all that are not intact, by id
  bool container_changed = false;  ///< one-file output: items intact, but the file differs elsewhere
  std::uint64_t withdrawn = 0;     ///< items that were struck from the record
  /// Nothing altered or foreign, and nothing missing unless it is `subset` that was checked.
  bool whole(bool subset = false) const;
};

/// Compares the files under a release, opened as a data set without labels, with the items of its manifest. Carried
/// sidecars of the plan belong to the release. A file under another name is known by its bytes or pixels: where its own
/// place is empty, it moved. Runs on `jobs` threads.
ReleaseCheck check_release(const DatasetReader& release, const Plan& plan, const std::vector<ManifestItem>& items,
                           unsigned jobs, Report& report);

/// What a single file is to a release, wherever it was found: intact or metadata_changed, with `id` the item whose
/// bytes or pixels it holds, or foreign. `file` holds one picture.
FindingRow find_in_release(const DatasetReader& file, const std::vector<ManifestItem>& items);

}  // namespace wardmark
