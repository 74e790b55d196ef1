#include "medical/attribute_edit.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcelem.h>
#include <dcmtk/dcmdata/dcsequen.h>

#include <algorithm>

#include "core/version.h"

namespace wardmark {
namespace {

constexpr std::size_t kLongString = 64;   // LO, characters
constexpr std::size_t kShortText = 1024;  // ST

bool is_signature(const DcmTagKey& tag) {
  return tag == DcmTagKey(0xFFFA, 0xFFFA) || tag == DcmTagKey(0x4FFE, 0x0001) || tag == DcmTagKey(0x0400, 0x0402) ||
         tag == DcmTagKey(0x0400, 0x0403);
}

bool is_bulk(DcmElement& element) {
  const DcmEVR vr = element.getTag().getEVR();
  const bool binary =
      vr == EVR_OB || vr == EVR_OW || vr == EVR_OF || vr == EVR_OD || vr == EVR_UN || vr == EVR_OL || vr == EVR_UNKNOWN;
  return binary && element.getLengthField() > kLargestPrivateBulk;
}

void remove_below(DcmItem& item, const Removals& removals, bool& signatures, bool& leaks) {
  for (unsigned long i = item.card(); i-- > 0;) {
    DcmElement* element = item.getElement(i);
    const DcmTagKey tag = element->getTag();
    const bool is_private = (tag.getGroup() & 1) != 0;
    const bool signature = is_signature(tag);
    const bool leak = tag == DCM_IconImageSequence || (is_private && removals.private_bulk && is_bulk(*element));
    if (signature || leak || (is_private && removals.private_data)) {
      signatures = signatures || signature;
      leaks = leaks || leak;
      delete item.remove(i);
      continue;
    }
    if (tag == DCM_PixelData) continue;
    auto* sequence = dynamic_cast<DcmSequenceOfItems*>(element);
    if (sequence == nullptr) continue;
    for (unsigned long k = 0; k < sequence->card(); ++k) {
      remove_below(*sequence->getItem(k), removals, signatures, leaks);
    }
  }
}

void put_text(DcmItem& item, const DcmTagKey& tag, const std::string& text) {
  item.putAndInsertOFStringArray(tag, OFString(text.c_str(), text.size()));
}

/// Value 1 becomes DERIVED, the others stay.
std::string derived(const std::string& type, const char* absent) {
  if (type.empty()) return absent;
  const std::size_t end = std::min(type.find('\\'), type.size());
  return "DERIVED" + type.substr(end);
}

void derive_frame_types(DcmItem& item) {
  for (unsigned long i = 0; i < item.card(); ++i) {
    DcmElement* element = item.getElement(i);
    if (element->getTag() == DCM_PixelData) continue;
    if (auto* sequence = dynamic_cast<DcmSequenceOfItems*>(element)) {
      for (unsigned long k = 0; k < sequence->card(); ++k) derive_frame_types(*sequence->getItem(k));
    } else if (element->getTag() == DCM_FrameType) {
      const std::string type = text_of(item, DCM_FrameType);
      if (!type.empty()) put_text(item, DCM_FrameType, derived(type, ""));
    }
  }
}

void put_code(DcmItem& item, const DcmTagKey& sequence, long place, const char* value, const char* meaning) {
  DcmItem* code = nullptr;
  if (item.findOrCreateSequenceItem(sequence, code, place).bad()) return;
  code->putAndInsertString(DCM_CodeValue, value);
  code->putAndInsertString(DCM_CodingSchemeDesignator, "DCM");
  code->putAndInsertString(DCM_CodeMeaning, meaning);
}

constexpr long kAppend = -2;

void append_equipment(DcmDataset& data) {
  DcmItem* item = nullptr;
  if (data.findOrCreateSequenceItem(DCM_ContributingEquipmentSequence, item, kAppend).bad()) return;
  item->putAndInsertString(DCM_Manufacturer, "wardmark");
  item->putAndInsertString(DCM_ManufacturerModelName, "wardmark");
  put_text(*item, DCM_SoftwareVersions, std::string(kVersion));
  put_text(*item, DCM_ContributionDescription, std::string(kDerivation));
  put_code(*item, DCM_PurposeOfReferenceCodeSequence, 0, "109103", "Modifying Equipment");
}

void append_derivation(DcmDataset& data) {
  const std::string old = text_of(data, DCM_DerivationDescription);
  const std::string text = old.empty() ? std::string(kDerivation) : old + "; " + std::string(kDerivation);
  if (text.size() <= kShortText) put_text(data, DCM_DerivationDescription, text);
  put_code(data, DCM_DerivationCodeSequence, kAppend, "113042", "Pixel by pixel addition");
}

/// True where one byte is one character, or where a cut can be made at a byte that begins one.
std::size_t cut_of(const std::string& text, std::size_t most, const std::string& charset) {
  if (text.size() <= most) return text.size();
  if (charset.find("ISO 2022") != std::string::npos || charset == "GB18030" || charset == "GBK") return 0;
  std::size_t at = most;
  if (charset == "ISO_IR 192") {
    while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) --at;
  }
  return at;
}

void label_series(DcmDataset& data) {
  const std::string old = text_of(data, DCM_SeriesDescription);
  if (old.starts_with(kSeriesLabel)) return;
  std::string text(kSeriesLabel);
  if (!old.empty()) {
    const std::size_t cut = cut_of(old, kLongString - kSeriesLabel.size() - 1, text_of(data, DCM_SpecificCharacterSet));
    if (cut > 0) text += " " + old.substr(0, cut);
  }
  put_text(data, DCM_SeriesDescription, text);
}

}  // namespace

