#include "io/labels.h"

#include <filesystem>

#include "tests/io/scratch.h"

using namespace wardmark;

namespace {

std::vector<Item> items_of(std::initializer_list<std::pair<const char*, int>> classes) {
  std::vector<Item> items;
  for (const auto& [label, count] : classes) {
    for (int i = 0; i < count; ++i) items.push_back({std::string(label) + "/" + std::to_string(i), label, 1, true});
  }
  return items;
}

std::string label_in(const LabelTable& table, std::string_view id) {
  const LabelTable::Row* row = table.find(id);
  return row == nullptr ? "(none)" : row->label;
}

}  // namespace

TEST_CASE("the class by folders") {
  CHECK(folder_label(parse_label_source("folder"), "cat/x/1.png") == "cat");
  CHECK(folder_label(parse_label_source("folder:first"), "cat/x/1.png") == "cat");
  CHECK(folder_label(parse_label_source("folder:leaf"), "cat/x/1.png") == "x");
  CHECK(folder_label(parse_label_source("folder:2"), "train/dog/x/1.png") == "dog");
  CHECK(folder_label(parse_label_source("folder:3"), "train/dog/1.png") == "");
  CHECK(folder_label(parse_label_source("folder"), "1.png") == "");
  CHECK(folder_label(parse_label_source("folder"), "50%25/1.png") == "50%");
  CHECK(folder_label(parse_label_source("folder"), "%2525/1.png") == "%25");
}

TEST_CASE("sources are read from their text") {
  CHECK(parse_label_source("none").from == LabelSource::From::none);
  CHECK(parse_label_source("x/l.CSV").from == LabelSource::From::file);
  CHECK(parse_label_source("l.json").file == "l.json");
  for (const char* text : {"folder:0", "folder:-1", "folder:", "folder:2x", "folder:99999999999", "labels", "l.xlsx"}) {
    CAPTURE(text);
    refusal(Code::usage, [&] { parse_label_source(text); });
  }
}

TEST_CASE("label CSV: order of columns, other columns, backslashes, escapes, NFC") {
  const LabelTable table = parse_label_csv(
      "Label;id;Path\r\ncat;1;a\\b\\1.png\r\n"
      "e\xCC\x81t\xC3\xA9;2;./c//e\xCC\x81.png\r\n\"a;b\";3;100%\xFF.png\r\n");
  CHECK(label_in(table, "a/b/1.png") == "cat");
  CHECK(label_in(table, "c/\xC3\xA9.png") == "\xC3\xA9t\xC3\xA9");
  CHECK(label_in(table, "100%25%FF.png") == "a;b");
  CHECK(label_in(table, "a\\b/1.png") == "cat");  // a file whose own name holds '\'
  CHECK(label_in(table, "a/1.png") == "(none)");
  CHECK(table.find("a/b/1.png")->line == 2);
}

TEST_CASE("label CSV: what is refused") {
  CHECK(contains(refusal(Code::labels_format, [] { parse_label_csv("file,label\na,b\n"); }), "no column 'path'"));
  CHECK(contains(refusal(Code::labels_format, [] { parse_label_csv("path,label,path\n"); }), "comes twice"));
  CHECK(contains(refusal(Code::labels_format, [] { parse_label_csv("path,label\na,b,c\n"); }), "line 2: 3 fields"));
  CHECK(contains(refusal(Code::labels_format, [] { parse_label_csv("path,label\na,\n"); }), "line 2: no label for a"));
  CHECK(contains(refusal(Code::labels_format, [] { parse_label_csv("path,label\na,x\n./a,y\n"); }),
                 "line 3: several labels for ./a: 'x' and 'y'"));
  CHECK_NOTHROW(parse_label_csv("path,label\na,x\na,x\n"));
  refusal(Code::labels_format, [] { parse_label_csv(""); });
  refusal(Code::item_id, [] { parse_label_csv("path,label\n/abs,x\n"); });
  refusal(Code::item_id, [] { parse_label_csv("path,label\n..\\x,x\n"); });
}

TEST_CASE("label JSON: texts and numbers") {
  const LabelTable table =
      parse_label_json("\xEF\xBB\xBF{\"a/1.png\": \"cat\", \"b\\\\2.png\": 7, \"c\": -3, \"d\": 1.50}");
  CHECK(label_in(table, "a/1.png") == "cat");
  CHECK(label_in(table, "b/2.png") == "7");
  CHECK(label_in(table, "c") == "-3");
  CHECK(label_in(table, "d") == "1.50");
  CHECK(parse_label_json("{}").rows().empty());
}

TEST_CASE("label JSON: what is refused") {
  const auto fault = [](const char* text) { return refusal(Code::labels_format, [&] { parse_label_json(text); }); };
  CHECK(contains(fault("{\"a\": [\"x\", \"y\"]}"), "label of a is a list"));
  CHECK(contains(fault("{\"a\": {\"x\": 1}}"), "label of a is an object"));
  CHECK(contains(fault("{\"a\": true}"), "true or false"));
  CHECK(contains(fault("{\"a\": null}"), "null"));
  CHECK(contains(fault("[1]"), "not an object"));
  CHECK(contains(fault("3"), "not an object"));
  CHECK(contains(fault("{\"a\": 1"), "not JSON"));
  CHECK(contains(fault("{\"a\": \"x\", \"a\": \"y\"}"), "several labels"));
  CHECK(contains(fault(""), "not JSON"));
}

