#include "medical/attribute_edit.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <doctest/doctest.h>

#include "medical/header_check.h"
#include "tests/medical/made_object.h"

using namespace wardmark;

namespace {

const SopClass& ct() { return *find_sop_class("1.2.840.10008.5.1.4.1.1.2"); }

UidMap a_map() {
  const std::vector<std::uint8_t> bytes(Subkey::kBytes, 7);
  return UidMap(Subkey(bytes));
}

}  // namespace

TEST_CASE("derivation is added to what is there") {
  DicomObject object = read_object(made_slice([](DcmDataset& data) {
    data.putAndInsertString(DCM_DerivationDescription, "resampled");
    data.putAndInsertString(DCM_SeriesDescription, "THORAX 1.0");
  }));
  DcmDataset& data = object.data();
  record_derivation(data, ct(), true, true);
  CHECK(text_of(data, DCM_ImageType) == "DERIVED\\PRIMARY\\AXIAL");
  CHECK(text_of(data, DCM_DerivationDescription) == "resampled; " + std::string(kDerivation));
  CHECK(text_of(data, DCM_SeriesDescription) == "NOT FOR DIAGNOSIS THORAX 1.0");
  CHECK(text_of(data, DCM_LossyImageCompression) == "01");
  CHECK(carries_own_record(data));
}

TEST_CASE("a long description is cut at a character, and one that cannot be cut gives way") {
  const std::string long_text(60, 'x');
  for (const char* charset : {"ISO_IR 100", "ISO_IR 192", "ISO 2022 IR 87"}) {
    DicomObject object = read_object(made_slice([&](DcmDataset& data) {
      data.putAndInsertString(DCM_SpecificCharacterSet, charset);
      data.putAndInsertString(DCM_SeriesDescription, long_text.c_str());
    }));
    record_derivation(object.data(), ct(), false, true);
    const std::string label = text_of(object.data(), DCM_SeriesDescription);
    CHECK(label.starts_with(kSeriesLabel));
    CHECK(label.size() <= 64);
    CHECK((label.size() == kSeriesLabel.size()) == (std::string_view(charset) == "ISO 2022 IR 87"));
  }
}

TEST_CASE("enhanced objects say it in frame types and equipment alone") {
  DicomObject object = read_object(made_slice([](DcmDataset& data) {
    DcmItem* group = nullptr;
    DcmItem* type = nullptr;
    data.findOrCreateSequenceItem(DCM_SharedFunctionalGroupsSequence, group, 0);
    group->findOrCreateSequenceItem(DCM_CTImageFrameTypeSequence, type, 0);
    type->putAndInsertString(DCM_FrameType, "ORIGINAL\\PRIMARY\\VOLUME\\NONE");
  }));
  record_derivation(object.data(), *find_sop_class("1.2.840.10008.5.1.4.1.1.2.1"), false, false);
  DcmItem* group = nullptr;
  DcmItem* type = nullptr;
  object.data().findAndGetSequenceItem(DCM_SharedFunctionalGroupsSequence, group);
  REQUIRE(group != nullptr);
  group->findAndGetSequenceItem(DCM_CTImageFrameTypeSequence, type);
  REQUIRE(type != nullptr);
  CHECK(text_of(*type, DCM_FrameType) == "DERIVED\\PRIMARY\\VOLUME\\NONE");
  CHECK(text_of(object.data(), DCM_DerivationDescription).empty());
}