std::vector<Note> remove_leaks(DcmItem& item, const Removals& removals) {
  bool signatures = false;
  bool leaks = false;
  remove_below(item, removals, signatures, leaks);
  std::vector<Note> notes;
  if (signatures) notes.push_back({Code::dcm_w02, {}});
  if (leaks) notes.push_back({Code::dcm_w16, {}});
  return notes;
}

std::vector<Note> record_derivation(DcmDataset& data, const SopClass& row, bool lossy_source, bool label) {
  std::vector<Note> notes;
  if (row.kind == ImageKind::ophthalmic) {
    notes.push_back({Code::dcm_w06, {}});
  } else {
    const bool capture = row.uid.starts_with("1.1.7");
    put_text(data, DCM_ImageType,
             derived(text_of(data, DCM_ImageType), capture ? "DERIVED\\SECONDARY" : "DERIVED\\PRIMARY"));
  }
  if (row.kind == ImageKind::enhanced) {
    derive_frame_types(data);
  } else {
    append_derivation(data);
  }
  append_equipment(data);
  if (lossy_source) {
    notes.push_back({Code::dcm_w15, {}});
    if (text_of(data, DCM_LossyImageCompression) != "01") put_text(data, DCM_LossyImageCompression, "01");
  }
  if (label) label_series(data);
  return notes;
}

namespace {

DcmItem* appended(DcmItem& item, const DcmTagKey& sequence) {
  DcmItem* added = nullptr;
  return item.findOrCreateSequenceItem(sequence, added, kAppend).good() ? added : nullptr;
}

void put_reference(DcmItem& item, const SourceImage& source) {
  item.putAndInsertString(DCM_ReferencedSOPClassUID, source.sop_class.c_str());
  item.putAndInsertString(DCM_ReferencedSOPInstanceUID, source.sop.c_str());
}

void append_source(DcmItem& item, const SourceImage& source) {
  DcmItem* reference = appended(item, DCM_SourceImageSequence);
  if (reference == nullptr) return;
  put_reference(*reference, source);
  put_code(*reference, DCM_PurposeOfReferenceCodeSequence, 0, "121322", "Source image for image processing operation");
}

void append_derivation_image(DcmItem& group, const SourceImage& source) {
  DcmItem* macro = appended(group, DCM_DerivationImageSequence);
  if (macro == nullptr) return;
  put_code(*macro, DCM_DerivationCodeSequence, 0, "113042", "Pixel by pixel addition");
  append_source(*macro, source);
}

void append_evidence(DcmDataset& data, const SourceImage& source) {
  DcmItem* study = appended(data, DCM_SourceImageEvidenceSequence);
  if (study == nullptr) return;
  study->putAndInsertString(DCM_StudyInstanceUID, source.study.c_str());
  DcmItem* series = appended(*study, DCM_ReferencedSeriesSequence);
  if (series == nullptr) return;
  series->putAndInsertString(DCM_SeriesInstanceUID, source.series.c_str());
  if (DcmItem* instance = appended(*series, DCM_ReferencedSOPSequence)) put_reference(*instance, source);
}

DcmSequenceOfItems* groups_of(DcmDataset& data, const DcmTagKey& tag) {
  DcmSequenceOfItems* sequence = nullptr;
  return data.findAndGetSequence(tag, sequence).good() && sequence != nullptr && sequence->card() > 0 ? sequence
                                                                                                      : nullptr;
}

}  // namespace

void record_source(DcmDataset& data, const SopClass& row, const SourceImage& source) {
  DcmSequenceOfItems* shared = groups_of(data, DCM_SharedFunctionalGroupsSequence);
  if (row.kind != ImageKind::enhanced || shared == nullptr) return append_source(data, source);
  // A macro is in the shared group or in those of the frames, never in both.
  DcmSequenceOfItems* own = groups_of(data, DCM_PerFrameFunctionalGroupsSequence);
  if (own != nullptr && own->getItem(0)->tagExists(DCM_DerivationImageSequence)) {
    for (unsigned long i = 0; i < own->card(); ++i) append_derivation_image(*own->getItem(i), source);
  } else {
    append_derivation_image(*shared->getItem(0), source);
  }
  append_evidence(data, source);
}

bool carries_own_record(DcmDataset& data) {
  DcmSequenceOfItems* sequence = nullptr;
  if (data.findAndGetSequence(DCM_ContributingEquipmentSequence, sequence).bad() || sequence == nullptr) return false;
  for (unsigned long i = 0; i < sequence->card(); ++i) {
    if (text_of(*sequence->getItem(i), DCM_Manufacturer) == "wardmark") return true;
  }
  return false;
}

}  // namespace wardmark
