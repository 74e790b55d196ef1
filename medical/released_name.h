#pragma once
#include <map>
#include <string>

#include "medical/object_facts.h"
#include "medical/uid_map.h"

namespace wardmark {

/// The path of a file in the release, relative to its root. With `rename`: study/series/instance.dcm by new UIDs, or,
/// where a DICOMDIR lists the file, three parts of eight letters beside the DICOMDIR, whose folder is renamed too.
/// Without: `path`, in which UIDs of the object are replaced by new ones.
std::string released_name(const std::string& path, const ObjectFacts& facts, bool rename, const UidMap& map);

/// New file IDs by old ones, of the files that a DICOMDIR (with these facts) lists.
std::map<std::string, std::string> released_file_ids(const ObjectFacts& directory, bool rename, const UidMap& map);

}  // namespace wardmark
