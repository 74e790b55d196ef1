#include "io/keywords.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/error.h"
#include "exif_block.h"
#include "sample_images.h"
#include "sample_tiffs.h"

using namespace wardmark;
using namespace wardmark::tests;

namespace {

using Words = std::vector<std::string>;

Bytes iptc_record(const Words& words) {
  Bytes record;
  for (const std::string& word : words) {
    for (const int byte : {0x1C, 2, 25, 0, static_cast<int>(word.size())})
      record.push_back(static_cast<std::uint8_t>(byte));
    const Bytes text = text_bytes(word);
    record.insert(record.end(), text.begin(), text.end());
  }
  return record;
}

}  // namespace

TEST_CASE("subjects are read from any packet, with references to characters") {
  const Bytes packet = text_bytes(
      "noise <dc:subject>\n<rdf:Bag><rdf:li>cat</rdf:li>\n<rdf:li xml:lang='x'> salt &amp; pepper </rdf:li><rdf:li/>"
      "</rdf:Bag></dc:subject> more <dc:subject><rdf:li>dog</rdf:li></dc:subject>");
  CHECK(xmp_subjects(packet) == Words{"cat", "salt & pepper", "dog"});
  CHECK(xmp_subjects(text_bytes("<dc:subject><rdf:li>never closed")).empty());
  CHECK(xmp_subjects({}).empty());
}

TEST_CASE("IPTC keywords are read from Photoshop resources and TIFF tags, Latin-1 too") {
  const Bytes record = iptc_record({"cat", "caf\xE9", "na\xC3\xAFve"});
  Bytes resource =
      text_bytes(std::string_view("Photoshop 3.0\0"
                                  "8BIM\x04\x04\0\0\0\0\0",
                                  25));
  resource.push_back(static_cast<std::uint8_t>(record.size()));
  resource.insert(resource.end(), record.begin(), record.end());
  JpegRecipe recipe;
  recipe.segments = {{0xED, resource}};
  const Words wanted = {"cat", "caf\xC3\xA9", "na\xC3\xAFve"};
  CHECK(iptc_keywords(sample_jpeg(sample_image(16, 16, 3, 8), recipe)) == wanted);
  TiffRecipe tiff;
  Bytes padded = record;
  while (padded.size() % 4 != 0) padded.push_back(0);
  tiff.blobs = {{33723, padded}};
  CHECK(iptc_keywords(sample_tiff({sample_image(16, 16, 3, 8)}, tiff)) == wanted);
  for (std::size_t n = 0; n < resource.size(); ++n) CHECK_NOTHROW(iptc_keywords(ByteView(resource).first(n)));
}

TEST_CASE("the first keyword that is a class labels an item; without one it leaves") {
  Survey survey;
  for (const char* id : {"a.jpg", "b.jpg", "c.jpg"}) {
    Item item;
    item.id = id;
    survey.items.push_back(item);
  }
  const LabelSource source = parse_label_source("xmp:dc:subject");
  CHECK(source.from == LabelSource::From::keywords);
  const auto files = [](const Item& item) {
    std::vector<Bytes> found = {text_bytes("no packet")};
    if (item.id == "a.jpg")
      found.push_back(
          text_bytes("<dc:subject><rdf:li>summer</rdf:li><rdf:li>dog</rdf:li><rdf:li>cat</rdf:li></dc:subject>"));
    if (item.id == "c.jpg") found.push_back(text_bytes("<dc:subject><rdf:li>summer</rdf:li></dc:subject>"));
    return found;
  };
  Survey other = survey;
  label_by_keywords(source, {"cat", "dog"}, files, survey);
  REQUIRE(survey.items.size() == 1);
  CHECK(survey.items[0].label == "dog");
  REQUIRE(survey.companions.size() == 2);
  CHECK(survey.companions[0].code == Code::left_unlabelled);
  try {
    label_by_keywords(source, {"horse"}, files, other);
    FAIL("nothing was thrown");
  } catch (const Error& error) {
    CHECK(error.code() == Code::labels_format);
    CHECK(error.hint().find("summer") != std::string::npos);
  }
}
