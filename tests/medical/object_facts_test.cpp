#include "medical/object_facts.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <functional>
#include <string>

#include "core/error.h"
#include "io/atomic_file.h"
#include "medical/attribute_edit.h"
#include "tests/medical/made_object.h"

using namespace wardmark;

namespace {

ObjectFacts facts_of(const Bytes& file, std::string_view path = "a.dcm", const StudyOptions& options = {}) {
  return examine(file, path, options, {});
}

/// The code a slice is refused with after an edit; Code::bug when it is not refused.
Code code_after(const std::function<void(DcmDataset&)>& edit) {
  const ObjectFacts facts = facts_of(made_slice(edit));
  return facts.fate == Fate::refuse ? facts.code : Code::bug;
}

std::function<void(DcmDataset&)> text(const DcmTagKey& tag, const char* value) {
  return [=](DcmDataset& data) { data.putAndInsertString(tag, value); };
}
std::function<void(DcmDataset&)> number(const DcmTagKey& tag, int value) {
  return [=](DcmDataset& data) { data.putAndInsertUint16(tag, static_cast<Uint16>(value)); };
}
std::function<void(DcmDataset&)> without(const DcmTagKey& tag) {
  return [=](DcmDataset& data) { data.findAndDeleteElement(tag); };
}

/// The same file with another transfer syntax in its meta information, which is of explicit little endian.
Bytes in_syntax(const Bytes& file, std::string uid) {
  const std::string_view whole = text_of(ByteView(file));
  const std::size_t value = whole.find("1.2.840.10008.1.2.1");
  if (uid.size() % 2 != 0) uid += '\0';
  const std::size_t old = 20;
  Bytes out(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(value));
  out[value - 2] = static_cast<std::uint8_t>(uid.size());
  out[140] = static_cast<std::uint8_t>(out[140] + uid.size() - old);  // length of group 2
  out.insert(out.end(), uid.begin(), uid.end());
  out.insert(out.end(), file.begin() + static_cast<std::ptrdiff_t>(value + old), file.end());
  return out;
}

}  // namespace

TEST_CASE("a sound slice is protected") {
  const ObjectFacts facts = facts_of(made_slice());
  CHECK(facts.fate == Fate::protect);
  CHECK(facts.sop == "1.2.3.4.5");
  CHECK(facts.study == "1.2.3.4");
  CHECK(facts.hounsfield);
}

TEST_CASE("every contradiction in a header has its code") {
  struct Row {
    const char* what;
    std::function<void(DcmDataset&)> edit;
    Code code;
  };
  const Row rows[] = {
      {"no pixel data", without(DCM_PixelData), Code::dcm_030},
      {"32 bits", number(DCM_BitsAllocated, 32), Code::dcm_032},
      {"0 bits", number(DCM_BitsAllocated, 0), Code::dcm_032},
      {"stored 0", number(DCM_BitsStored, 0), Code::dcm_033},
      {"high bit 30", number(DCM_HighBit, 30), Code::dcm_033},
      {"representation 2", number(DCM_PixelRepresentation, 2), Code::dcm_033},
      {"samples 0", number(DCM_SamplesPerPixel, 0), Code::dcm_034},
      {"photometric", text(DCM_PhotometricInterpretation, "HSV"), Code::dcm_034},
      {"no photometric", without(DCM_PhotometricInterpretation), Code::dcm_034},
      {"palette", text(DCM_PhotometricInterpretation, "PALETTE COLOR"), Code::dcm_035},
      {"rows 0", number(DCM_Rows, 0), Code::dcm_036},
      {"no rows", without(DCM_Rows), Code::dcm_036},
      {"rows 65535", number(DCM_Rows, 65535), Code::dcm_036},
      {"frames 1A", text(DCM_NumberOfFrames, "1A"), Code::dcm_036},
      {"frames 0", text(DCM_NumberOfFrames, "0"), Code::dcm_036},
      {"frames 1e9", text(DCM_NumberOfFrames, "1000000000"), Code::dcm_006},
      {"slope 0", text(DCM_RescaleSlope, "0"), Code::dcm_039},
      {"burned in", text(DCM_BurnedInAnnotation, "YES"), Code::dcm_070},
      {"no SOP UID", without(DCM_SOPInstanceUID), Code::dcm_007},
      {"bad study UID", text(DCM_StudyInstanceUID, "1..2"), Code::dcm_007},
      {"private class", text(DCM_SOPClassUID, "1.3.12.2.1107.5.9.1"), Code::dcm_051},
      {"raw data", text(DCM_SOPClassUID, "1.2.840.10008.5.1.4.1.1.66"), Code::dcm_054},
      {"slide", text(DCM_SOPClassUID, "1.2.840.10008.5.1.4.1.1.77.1.6"), Code::dcm_052},
      {"PDF", text(DCM_SOPClassUID, "1.2.840.10008.5.1.4.1.1.104.1"), Code::dcm_053},
      {"parametric map", text(DCM_SOPClassUID, "1.2.840.10008.5.1.4.1.1.30"), Code::dcm_050},
      {"constant",
       [](DcmDataset& data) {
         const std::vector<Uint16> words(256, 7);
         data.putAndInsertUint16Array(DCM_PixelData, words.data(), 256);
       },
       Code::dcm_042},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    CHECK(name(code_after(row.edit)) == name(row.code));
  }
}

