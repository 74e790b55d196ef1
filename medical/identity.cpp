#include "medical/identity.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcelem.h>
#include <dcmtk/dcmdata/dcsequen.h>

#include <algorithm>
#include <array>

namespace wardmark {
namespace {

constexpr std::size_t kShortest = 3;

struct Counts {
  unsigned long names = 0;
  unsigned long dates = 0;
  unsigned long privates = 0;
  unsigned long originals = 0;
};

/// Attributes that name a person or a place of care beside those of VR PN.
bool identifies(const DcmTagKey& tag) {
  static const std::array kTags = {DCM_PatientID,
                                   DCM_OtherPatientIDsSequence,
                                   DCM_RETIRED_OtherPatientIDs,
                                   DCM_PatientAddress,
                                   DCM_AccessionNumber,
                                   DCM_PatientTelephoneNumbers,
                                   DCM_InstitutionName,
                                   DCM_InstitutionAddress,
                                   DCM_StationName,
                                   DCM_DeviceSerialNumber,
                                   DCM_StudyID,
                                   DCM_PatientComments,
                                   DCM_MilitaryRank,
                                   DCM_RETIRED_MedicalRecordLocator,
                                   DCM_ImageComments,
                                   DCM_AdditionalPatientHistory,
                                   DCM_Occupation};
  return std::ranges::find(kTags, tag) != kTags.end();
}

void count(DcmItem& item, Counts& counts) {
  for (unsigned long i = 0; i < item.card(); ++i) {
    DcmElement* element = item.getElement(i);
    const DcmTagKey tag = element->getTag();
    if (tag == DCM_PixelData) continue;
    if ((tag.getGroup() & 1) != 0) {
      ++counts.privates;
      continue;
    }
    if (tag == DCM_OriginalAttributesSequence) ++counts.originals;
    if (auto* sequence = dynamic_cast<DcmSequenceOfItems*>(element)) {
      for (unsigned long k = 0; k < sequence->card(); ++k) count(*sequence->getItem(k), counts);
      continue;
    }
    if (element->getLengthField() == 0) continue;
    const DcmEVR vr = element->getTag().getEVR();
    if (vr == EVR_PN || identifies(tag)) ++counts.names;
    if (vr == EVR_DA || vr == EVR_DT || vr == EVR_TM) ++counts.dates;
  }
}

bool may_show_a_person(DcmDataset& data, const SopClass* row) {
  if (row == nullptr || row->fate != Fate::protect) return false;
  const std::string modality = text_of(data, DCM_Modality);
  const bool burned = modality == "US" || modality == "OP" || row->uid.starts_with("1.1.7") ||
                      row->uid.starts_with("1.1.3") || row->uid.starts_with("1.1.6");
  if (burned && text_of(data, DCM_BurnedInAnnotation) != "NO") return true;
  const std::string part = text_of(data, DCM_BodyPartExamined);
  const bool head = part == "HEAD" || part == "BRAIN" || part == "HEADNECK" || part == "FACE";
  return (modality == "CT" || modality == "MR") && head && text_of(data, DcmTagKey(0x0028, 0x0302)) != "NO";
}

/// Letters and digits alone, lower case.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')) out.push_back(c);
    if (c >= 'A' && c <= 'Z') out.push_back(static_cast<char>(c - 'A' + 'a'));
  }
  return out;
}

}  // namespace

std::vector<Note> identity_remarks(DcmDataset& data, const SopClass* row) {
  Counts counts;
  count(data, counts);
  std::vector<Note> notes;
  const auto add = [&](Code code, unsigned long n) {
    if (n > 0) notes.push_back({code, std::to_string(n) + (n == 1 ? " attribute" : " attributes")});
  };
  add(Code::dcm_w10, counts.names);
  add(Code::dcm_w11, counts.dates);
  add(Code::dcm_w12, counts.privates);
  add(Code::dcm_w13, counts.originals);
  if (may_show_a_person(data, row)) notes.push_back({Code::dcm_w14, {}});
  return notes;
}

bool says_deidentified(DcmDataset& data) {
  DcmSequenceOfItems* codes = nullptr;
  const bool coded = data.findAndGetSequence(DCM_DeidentificationMethodCodeSequence, codes).good() &&
                     codes != nullptr && codes->card() > 0;
  return text_of(data, DCM_PatientIdentityRemoved) == "YES" &&
         (coded || !text_of(data, DCM_DeidentificationMethod).empty());
}

std::string identity_in_path(DcmDataset& data, std::string_view path) {
  std::vector<std::string> values;
  for (const DcmTagKey& tag : {DCM_PatientName, DCM_PatientID, DCM_PatientBirthDate, DCM_AccessionNumber}) {
    const std::string value = plain(text_of(data, tag));
    if (value.size() >= kShortest) values.push_back(value);
  }
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, end);
    const std::size_t dot = part.rfind('.');
    const std::string whole = plain(part);
    const std::string stem = plain(part.substr(0, dot));
    if (std::ranges::any_of(values, [&](const std::string& value) { return value == whole || value == stem; })) {
      return std::string(part);
    }
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return {};
}

}  // namespace wardmark
