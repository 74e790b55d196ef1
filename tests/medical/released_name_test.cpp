#include "medical/released_name.h"

#include <doctest/doctest.h>

using namespace wardmark;

namespace {

ObjectFacts image_facts() {
  ObjectFacts facts;
  facts.fate = Fate::protect;
  facts.study = "1.2.3.4.5";
  facts.series = "1.2.3.4.5.6";
  facts.sop = "1.2.3.4.5.6.7";
  return facts;
}

const UidMap kMap{Subkey{}};

}  // namespace

TEST_CASE("names that hold a UID get the new one, longer numbers are left alone") {
  const ObjectFacts facts = image_facts();
  CHECK(released_name("a/IM1.dcm", facts, false, kMap) == "a/IM1.dcm");
  CHECK(released_name("1.2.3.4.5/CT.1.2.3.4.5.6.7.dcm", facts, false, kMap) ==
        kMap("1.2.3.4.5") + "/CT." + kMap("1.2.3.4.5.6.7") + ".dcm");
  CHECK(released_name("1.2.3.4.5.9/x", facts, false, kMap) == "1.2.3.4.5.9/x");
}

TEST_CASE("renamed files lie by study and series, those of a DICOMDIR beside it") {
  ObjectFacts facts = image_facts();
  CHECK(released_name("Doe/IM1", facts, true, kMap) ==
        kMap(facts.study) + "/" + kMap(facts.series) + "/" + kMap(facts.sop) + ".dcm");

  ObjectFacts directory;
  directory.fate = Fate::carry;
  directory.directory = true;
  directory.files = {{"DATA/IM1", {facts.sop, facts.series, facts.study}}};
  for (const std::string folder : {"", "Doe/", "disks/one/"}) {
    CAPTURE(folder);
    facts.file_set = folder;
    const std::string list = released_name(folder + "DICOMDIR", directory, true, kMap);
    const std::string file = released_name(folder + "DATA/IM1", facts, true, kMap);
    const std::string place = list.substr(0, list.size() - std::string("DICOMDIR").size());
    CHECK(list.ends_with("DICOMDIR"));
    CHECK(place.empty() == folder.empty());
    CHECK(list.find("Doe") == std::string::npos);
    CHECK(place + released_file_ids(directory, true, kMap).at("DATA/IM1") == file);
  }
  CHECK(released_file_ids(directory, false, kMap).at("DATA/IM1") == "DATA/IM1");
}
