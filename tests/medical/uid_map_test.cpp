#include "medical/uid_map.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <doctest/doctest.h>

#include "core/error.h"
#include "tests/medical/made_object.h"

using namespace wardmark;

namespace {

Subkey key_of(std::uint8_t fill) {
  const std::vector<std::uint8_t> bytes(Subkey::kBytes, fill);
  return Subkey(bytes);
}

}  // namespace

TEST_CASE("a UID becomes one of 2.25 with version 8, another one under another key") {
  const UidMap map(key_of(1));
  const std::string uid = map("1.2.3");
  CHECK(uid.starts_with("2.25."));
  CHECK(uid.size() <= 44);
  CHECK(uid.find_first_not_of("0123456789.") == std::string::npos);
  CHECK(uid[5] != '0');
  CHECK(uid == map("1.2.3"));
  CHECK(uid != map("1.2.4"));
  CHECK(uid != UidMap(key_of(2))("1.2.3"));
  // Pinned: a release must come out the same with every later version.
  CHECK(uid == UidMap(key_of(1))("1.2.3"));
}

TEST_CASE("instances are mapped at any depth, classes stay") {
  const Bytes file = made_slice([](DcmDataset& data) {
    DcmItem* item = nullptr;
    data.findOrCreateSequenceItem(DCM_ReferencedImageSequence, item, 0);
    item->putAndInsertString(DCM_ReferencedSOPClassUID, "1.3.12.2.1107.5.9.1");
    item->putAndInsertString(DCM_ReferencedSOPInstanceUID, "1.2.3.4.77");
    DcmItem* inner = nullptr;
    item->findOrCreateSequenceItem(DCM_PurposeOfReferenceCodeSequence, inner, 0);
    inner->putAndInsertString(DCM_ContextUID, "1.2.99");
    data.putAndInsertString(DcmTag(0x0020, 0x9165, EVR_UI), "1.2.3.4.8\\1.2.840.10008.1.1\\1.2.3.4.9");
  });
  DicomObject object = read_object(file);
  const UidMap map(key_of(3));
  const auto replaced = map_uids(object.data(), map);
  CHECK(replaced ==
        std::vector<std::string>{"1.2.3.4", "1.2.3.4.1", "1.2.3.4.5", "1.2.3.4.77", "1.2.3.4.8", "1.2.3.4.9"});
  CHECK(text_of(object.data(), DCM_SOPClassUID) == "1.2.840.10008.5.1.4.1.1.2");
  CHECK(text_of(object.data(), DCM_StudyInstanceUID) == map("1.2.3.4"));
  CHECK(text_of(object.data(), DcmTagKey(0x0020, 0x9165)) ==
        map("1.2.3.4.8") + "\\1.2.840.10008.1.1\\" + map("1.2.3.4.9"));
  DcmItem* item = nullptr;
  object.data().findAndGetSequenceItem(DCM_ReferencedImageSequence, item);
  REQUIRE(item != nullptr);
  CHECK(text_of(*item, DCM_ReferencedSOPClassUID) == "1.3.12.2.1107.5.9.1");
  CHECK(text_of(*item, DCM_ReferencedSOPInstanceUID) == map("1.2.3.4.77"));
  CHECK(mapped_uids(object.data()).size() == 6);  // the new ones would be mapped again
}

TEST_CASE("UIDs of standard elements that are stored as UN are seen") {
  Bytes file = made_slice();
  // Frame of Reference UID (0020,0052) turned to UN, which has a longer header.
  const std::string tag("\x20\x00\x52\x00UI", 6);
  const std::string text(text_of(ByteView(file)));
  const std::size_t at = text.find(tag);
  REQUIRE(at != std::string::npos);
  std::string changed = text.substr(0, at) + std::string("\x20\x00\x52\x00UN\0\0", 8) + text[at + 6] +
                        std::string("\0\0\0", 3) + text.substr(at + 8);
  DicomObject object = read_object(bytes_of(changed));
  map_uids(object.data(), UidMap(key_of(4)));
  CHECK(text_of(object.data(), DCM_FrameOfReferenceUID) == UidMap(key_of(4))("1.2.3.4.9"));
}

TEST_CASE("UIDs hidden in private binary values are found, and mapped where they stand alone") {
  const auto with = [](std::string value) {
    return made_slice([value](DcmDataset& data) {
      data.putAndInsertString(DcmTag(0x0009, 0x0010, EVR_LO), "TEST");
      data.putAndInsertUint8Array(DcmTag(0x0009, 0x1001, EVR_OB), reinterpret_cast<const Uint8*>(value.data()),
                                  static_cast<unsigned long>(value.size()));
    });
  };
  const UidMap map(key_of(5));
  DicomObject alone = read_object(with(std::string("1.2.3.4.5\0", 10)));
  CHECK(find_hidden_uids(alone.data(), {"1.2.3.4.5"}, &map).opaque.empty());
  Uint8* bytes = nullptr;
  DcmElement* element = nullptr;
  alone.data().findAndGetElement(DcmTagKey(0x0009, 0x1001), element);
  element->getUint8Array(bytes);
  CHECK(std::string(reinterpret_cast<char*>(bytes), map("1.2.3.4.5").size()) == map("1.2.3.4.5"));
  DicomObject inside = read_object(with("xx1.2.3.4.5yyy"));
  CHECK(find_hidden_uids(inside.data(), {"1.2.3.4.5"}, nullptr).opaque == std::vector<std::string>{"(0009,1001)"});
}
