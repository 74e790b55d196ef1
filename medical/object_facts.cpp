#include "medical/object_facts.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcdict.h>
#include <dcmtk/dcmdata/dcmetinf.h>
#include <dcmtk/dcmdata/dctag.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "core/lane_digest.h"
#include "medical/attribute_edit.h"
#include "medical/dicom_library.h"
#include "medical/directory.h"
#include "medical/identity.h"
#include "medical/pixel_access.h"

namespace wardmark {
namespace {

using nlohmann::json;

constexpr std::size_t kPeeked = 65536;

[[noreturn]] void refuse(Code code, const std::string& what, const char* hint = "leave it out") {
  throw Error(code, what, hint);
}

/// A UID of a file that cannot be read: the element's bytes are looked for near the beginning, so that one damaged
/// slice still keeps its study back.
std::string peek_uid(ByteView stored, std::uint8_t group, std::uint8_t element) {
  const std::string head(text_of(stored.first(std::min(stored.size(), kPeeked))));
  const std::string tag = {static_cast<char>(group), '\0', static_cast<char>(element), '\0'};
  for (std::size_t at = head.find(tag); at != std::string::npos; at = head.find(tag, at + 1)) {
    if (at + 8 > head.size()) break;
    const bool is_explicit = head.compare(at + 4, 2, "UI") == 0;
    const auto length = static_cast<std::size_t>(static_cast<std::uint8_t>(head[at + (is_explicit ? 6 : 4)]));
    std::string value = head.substr(at + 8, length);
    while (!value.empty() && (value.back() == '\0' || value.back() == ' ')) value.pop_back();
    if (is_uid(value)) return value;
  }
  return {};
}

void read_names(DcmDataset& data, ObjectFacts& facts, const std::string& keyword) {
  facts.sop_class = text_of(data, DCM_SOPClassUID);
  facts.sop = text_of(data, DCM_SOPInstanceUID);
  facts.series = text_of(data, DCM_SeriesInstanceUID);
  facts.study = text_of(data, DCM_StudyInstanceUID);
  facts.patient_id = text_of(data, DCM_PatientID);
  facts.modality = text_of(data, DCM_Modality);
  if (!keyword.empty()) {
    DcmTag tag;
    if (DcmTag::findTagFromName(keyword.c_str(), tag).good()) facts.label = value_of(data, tag);
  }
}

void check_names(DicomObject& object, const ObjectFacts& facts, const SopClass* row) {
  if (!is_uid(facts.sop_class)) refuse(Code::dcm_007, "the SOP class UID is missing or malformed");
  if (!is_uid(facts.sop)) refuse(Code::dcm_007, "the SOP instance UID is missing or malformed");
  const bool in_study = row == nullptr || row->uid.starts_with("1.1.");
  if (in_study && !is_uid(facts.study)) refuse(Code::dcm_007, "the study instance UID is missing or malformed");
  if (in_study && !is_uid(facts.series)) refuse(Code::dcm_007, "the series instance UID is missing or malformed");
  DcmMetaInfo& meta = *object.file->getMetaInfo();
  const std::string media = text_of(meta, DCM_MediaStorageSOPInstanceUID);
  const std::string media_class = text_of(meta, DCM_MediaStorageSOPClassUID);
  if ((!media.empty() && media != facts.sop) || (!media_class.empty() && media_class != facts.sop_class)) {
    refuse(Code::dcm_008, "file meta information and data set name different objects");
  }
}

void check_hidden_uids(DcmDataset& data, ObjectFacts& facts, const StudyOptions& options) {
  if (options.drop_private) return;
  const HiddenUids hidden = find_hidden_uids(data, mapped_uids(data), nullptr);
  if (!hidden.opaque.empty()) {
    refuse(Code::dcm_073, "a UID that changes stands in the binary value " + hidden.opaque.front(),
           "--drop-private removes private attributes");
  }
  if (!hidden.texts.empty()) facts.notes.push_back({Code::dcm_w08, hidden.texts.front()});
}

/// Reads the pixels as the second pass will, so that nothing is found out after a study was half written.
void examine_pixels(DicomObject& object, ObjectFacts& facts, const SopClass& row, const StudyOptions& options) {
  DcmDataset& data = object.data();
  if (!options.allow_burned_in && !options.looking && text_of(data, DCM_BurnedInAnnotation) == "YES") {
    refuse(Code::dcm_070, "BurnedInAnnotation (0028,0301) is YES",
           "remove the text from the pixels, or add --allow-burned-in");
  }
  const PixelFormat format = read_pixel_format(object);
  read_padding(object, format);
  const std::uint64_t surplus = surplus_bytes(object, format);
  const Image image = decode_image(object, format);
  const ValueScale scale = read_scale(object, format, image);
  Budget any;  // the study's bound is checked with the series' view
  const auto tones = make_tones(object, format, image, scale, scale.view, any, false);
  if (!options.looking && std::ranges::all_of(tones, [](const FrameTone& tone) { return tone.free.empty(); })) {
    refuse(Code::dcm_042, "nothing may change: all pixels are padding, air, or of one value");
  }
  facts.format = format;
  facts.view = scale.view;
  facts.largest_slope = scale.largest_slope;
  facts.hounsfield = scale.hounsfield;
  if (has_constant_border(image, format) && !read_padding(object, format)) facts.notes.push_back({Code::dcm_w05, {}});
  if (surplus > 0 && object.syntax->output != object.syntax->uid) facts.notes.push_back({Code::dcm_w07, {}});
  (void)row;
}

/// What forbids to release an object that can be read.
void check_release(DcmDataset& data, ObjectFacts& facts, std::string_view path, const StudyOptions& options) {
  if (carries_own_record(data)) refuse(Code::dcm_066, "protected by wardmark before", "protect the original");
  if (options.require_deidentified && !says_deidentified(data)) {
    refuse(Code::dcm_071, "PatientIdentityRemoved (0012,0062) is not YES, or no method is named",
           "de-identify it first, or leave --require-deidentified out");
  }
  if (!options.rename_uid) {
    if (!identity_in_path(data, path).empty()) {
      refuse(Code::dcm_074, "a part of the path is the patient's name, number, birth date or the accession number",
             "rename the folder, or add --rename uid");
    }
  }
  check_hidden_uids(data, facts, options);
}

void sort_object(DicomObject& object, ObjectFacts& facts, std::string_view path, const StudyOptions& options) {
  DcmDataset& data = object.data();
  const SopClass* row = find_sop_class(facts.sop_class);
  check_names(object, facts, row);
  facts.notes = identity_remarks(data, row);
  const bool as_asked = !options.looking && std::ranges::binary_search(options.carried_classes, facts.sop_class) &&
                        (row == nullptr || row->fate == Fate::refuse);
  if (row == nullptr && !as_asked) refuse(unlisted_class_code(facts.sop_class), "SOP class " + facts.sop_class);
  if (data.tagExists(DcmTagKey(0x0400, 0x0500))) refuse(Code::dcm_072, "encrypted attributes (0400,0500)");
  if (!as_asked && row->fate == Fate::refuse) refuse(row->code, "SOP class " + std::string(row->name));
  if (!options.looking) check_release(data, facts, path, options);
  if (as_asked) {
    facts.notes.push_back({Code::dcm_w03, row == nullptr ? facts.sop_class : std::string(row->name)});
    facts.as_asked = true;
    facts.fate = Fate::carry;
    return;
  }
  if (row->fate == Fate::carry) {
    if (row->code != Code::bug) facts.notes.push_back({row->code, std::string(row->name)});
  } else {
    examine_pixels(object, facts, *row, options);
  }
  facts.fate = row->fate;
}

void examine_object(ByteView stored, ObjectFacts& facts, std::string_view path, const StudyOptions& options,
                    const std::string& keyword) {
  DicomObject object = read_apart(stored);
  facts.transfer_syntax = object.syntax->uid;
  if (text_of(*object.file->getMetaInfo(), DCM_MediaStorageSOPClassUID) == kDirectoryClass) {
    facts.directory = true;
    facts.sop_class = kDirectoryClass;
    for (const std::string& id : referenced_files(object)) facts.files[id];
    facts.fate = Fate::carry;
    return;
  }
  read_names(object.data(), facts, keyword);
  sort_object(object, facts, path, options);
}

json notes_json(const std::vector<Note>& notes) {
  json list = json::array();
  for (const Note& note : notes) list.push_back({name(note.code), note.detail});
  return list;
}

}  // namespace

bool is_uid(std::string_view text) {
  if (text.empty() || text.size() > 64 || text.front() == '.' || text.back() == '.') return false;
  return text.find_first_not_of("0123456789.") == std::string_view::npos && text.find("..") == std::string_view::npos;
}

void check_carried_classes(const std::vector<std::string>& classes) {
  for (const std::string& uid : classes) {
    if (!is_uid(uid)) throw Error(Code::usage, "--carry-class " + uid + ": no UID", "give the UID of a SOP class");
    const SopClass* row = find_sop_class(uid);
    if (row != nullptr && row->fate != Fate::refuse) {
      throw Error(
          Code::usage,
          "--carry-class " + uid + ": " + std::string(row->name) + " is " + std::string(name(row->fate)) + " as it is",
          "leave it out");
    }
  }
}

ObjectFacts examine(ByteView stored, std::string_view path, const StudyOptions& options,
                    const std::string& label_keyword) {
  ObjectFacts facts;
  try {
    examine_object(stored, facts, path, options, label_keyword);
  } catch (const Error& error) {
    if (error.kind() != Kind::item) throw;
    facts.fate = Fate::refuse;
    facts.directory = false;
    facts.code = error.code();
    facts.reason = error.what();
    facts.hint = error.hint();
    if (facts.study.empty()) facts.study = peek_uid(stored, 0x20, 0x0D);
  }
  facts.content = lane_digest(nullptr, "dicom-file", {}, stored);
  return facts;
}

std::string facts_text(const ObjectFacts& facts) {
  json row{{"fate", name(facts.fate)}};
  if (facts.fate == Fate::refuse) row["why"] = {name(facts.code), facts.reason, facts.hint};
  if (facts.directory) row["files"] = facts.files;
  if (!facts.sop.empty()) row["uids"] = {facts.sop, facts.series, facts.study};
  if (facts.file_set) row["set"] = *facts.file_set;
  if (facts.view) row["view"] = {facts.view->low, facts.view->high};
  if (!facts.notes.empty()) row["notes"] = notes_json(facts.notes);
  return row.dump(-1, ' ', false, json::error_handler_t::replace);
}

ObjectFacts parse_facts(std::string_view text) {
  try {
    const json row = json::parse(text);
    ObjectFacts facts;
    const auto fate = row.at("fate").get<std::string>();
    facts.fate = fate == "protected" ? Fate::protect : fate == "carried" ? Fate::carry : Fate::refuse;
    const auto code = [](const json& value) {
      const CodeInfo* found = find_code(value.get<std::string>());
      if (found == nullptr) throw Error(Code::plan_format, "plan: an unknown code");
      return found->code;
    };
    if (row.contains("why")) {
      facts.code = code(row["why"].at(0));
      facts.reason = row["why"].at(1).get<std::string>();
      facts.hint = row["why"].at(2).get<std::string>();
    }
    if (row.contains("files")) {
      facts.directory = true;
      facts.files = row["files"].get<std::map<std::string, std::vector<std::string>>>();
    }
    if (row.contains("uids")) {
      facts.sop = row["uids"].at(0).get<std::string>();
      facts.series = row["uids"].at(1).get<std::string>();
      facts.study = row["uids"].at(2).get<std::string>();
    }
    if (row.contains("set")) facts.file_set = row["set"].get<std::string>();
    if (row.contains("view")) {
      facts.view = SeriesView{row["view"].at(0).get<double>(), row["view"].at(1).get<double>()};
    }
    if (row.contains("notes")) {
      for (const json& note : row["notes"]) facts.notes.push_back({code(note.at(0)), note.at(1).get<std::string>()});
    }
    return facts;
  } catch (const json::exception&) {
    throw Error(Code::plan_format, "plan: the facts of a DICOM object cannot be read", "make the plan again");
  }
}

void check_keyword(const std::string& keyword) {
  use_dicom_library();
  DcmTag tag;
  if (DcmTag::findTagFromName(keyword.c_str(), tag).bad()) {
    throw Error(Code::usage, "--labels dicom:" + keyword + ": no DICOM attribute of that keyword",
                "for example dicom:BodyPartExamined");
  }
}

}  // namespace wardmark
