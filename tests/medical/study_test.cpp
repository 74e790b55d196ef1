#include "medical/study.h"

#include <doctest/doctest.h>

#include "core/error.h"

using namespace wardmark;

namespace {

StudyObject image(const std::string& id, const std::string& study, const std::string& series, const std::string& sop,
                  SeriesView view = {0, 100}) {
  StudyObject object;
  object.id = id;
  object.facts.fate = Fate::protect;
  object.facts.study = study;
  object.facts.series = series;
  object.facts.sop = sop;
  object.facts.view = view;
  object.facts.format = PixelFormat{};
  object.facts.content[0] = static_cast<std::uint8_t>(id.back());
  return object;
}

StudyObject refused(const std::string& id, const std::string& study) {
  StudyObject object;
  object.id = id;
  object.facts.code = Code::dcm_034;
  object.facts.study = study;
  return object;
}

}  // namespace

TEST_CASE("a refused object holds its own study back, and no other") {
  std::vector<StudyObject> objects = {image("a1", "A", "A1", "1"), refused("a2", "A"), image("b1", "B", "B1", "2"),
                                      refused("c1", "")};
  settle_studies(objects, {});
  CHECK(objects[0].facts.code == Code::dcm_069);
  CHECK(objects[0].facts.fate == Fate::refuse);
  CHECK(objects[0].facts.reason.find("a2") != std::string::npos);
  CHECK(objects[1].facts.code == Code::dcm_034);
  CHECK(objects[2].facts.fate == Fate::protect);
}

TEST_CASE("--skip-refused writes the rest, --strict nothing") {
  StudyOptions skip;
  skip.skip_refused = true;
  std::vector<StudyObject> objects = {image("a1", "A", "A1", "1"), refused("a2", "A")};
  settle_studies(objects, skip);
  CHECK(objects[0].facts.fate == Fate::protect);
  StudyOptions strict;
  strict.strict = true;
  objects = {image("a1", "A", "A1", "1"), image("b1", "B", "B1", "2"), refused("c1", "")};
  settle_studies(objects, strict);
  CHECK(objects[0].facts.code == Code::dcm_069);
  CHECK(objects[1].facts.code == Code::dcm_069);
}

TEST_CASE("who looks alone gets views, and nothing is held back") {
  StudyOptions look;
  look.looking = true;
  std::vector<StudyObject> objects = {image("a1", "A", "A1", "1", {0, 100}), refused("a2", "A"),
                                      image("a3", "A", "A1", "1", {40, 400}), image("a4", "A", "A1", "2", {10, 120})};
  settle_studies(objects, look);
  for (const std::size_t i : {0u, 2u, 3u}) {
    CHECK(objects[i].facts.fate == Fate::protect);
    CHECK(objects[i].facts.view->low == 10);
  }
  settle_studies(objects, {});
  CHECK(objects[0].facts.fate == Fate::refuse);
}

TEST_CASE("slices of a series are seen alike: the median of their windows") {
  std::vector<StudyObject> objects = {image("a1", "A", "A1", "1", {0, 100}), image("a2", "A", "A1", "2", {10, 120}),
                                      image("a3", "A", "A1", "3", {40, 400}), image("b1", "A", "B1", "4", {5, 6})};
  settle_studies(objects, {});
  for (int i = 0; i < 3; ++i) {
    CHECK(objects[static_cast<std::size_t>(i)].facts.view->low == 10);
    CHECK(objects[static_cast<std::size_t>(i)].facts.view->high == 120);
  }
  CHECK(objects[3].facts.view->low == 5);
}

TEST_CASE("a series without a format that half of its images have is refused, one with a few others is not") {
  const auto sized = [](const std::string& id, const std::string& sop, int rows) {
    StudyObject object = image(id, "A", "A1", sop);
    object.facts.format->rows = rows;
    object.facts.format->columns = rows;
    object.facts.modality = "MR";
    return object;
  };
  StudyOptions skip;
  skip.skip_refused = true;
  std::vector<StudyObject> objects = {sized("a1", "1", 10), sized("a2", "2", 20), sized("a3", "3", 30),
                                      image("b1", "B", "B1", "4")};
  settle_studies(objects, skip);
  for (std::size_t i = 0; i < 3; ++i) CHECK(objects[i].facts.code == Code::dcm_061);
  CHECK(objects[3].facts.fate == Fate::protect);
  objects = {sized("a1", "1", 10), sized("a2", "2", 20), sized("a3", "3", 30)};
  for (StudyObject& object : objects) object.facts.modality = "US";
  settle_studies(objects, skip);
  CHECK(objects[0].facts.fate == Fate::protect);
  objects = {sized("a1", "1", 10), sized("a2", "2", 10), sized("a3", "3", 30)};
  settle_studies(objects, skip);
  for (const StudyObject& object : objects) CHECK(object.facts.fate == Fate::protect);
  objects = {sized("a1", "1", 10), sized("a2", "2", 30)};
  settle_studies(objects, skip);
  CHECK(objects[0].facts.fate == Fate::protect);
}

TEST_CASE("one UID on two contents refuses both, on two copies neither") {
  std::vector<StudyObject> objects = {image("a1", "A", "A1", "1"), image("b2", "A", "A1", "1")};
  settle_studies(objects, {});
  CHECK(objects[0].facts.code == Code::dcm_009);
  CHECK(objects[1].facts.code == Code::dcm_009);
  objects = {image("a1", "A", "A1", "1"), image("b1", "A", "A1", "1")};
  settle_studies(objects, {});
  CHECK(objects[0].facts.fate == Fate::protect);
  REQUIRE(objects[1].facts.notes.size() == 1);
  CHECK(objects[1].facts.notes[0].code == Code::dcm_w01);
}

TEST_CASE("a bound below one step of a series refuses it before anything is written") {
  StudyOptions options;
  options.budget.clinical.push_back({0.001, Unit::window});
  std::vector<StudyObject> objects = {image("a1", "A", "A1", "1")};
  settle_studies(objects, options);
  CHECK(objects[0].facts.code == Code::dcm_041);
}

TEST_CASE("a directory keeps the files that are written, and must find all it names") {
  StudyObject directory;
  directory.id = "set/DICOMDIR";
  directory.facts.fate = Fate::carry;
  directory.facts.directory = true;
  directory.facts.files = {{"IM1", {}}, {"IM2", {}}};
  StudyOptions skip;
  skip.skip_refused = true;
  std::vector<StudyObject> objects = {image("set/IM1", "A", "A1", "1"), refused("set/IM2", "A"), directory};
  settle_studies(objects, skip);
  CHECK(objects[2].facts.files == std::map<std::string, std::vector<std::string>>{{"IM1", {"1", "A1", "A"}}});
  CHECK(objects[0].facts.file_set == "set/");
  objects = {image("set/IM1", "A", "A1", "1"), directory};
  settle_studies(objects, skip);
  CHECK(objects[1].facts.code == Code::dcm_062);
  CHECK(objects[0].facts.fate == Fate::protect);
}