TEST_CASE("a transfer syntax that is not ours is refused, not read as another one") {
  Bytes file = made_slice();
  const std::string text(text_of(ByteView(file)));
  const std::size_t at = text.find("1.2.840.10008.1.2.1");
  REQUIRE(at != std::string::npos);
  Bytes unknown = file;
  std::memcpy(unknown.data() + at, "1.2.840.10008.1.2.9", 19);
  CHECK(facts_of(unknown).code == Code::dcm_020);
  std::memcpy(unknown.data() + at, "1.3.840.10008.1.2.1", 19);
  CHECK(facts_of(unknown).code == Code::dcm_020);
}

TEST_CASE("syntaxes that DCMTK takes for explicit little endian are refused by name") {
  struct Row {
    const char* uid;
    const char* name;
  };
  const Row rows[] = {{"1.2.840.10008.1.2.4.110", "JPEG XL"}, {"1.2.840.10008.1.2.4.111", "JPEG XL"},
                      {"1.2.840.10008.1.2.4.112", "JPEG XL"}, {"1.2.840.10008.1.2.4.201", "HTJ2K"},
                      {"1.2.840.10008.1.2.4.202", "HTJ2K"},   {"1.2.840.10008.1.2.4.203", "HTJ2K"},
                      {"1.2.840.10008.1.2.8.1", "deflated"}};
  for (const Row& row : rows) {
    CAPTURE(row.uid);
    // An image, and a report, which could be carried.
    for (const char* sop_class : {"1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.88.11"}) {
      const ObjectFacts facts = facts_of(in_syntax(made_slice(text(DCM_SOPClassUID, sop_class)), row.uid));
      CHECK(facts.fate == Fate::refuse);
      CHECK(facts.code == Code::dcm_020);
      CHECK(facts.reason.find(row.name) != std::string::npos);
    }
  }
}

TEST_CASE("real files in such syntaxes are refused by name") {
  const std::filesystem::path folder = std::filesystem::path(WARDMARK_DATA) / "dicom";
  if (!std::filesystem::exists(folder)) {
    MESSAGE("skipped: no real material");
    return;
  }
  const ObjectFacts high_throughput = facts_of(read_file(folder / "ts" / "misc" / "HTJ2K_08_RGB.dcm"));
  CHECK(high_throughput.code == Code::dcm_020);
  CHECK(high_throughput.reason.find("HTJ2K") != std::string::npos);
  const ObjectFacts xl = facts_of(read_file(folder / "made" / "jpegxl_stub.dcm"));
  CHECK(xl.code == Code::dcm_020);
  CHECK(xl.reason.find("JPEG XL") != std::string::npos);
}

