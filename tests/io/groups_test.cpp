#include "io/groups.h"

#include "tests/io/scratch.h"

using namespace wardmark;

namespace {

std::vector<PlanItem> three_items() {
  std::vector<PlanItem> items;
  for (const char* id : {"a.png", "b.png", "c.png"})
    items.push_back({id, 0, 1, digest(nullptr, "t", {bytes_of(id)}), {}});
  return items;
}

std::filesystem::path csv(const Scratch& scratch, const char* text) {
  const std::filesystem::path file = scratch / "groups.csv";
  write_file(file, bytes_of(text), 0600);
  return file;
}

}  // namespace

TEST_CASE("groups: a file of their own, or a column of the label file") {
  const Scratch scratch;
  std::vector<PlanItem> items = three_items();
  const auto file = csv(scratch, "path,group,Patient No,label\na.png,g1,7,x\nb.png,g1,8,x\nc.png,g2,8,y\n");
  assign_groups(file.native(), {}, items);
  CHECK(items[0].group == "g1");
  CHECK(items[1].group == "g1");
  CHECK(items[2].group == "g2");
  assign_groups("patient no", parse_label_source(file.native()), items);
  CHECK(items[0].group == "7");
  CHECK(items[1].group == "8");
  CHECK(items[2].group == "8");
}

TEST_CASE("groups: what is refused") {
  const Scratch scratch;
  std::vector<PlanItem> items = three_items();
  refusal(Code::usage, [&] { assign_groups("patient", {}, items); });
  refusal(Code::usage, [&] { assign_groups("patient", parse_label_source("l.json"), items); });
  const auto given = [&](const char* text) {
    return refusal(Code::labels_format, [&] { assign_groups(csv(scratch, text).native(), {}, items); });
  };
  CHECK(contains(given("path,group\na.png,1\nb.png,1\n"), "no row for c.png"));
  CHECK(contains(given("path,group\na.png,1\nb.png,\nc.png,1\n"), "no group for b.png"));
  CHECK(contains(given("path,group\na.png,1\na.png,2\nb.png,1\nc.png,1\n"), "several groups for a.png"));
  CHECK(contains(given("path,patient\na.png,1\n"), "no column 'group'"));
  items[2].input = items[0].input;
  CHECK(contains(given("path,group\na.png,1\nb.png,1\nc.png,2\n"), "the same file in two groups"));
  const auto file = csv(scratch, "path,group\na.png,1\nb.png,2\nc.png,1\n");
  assign_groups(file.native(), {}, items);
  CHECK(items[2].group == "1");
}
