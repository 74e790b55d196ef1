#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/report.h"
#include "medical/dicom_object.h"
#include "medical/sop_classes.h"

namespace wardmark {

/// What of a person an object still says, by groups of attributes: dcm_w10 to dcm_w14, each once, the number of
/// attributes as detail. Values are never told. (PS3.15 E.1 lists what a de-identifier removes; this program is none.)
std::vector<Note> identity_remarks(DcmDataset& data, const SopClass* row);

/// True where the object says that it was de-identified and by which method: (0012,0062) is YES, and (0012,0063) or
/// (0012,0064) are not empty (PS3.15 E.1.1). Whether that is so is not checked.
bool says_deidentified(DcmDataset& data);

/// The first part of `path` that equals the object's own PatientName, PatientID, PatientBirthDate or AccessionNumber
/// (case and the signs between name parts do not count), or empty. Values of fewer than three characters are not
/// looked for.
std::string identity_in_path(DcmDataset& data, std::string_view path);

}  // namespace wardmark