TEST_CASE("rows without a file and files without a row are counted and named") {
  const Scratch scratch;
  const auto file = scratch.put("l.csv", "path,label\nb.png,x\nz.png,y\na.png,x\n");
  Survey survey;
  survey.items = {{"a.png", "", 1, true}, {"b.png", "", 1, true}, {"c.png", "", 1, true}};
  survey.companions = {{"zz", Code::left_litter}};
  apply_labels(parse_label_source(file.native()), survey);
  REQUIRE(survey.items.size() == 2);
  CHECK(survey.items[0].id == "a.png");
  CHECK(survey.items[0].label == "x");
  REQUIRE(survey.companions.size() == 2);
  CHECK(survey.companions[0].path == "c.png");
  CHECK(survey.companions[0].code == Code::left_unlabelled);
  REQUIRE(survey.notes.size() == 1);
  CHECK(survey.notes[0].first == "z.png");
  CHECK(survey.notes[0].second == Note{Code::label_without_file, "line 3"});

  Survey kept;
  kept.items = {{"a.png", "", 1, true}, {"c.png", "", 1, true}};
  apply_labels(parse_label_source(file.native()), kept, true);
  CHECK(kept.items.size() == 2);
  CHECK(kept.items[1].label == "");

  Survey foreign;
  foreign.items = {{"in/a.png", "", 1, true}};
  CHECK(contains(refusal(Code::labels_format, [&] { apply_labels(parse_label_source(file.native()), foreign); }),
                 "for example in/a.png"));
}

TEST_CASE("a label file names itself in errors") {
  const Scratch scratch;
  const auto file = scratch.put("l.csv", "path,label\n\"a,b\n");
  CHECK(contains(refusal(Code::labels_format, [&] { read_label_file(file); }), "l.csv: line 2: a quote"));
  refusal(Code::read_failed, [&] { read_label_file(scratch / "none.csv"); });
  const std::filesystem::path broken = std::filesystem::path(WARDMARK_DATA) / "broken/made_csv_unclosed_quote.csv";
  if (!std::filesystem::exists(broken)) {
    MESSAGE("skipped: no ", broken.native());
    return;
  }
  refusal(Code::labels_format, [&] { read_label_file(broken); });
}

TEST_CASE("class names by line") {
  const Scratch scratch;
  CHECK(read_class_names(scratch.put("c", "cat\r\ndog\r\n\r\n")) == std::vector<std::string>{"cat", "dog"});
  CHECK(contains(refusal(Code::labels_format, [&] { read_class_names(scratch.put("c", "a\nb\na\n")); }), "line 3"));
  CHECK(contains(refusal(Code::labels_format, [&] { read_class_names(scratch.put("c", "a\n\nb\n")); }), "line 2"));
}

TEST_CASE("classes with counts and examples, sorted by bytes") {
  auto items = items_of({{"dog", 12}, {"Cat", 9}});
  items.push_back({"top.png", "", 1, true});
  items.push_back({"val/1", "owl", 1, false});
  const auto classes = check_classes(items);
  REQUIRE(classes.size() == 2);
  CHECK(classes[0].name == "Cat");
  CHECK(classes[0].items == 9);
  CHECK(classes[0].example == "Cat/0");
  CHECK(classes[1].name == "dog");
}

TEST_CASE("class lists that are surely a mistake are refused") {
  const auto refused = [](Code code, std::vector<Item> items) { return refusal(code, [&] { check_classes(items); }); };
  std::vector<Item> unlabelled = items_of({{"", 5}});
  CHECK(contains(refused(Code::labels_missing, unlabelled), "--labels"));
  CHECK(
      contains(refused(Code::labels_splits, items_of({{"Train", 50}, {"val", 20}, {"test", 9}})), "--labels folder:2"));
  CHECK(contains(refused(Code::labels_splits, items_of({{"train", 50}})), "'train'"));
  CHECK(contains(refused(Code::labels_one_class, items_of({{"cat", 50}})), "'cat'"));
  CHECK(contains(refused(Code::labels_many, items_of({{"a", 10}, {"b", 10}, {"c", 9}})), "3 classes for 29 items"));
  CHECK(check_classes(items_of({{"a", 10}, {"b", 10}, {"c", 10}})).size() == 3);
  CHECK(check_classes(items_of({{"a", 10}, {"b", 2}})).size() == 2);  // two classes are always enough
  CHECK(check_classes(items_of({{"a", 1}, {"b", 1}, {"c", 1}}), true).size() == 3);
  CHECK(check_classes(items_of({{"train", 10}, {"plane", 10}})).size() == 2);  // a train may be a class
}
