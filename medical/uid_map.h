#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/key.h"
#include "medical/dicom_object.h"

namespace wardmark {

/// New unique identifiers for old ones, under a release's key: "2.25." and, in decimal, the first 128 bits of
/// digest(key, "dicom-uid", uid) with version 8 and the variant of RFC 9562 set. The same UID becomes the same new one
/// in every object of a release, and another in every other release. Pure, thread-safe.
class UidMap {
 public:
  explicit UidMap(const Subkey& key) : key_(key) {}
  std::string operator()(std::string_view uid) const;

 private:
  Subkey key_;
};

/// True for identifiers of things that are the same everywhere (SOP classes, transfer syntaxes, coding schemes): by
/// their value under the DICOM root, or by the attribute that holds them.
bool stays(const DcmTagKey& tag, std::string_view uid);

/// Replaces every UI value below `item`, at any depth, but for those that stay. Returns the replaced ones, sorted,
/// unique. Error(dcm_064) when two would become one.
std::vector<std::string> map_uids(DcmItem& item, const UidMap& map);

/// What map_uids() would replace; changes nothing.
std::vector<std::string> mapped_uids(DcmItem& item);

/// Where one of `uids` stands in a value that is no UI: private binary data that hold more than the UID itself, or a
/// text. UN values that are the UID alone are replaced on the way when `map` is given.
struct HiddenUids {
  std::vector<std::string> opaque;  ///< tags of binary values
  std::vector<std::string> texts;   ///< tags of texts
};
HiddenUids find_hidden_uids(DcmItem& item, const std::vector<std::string>& uids, const UidMap* map);

}  // namespace wardmark