TEST_CASE("the original is named where it was asked for, and nowhere else may differ") {
  const SourceImage source{"1.2.840.10008.5.1.4.1.1.2", "1.2.3", "1.2.4", "1.2.5"};
  const auto grouped = [](int derived) {
    return made_slice([=](DcmDataset& data) {
      DcmItem* group = nullptr;
      data.findOrCreateSequenceItem(DCM_SharedFunctionalGroupsSequence, group, 0);
      group->putAndInsertString(DCM_FrameComments, "shared");
      for (int frame = 0; frame < 2; ++frame) {
        DcmItem* own = nullptr;
        DcmItem* macro = nullptr;
        data.findOrCreateSequenceItem(DCM_PerFrameFunctionalGroupsSequence, own, frame);
        own->putAndInsertString(DCM_FrameComments, "own");
        if (derived > 0) own->findOrCreateSequenceItem(DCM_DerivationImageSequence, macro, 0);
      }
    });
  };
  const auto count = [](DcmItem* item, const DcmTagKey& tag) {
    DcmSequenceOfItems* sequence = nullptr;
    if (item == nullptr || item->findAndGetSequence(tag, sequence).bad() || sequence == nullptr) return 0UL;
    return sequence->card();
  };
  const auto item = [](DcmItem& data, const DcmTagKey& tag, long place = 0) {
    DcmItem* found = nullptr;
    data.findAndGetSequenceItem(tag, found, place);
    return found;
  };
  const UidMap map = a_map();
  for (const int kind : {0, 1, 2}) {  // plain, enhanced, enhanced with the macro in its frames
    CAPTURE(kind);
    const Bytes file = kind == 0 ? made_slice() : grouped(kind - 1);
    DicomObject before = read_object(file);
    DicomObject after = read_object(file);
    DcmDataset& data = after.data();
    map_uids(data, map);
    const SopClass& row = kind == 0 ? ct() : *find_sop_class("1.2.840.10008.5.1.4.1.1.2.1");
    record_source(data, row, source);
    HeaderRules rules;
    rules.changed_pixels = true;
    CHECK_FALSE(header_difference(before.data(), data, rules, map).empty());
    rules.source_recorded = true;
    CHECK(header_difference(before.data(), data, rules, map).empty());
    CHECK(count(&data, DCM_SourceImageSequence) == (kind == 0 ? 1 : 0));
    CHECK(count(&data, DCM_SourceImageEvidenceSequence) == (kind == 0 ? 0 : 1));
    if (kind == 0) {
      CHECK(text_of(*item(data, DCM_SourceImageSequence), DCM_ReferencedSOPInstanceUID) == "1.2.3");
      continue;
    }
    CHECK(count(item(data, DCM_SharedFunctionalGroupsSequence), DCM_DerivationImageSequence) == (kind == 1 ? 1 : 0));
    for (const long frame : {0L, 1L}) {
      CHECK(count(item(data, DCM_PerFrameFunctionalGroupsSequence, frame), DCM_DerivationImageSequence) ==
            (kind == 1 ? 0 : 2));
    }
    DcmItem* study = item(data, DCM_SourceImageEvidenceSequence);
    CHECK(text_of(*study, DCM_StudyInstanceUID) == "1.2.5");
    CHECK(text_of(*item(*study, DCM_ReferencedSeriesSequence), DCM_SeriesInstanceUID) == "1.2.4");
  }
}

TEST_CASE("icons, signatures and private bulk go at any depth, small private values stay") {
  DicomObject object = read_object(made_slice([](DcmDataset& data) {
    DcmItem* item = nullptr;
    data.findOrCreateSequenceItem(DCM_ReferencedImageSequence, item, 0);
    DcmItem* icon = nullptr;
    item->findOrCreateSequenceItem(DCM_IconImageSequence, icon, 0);
    icon->putAndInsertUint16(DCM_Rows, 8);
    const std::vector<Uint8> big(5000, 1);
    data.putAndInsertString(DcmTag(0x0009, 0x0010, EVR_LO), "TEST");
    data.putAndInsertUint8Array(DcmTag(0x0009, 0x1001, EVR_OB), big.data(), 5000);
    data.putAndInsertUint8Array(DcmTag(0x0009, 0x1002, EVR_OB), big.data(), 100);
    DcmItem* signature = nullptr;
    data.findOrCreateSequenceItem(DcmTag(0xFFFA, 0xFFFA, EVR_SQ), signature, 0);
  }));
  const auto notes = remove_leaks(object.data(), {});
  CHECK(notes == std::vector<Note>{{Code::dcm_w02, {}}, {Code::dcm_w16, {}}});
  CHECK_FALSE(object.data().tagExists(DcmTagKey(0x0009, 0x1001)));
  CHECK(object.data().tagExists(DcmTagKey(0x0009, 0x1002)));
  CHECK_FALSE(object.data().tagExists(DCM_IconImageSequence, OFTrue));
  Removals all;
  all.private_data = true;
  remove_leaks(object.data(), all);
  CHECK_FALSE(object.data().tagExists(DcmTagKey(0x0009, 0x1002)));
}

TEST_CASE("the header check lets the list pass and nothing else") {
  const Bytes file = made_slice();
  const UidMap map = a_map();
  HeaderRules changed;
  changed.changed_pixels = true;
  const auto difference = [&](const HeaderRules& rules, const std::function<void(DcmDataset&)>& edit) {
    DicomObject before = read_object(file);
    DicomObject after = read_object(file);
    map_uids(after.data(), map);
    edit(after.data());
    return header_difference(before.data(), after.data(), rules, map);
  };
  const auto record = [](DcmDataset& data) { record_derivation(data, ct(), false, true); };
  CHECK(difference(changed, record).empty());
  CHECK_FALSE(difference({}, record).empty());
  CHECK(difference({}, [](DcmDataset&) {}).empty());
  CHECK(difference(changed, [](DcmDataset& data) { data.putAndInsertString(DCM_WindowWidth, "402"); }) ==
        "(0028,1051): differs");
  CHECK(difference(changed, [](DcmDataset& data) { data.putAndInsertString(DCM_PatientName, "Rubo DEMO2"); }) ==
        "(0010,0010): differs");
  CHECK(difference(changed, [](DcmDataset& data) { data.findAndDeleteElement(DCM_RescaleSlope); }) ==
        "(0028,1053): is missing");
  CHECK(difference(changed, [](DcmDataset& data) { data.putAndInsertString(DCM_StudyID, "1"); }) ==
        "(0020,0010): is new");
  CHECK(difference(changed, [](DcmDataset& data) { data.putAndInsertString(DCM_StudyInstanceUID, "1.2.3.4"); }) ==
        "(0020,000d): differs");
}