TEST_CASE("--require-deidentified asks for the statement and a method") {
  StudyOptions required;
  required.require_deidentified = true;
  const auto code = [&](const std::function<void(DcmDataset&)>& edit) {
    const ObjectFacts facts = facts_of(made_slice(edit), "a.dcm", required);
    return facts.fate == Fate::refuse ? facts.code : Code::bug;
  };
  CHECK(code({}) == Code::dcm_071);
  CHECK(code(text(DCM_PatientIdentityRemoved, "YES")) == Code::dcm_071);
  CHECK(code(text(DCM_DeidentificationMethod, "by hand")) == Code::dcm_071);
  CHECK(code([](DcmDataset& data) {
          data.putAndInsertString(DCM_PatientIdentityRemoved, "YES");
          data.putAndInsertString(DCM_DeidentificationMethod, "by hand");
        }) == Code::bug);
  CHECK(code([](DcmDataset& data) {
          data.putAndInsertString(DCM_PatientIdentityRemoved, "YES");
          DcmItem* item = nullptr;
          data.findOrCreateSequenceItem(DCM_DeidentificationMethodCodeSequence, item, -2);
          item->putAndInsertString(DCM_CodeValue, "113100");
        }) == Code::bug);
}

TEST_CASE("files that are no DICOM, and cut ones") {
  CHECK(facts_of({}).code == Code::dcm_001);
  const std::string words(1000, 'x');
  Bytes other(words.begin(), words.end());
  CHECK(facts_of(other).code == Code::dcm_001);
  const Bytes file = made_slice();
  Bytes cut(file.begin(), file.end() - 100);
  CHECK(facts_of(cut).code == Code::dcm_002);
  CHECK(facts_of(cut).study == "1.2.3.4");  // its study is known all the same
  Bytes bare(file.begin() + 132, file.end());
  CHECK(facts_of(bare).code == Code::dcm_010);
}

TEST_CASE("a path that names the patient is refused unless files are renamed") {
  const Bytes file = made_slice();
  CHECK(facts_of(file, "RUBO^DEMO/ct/1.dcm").code == Code::dcm_074);
  CHECK(facts_of(file, "ct/rubo_demo.dcm").code == Code::dcm_074);
  CHECK(facts_of(file, "rubo/1.dcm").fate == Fate::protect);
  StudyOptions rename;
  rename.rename_uid = true;
  CHECK(facts_of(file, "RUBO^DEMO/ct/1.dcm", rename).fate == Fate::protect);
}

TEST_CASE("what was protected once is not protected again") {
  DicomObject object = read_object(made_slice());
  record_derivation(object.data(), *find_sop_class("1.2.840.10008.5.1.4.1.1.2"), false, true);
  CHECK(facts_of(write_object(object, kExplicit)).code == Code::dcm_066);
}

TEST_CASE("--carry-class carries a class that is refused, and no other") {
  const auto of_class = [](const char* uid) { return made_slice(text(DCM_SOPClassUID, uid)); };
  const char* const raw = "1.2.840.10008.5.1.4.1.1.66";
  const char* const own = "1.3.12.2.1107.5.9.1";
  StudyOptions options;
  CHECK(facts_of(of_class(raw), "a.dcm", options).code == Code::dcm_054);
  CHECK(facts_of(of_class(own), "a.dcm", options).code == Code::dcm_051);
  options.carried_classes = {raw, own};
  for (const char* uid : {raw, own}) {
    const ObjectFacts facts = facts_of(of_class(uid), "a.dcm", options);
    CHECK(facts.fate == Fate::carry);
    CHECK(facts.as_asked);
    CHECK(std::ranges::count(facts.notes, Code::dcm_w03, &Note::code) == 1);
  }
  CHECK(facts_of(of_class("1.2.840.10008.5.1.4.1.1.4.2"), "a.dcm", options).code == Code::dcm_054);
  CHECK(facts_of(made_slice(), "a.dcm", options).fate == Fate::protect);
  CHECK_NOTHROW(check_carried_classes({raw, own}));
  for (const char* uid : {"1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.66.4", "1..2", "raw", ""}) {
    CHECK_THROWS_AS(check_carried_classes({uid}), Error);
  }
  options.looking = true;
  CHECK(facts_of(of_class(raw), "a.dcm", options).fate == Fate::refuse);
}

TEST_CASE("facts come back from their text") {
  ObjectFacts facts = facts_of(made_slice());
  facts.file_set = "set/";
  const ObjectFacts back = parse_facts(facts_text(facts));
  CHECK(back.fate == facts.fate);
  CHECK(back.sop == facts.sop);
  CHECK(back.notes == facts.notes);
  CHECK(back.view->low == facts.view->low);
  CHECK(facts_text(back) == facts_text(facts));
  CHECK_THROWS_AS(parse_facts("{}"), Error);
}
