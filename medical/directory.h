#pragma once
#include <map>
#include <string>
#include <vector>

#include "medical/dicom_object.h"
#include "medical/uid_map.h"

namespace wardmark {

/// The file IDs that a DICOMDIR names, parts joined by '/', sorted.
std::vector<std::string> referenced_files(DicomObject& directory);

/// A DICOMDIR for the released files: UIDs mapped, icons and signatures removed, file IDs renamed by `files` (old to
/// new), records of files that are not in `files` taken out with what they leave empty, offsets computed anew
/// (PS3.3 F). Error(dcm_062) where the record tree is damaged.
Bytes rebuild_directory(DicomObject& directory, const std::map<std::string, std::string>& files, const UidMap& map);

}  // namespace wardmark
