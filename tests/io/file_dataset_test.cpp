#include "io/file_dataset.h"

#include <cerrno>
#include <map>
#include <set>

#include "tests/io/scratch.h"
#include "tests/io/tiny_png.h"

using namespace wardmark;
namespace fs = std::filesystem;

namespace {

/// Protects by inverting; refused items are left out. Batches of three.
std::size_t invert_dataset(const DatasetReader& reader, DatasetWriter& writer) {
  std::vector<Staged> batch;
  std::size_t refused = 0;
  for (std::size_t i = 0; i < reader.survey().items.size(); ++i) {
    try {
      const Picture picture = reader.decode(i, reader.fetch(i));
      Image image = picture.image;
      for (std::uint8_t& v : image.raw()) v = static_cast<std::uint8_t>(~v);
      batch.push_back(writer.stage(i, writer.encode(i, picture, image)));
      const Image back = writer.decode(i, writer.read_back(batch.back())).image;
      if (!picture.lossy) CHECK(back == image);
      CHECK(back.same_shape(image));
    } catch (const Error& error) {
      CHECK_MESSAGE(error.kind() == Kind::item, error.what());
      ++refused;
    }
    if (batch.size() == 3) {
      writer.commit(batch);
      batch.clear();
    }
  }
  writer.commit(batch);
  writer.finish();
  return refused;
}

std::map<std::string, std::uint64_t> tree(const fs::path& folder) {
  std::map<std::string, std::uint64_t> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.emplace(entry.path().lexically_relative(folder).native(), entry.file_size());
  }
  return files;
}

std::vector<std::string> names(const fs::path& folder) {
  std::vector<std::string> all;
  for (const auto& [name, size] : tree(folder)) all.push_back(name);
  return all;
}

using Names = std::vector<std::string>;

DatasetOptions resuming(bool shared = false) {
  DatasetOptions options;
  options.resume = true;
  options.shared_output = shared;
  return options;
}
DatasetOptions overwriting() {
  DatasetOptions options;
  options.overwrite = true;
  return options;
}
DatasetOptions stored_as(const char* format) {
  DatasetOptions options;
  options.output_format = format;
  return options;
}

}  // namespace

TEST_CASE("a tree with hard names goes through") {
  const Scratch scratch;
  const Names hard = {"in/100%.png", "in/bad\xFF.png", "in/cat/two words.png", "in/dog/e\xCC\x81.png",
                      "in/dog/new\nline"};
  for (const std::string& name : hard) scratch.put(name, tiny_png());
  scratch.put("in/dog/notes.txt", "x");
  scratch.put("in/cat/two words.xmp", "<x/>");
  scratch.put("in/cat/empty.png", "");
  scratch.put("in/cat/empty.xmp", "<x/>");
  DatasetOptions options;
  CHECK(recognises_folder(scratch / "in", options));
  const auto reader = open_file_dataset(scratch / "in", options);
  REQUIRE(reader->survey().items.size() == 6);
  CHECK(reader->survey().items[0].label == "");
  CHECK(reader->survey().items[2].id == "cat/empty.png");
  CHECK(reader->survey().items[2].label == "cat");
  const auto writer = create_file_writer(*reader, scratch / "out", options);
  CHECK(writer->resumes());
  CHECK(writer->output_id(5) == "dog/\xC3\xA9.png");
  CHECK(invert_dataset(*reader, *writer) == 1);
  // The sidecar of the refused picture stays behind with it.
  CHECK(names(scratch / "out") == Names{"100%.png", "bad\xFF.png", "cat/two words.png", "cat/two words.xmp",
                                        "dog/e\xCC\x81.png", "dog/new\nline"});
  CHECK(read_text(scratch / "out/cat/two words.xmp") == "<x/>");
  const auto out = open_file_dataset(scratch / "out", options);
  const Image image = out->decode(0, out->fetch(0)).image;
  CHECK(image.row<std::uint8_t>(1)[2] == 255 - 12);
}

TEST_CASE("a flat folder with a label file") {
  const Scratch scratch;
  for (const char* name : {"in/a.png", "in/b.png", "in/c.png"}) scratch.put(name, tiny_png());
  DatasetOptions options;
  options.labels.from = LabelSource::From::file;
  options.labels.file = scratch.put("in/labels.csv", "path;label\r\n.\\b.png;y\r\na.png;x\r\nd.png;x\r\n");
  const auto reader = open_file_dataset(scratch / "in", options);
  REQUIRE(reader->survey().items.size() == 2);
  CHECK(reader->survey().items[1].label == "y");
  REQUIRE(reader->survey().companions.size() == 2);
  CHECK(reader->survey().companions[0].path == "c.png");
  CHECK(reader->survey().companions[0].code == Code::left_unlabelled);
  CHECK(reader->survey().notes.size() == 1);
  invert_dataset(*reader, *create_file_writer(*reader, scratch / "out", options));
  CHECK(names(scratch / "out") == Names{"a.png", "b.png"});
}

TEST_CASE("a list of files") {
  const Scratch scratch;
  for (const char* name : {"a/1.png", "b/2.png", "b/3.png"}) scratch.put(name, tiny_png());
  DatasetOptions options;
  options.root = scratch.path();
  options.files = {"./b/2.png", "a/1.png", "b/gone.png"};
  CHECK(recognises_list("", options));
  CHECK_FALSE(recognises_folder(scratch.path(), options));
  const auto reader = open_file_dataset("", options);
  REQUIRE(reader->survey().items.size() == 3);
  CHECK(reader->survey().items[1].label == "b");
  refusal(Code::item_unreadable, [&] { reader->fetch(2); });
  // The output may lie below the root, but not where listed files are.
  refusal(Code::output_inside, [&] { create_file_writer(*reader, scratch.path(), options); });
  refusal(Code::output_inside, [&] { create_file_writer(*reader, scratch / "b", options); });
  CHECK(invert_dataset(*reader, *create_file_writer(*reader, scratch / "out", options)) == 1);
  CHECK(names(scratch / "out") == Names{"a/1.png", "b/2.png"});
  refusal(Code::output_exists, [&] { create_file_writer(*reader, scratch / "out", options); });
}

TEST_CASE("one file, to a name or into a folder") {
  const Scratch scratch;
  const auto in = scratch.put("p.png", tiny_png());
  DatasetOptions options;
  CHECK(recognises_single_file(in, options));
  const auto reader = open_file_dataset(in, options);
  REQUIRE(reader->survey().items.size() == 1);
  CHECK(reader->survey().items[0].id == "p.png");
  CHECK(reader->survey().items[0].label == "");
  const auto writer = create_file_writer(*reader, scratch / "q.png", options);
  CHECK_FALSE(writer->resumes());
  CHECK(writer->output_id(0) == "q.png");
  invert_dataset(*reader, *writer);
  fs::create_directory(scratch / "folder");
  invert_dataset(*reader, *create_file_writer(*reader, scratch / "folder", options));
  CHECK(names(scratch.path()) == Names{"folder/p.png", "p.png", "q.png"});
  refusal(Code::output_inside, [&] { create_file_writer(*reader, scratch.path(), options); });
  refusal(Code::output_inside, [&] { create_file_writer(*reader, in, options); });
  refusal(Code::output_exists, [&] { create_file_writer(*reader, scratch / "q.png", options); });
  CHECK(contains(refusal(Code::output_kind, [&] { create_file_writer(*reader, scratch / "q.jpg", options); }), ".png"));
}

TEST_CASE("inputs that are none") {
  const Scratch scratch;
  refusal(Code::input_missing, [&] { open_file_dataset(scratch / "none", {}); });
  scratch.put("r.wardmark/plan.json", "{}");
  CHECK(contains(refusal(Code::input_missing, [&] { open_file_dataset(scratch / "r.wardmark/", {}); }), "record"));
  refusal(Code::input_missing, [&] { open_file_dataset(scratch.put("t.txt", "x"), {}); });
  scratch.put("raws/1.nef", "x");
  scratch.put("raws/2.nef", "x");
  CHECK(contains(refusal(Code::input_empty, [&] { open_file_dataset(scratch / "raws", {}); }), "2 LEFT-RAW"));
}

TEST_CASE("outputs that are refused before any work") {
  const Scratch scratch;
  scratch.put("in/a.png", tiny_png());
  const auto reader = open_file_dataset(scratch / "in", {});
  const auto create = [&](const fs::path& output, const DatasetOptions& options = {}) {
    return create_file_writer(*reader, output, options);
  };
  refusal(Code::output_inside, [&] { create(scratch / "in"); });
  refusal(Code::output_inside, [&] { create(scratch / "in/out"); });
  refusal(Code::output_inside, [&] { create(scratch.path()); });
  fs::create_directory_symlink(scratch / "in", scratch / "alias");
  refusal(Code::output_inside, [&] { create(scratch / "alias"); });
  refusal(Code::output_inside, [&] { create(scratch / "alias/../in/x"); });
  fs::create_directory(scratch / "empty");
  CHECK_NOTHROW(create(scratch / "empty"));
  scratch.put("full/x", "x");
  refusal(Code::output_exists, [&] { create(scratch / "full"); });
  CHECK_NOTHROW(create(scratch / "full", overwriting()));
  refusal(Code::output_kind, [&] { create(scratch / "full/x", resuming()); });
  CHECK(names(scratch / "in") == Names{"a.png"});
}

TEST_CASE("resume clears unfinished files, unless other shards may own them") {
  const Scratch scratch;
  scratch.put("in/a.png", tiny_png());
  scratch.put("out/kept.png", "x");
  write_aside(scratch / "out/b/half.png", bytes_of("x"));
  const auto reader = open_file_dataset(scratch / "in", {});
  create_file_writer(*reader, scratch / "out", resuming(true));
  CHECK(names(scratch / "out").size() == 2);
  create_file_writer(*reader, scratch / "out", resuming());
  CHECK(names(scratch / "out") == Names{"kept.png"});
}

TEST_CASE("names that meet under a new extension") {
  const Scratch scratch;
  const DatasetOptions png = stored_as("png");
  scratch.put("in/a.jpg", "x");
  scratch.put("in/b.PNG", "x");
  scratch.put("in/noext", tiny_png());
  const auto reader = open_file_dataset(scratch / "in", {});
  const auto writer = create_file_writer(*reader, scratch / "out", png);
  CHECK(writer->output_id(0) == "a.png");
  CHECK(writer->output_id(1) == "b.PNG");
  CHECK(writer->output_id(2) == "noext.png");
  scratch.put("in/a.png", "x");
  const auto clash = open_file_dataset(scratch / "in", {});
  CHECK_NOTHROW(create_file_writer(*clash, scratch / "out", {}));
  const std::string text = refusal(Code::name_collision, [&] { create_file_writer(*clash, scratch / "out", png); });
  CHECK(contains(text, "a.jpg and a.png"));
  fs::remove(scratch / "in/a.png");
  scratch.put("in/a.png/inner.png", "x");
  const auto folder = open_file_dataset(scratch / "in", {});
  refusal(Code::name_collision, [&] { create_file_writer(*folder, scratch / "out", png); });
  CHECK(contains(refusal(Code::usage, [&] { create_file_writer(*reader, scratch / "out", stored_as("gif")); }), "gif"));
}

TEST_CASE("JPEGs become PNGs with EXIF, profile and orientation") {
  const fs::path photos = fs::path(WARDMARK_DATA) / "photos";
  if (!fs::exists(photos)) {
    MESSAGE("skipped: no ", photos.native());
    return;
  }
  const Scratch scratch;
  fs::create_directory(scratch / "in");
  for (const auto& entry : fs::directory_iterator(photos)) {
    const std::string name = entry.path().filename().native();
    const bool taken = name.starts_with("orientation_") || name.starts_with("grey_") || name.starts_with("xmp_");
    if (taken && name.ends_with(".jpg")) fs::copy(entry.path(), scratch / "in" / name);
  }
  const auto reader = open_file_dataset(scratch / "in", {});
  const auto writer = create_file_writer(*reader, scratch / "out", stored_as("png"));
  std::set<int> orientations;
  std::size_t converted = 0;
  for (std::size_t i = 0; i < reader->survey().items.size(); ++i) {
    CAPTURE(reader->survey().items[i].id);
    const Bytes stored = reader->fetch(i);
    Picture picture;
    try {
      picture = reader->decode(i, stored);
    } catch (const Error& error) {
      CHECK(error.kind() == Kind::item);
      continue;
    }
    Image image = picture.image;
    for (std::uint8_t& v : image.raw()) v = static_cast<std::uint8_t>(~v);
    const Bytes png = writer->encode(i, picture, image);
    const Picture back = writer->decode(i, png);
    CHECK((back.image == image));
    CHECK(back.orientation == picture.orientation);
    CHECK_FALSE(back.lossy);
    CHECK(writer->output_id(i).ends_with(".png"));
    CHECK(contains(text_of(png), "iCCP") == contains(text_of(stored), std::string_view("ICC_PROFILE\0", 12)));
    CHECK(contains(text_of(png), "eXIf") == contains(text_of(stored), std::string_view("Exif\0\0", 6)));
    orientations.insert(back.orientation);
    ++converted;
  }
  CHECK(converted >= 8);
  CHECK(orientations.size() == 8);
}

TEST_CASE("a disk that fills up leaves no file under a final name") {
  if (!write_faults()) {
    MESSAGE("skipped: built without WARDMARK_FAULTS");
    return;
  }
  const Scratch scratch;
  for (const char* name : {"in/a.png", "in/b.png", "in/c.png"}) scratch.put(name, tiny_png());
  scratch.put("in/a.xmp", std::string(1000, ' '));
  const auto reader = open_file_dataset(scratch / "in", {});
  const auto writer = create_file_writer(*reader, scratch / "out", {});
  set_write_fault(200, ENOSPC);
  refusal(Code::disk_full, [&] {
    std::vector<Staged> batch;
    for (std::size_t i = 0; i < 3; ++i) batch.push_back(writer->stage(i, reader->fetch(i)));
    writer->commit(batch);
  });
  clear_write_fault();
  for (const auto& [name, size] : tree(scratch / "out")) {
    CAPTURE(name);
    CHECK(name.ends_with(kAsideSuffix));
    CHECK(size == tiny_png().size());  // whole files aside may wait; a torn one is gone
  }
  set_write_fault(100, ENOSPC);
  const Staged staged = writer->stage(0, reader->fetch(0));
  refusal(Code::disk_full, [&] { writer->commit({&staged, 1}); });  // at the sidecar
  clear_write_fault();
  CHECK_FALSE(fs::exists(scratch / "out/a.png"));
  CHECK_FALSE(fs::exists(scratch / "out/a.xmp"));
}

TEST_CASE("real trees and photographs go through, nothing aborts") {
  const fs::path data = WARDMARK_DATA;
  if (!fs::exists(data / "photos")) {
    MESSAGE("skipped: no ", data.native());
    return;
  }
  const Scratch scratch;
  const auto scans = open_file_dataset(data / "medical/brain_mri_native", {});
  CHECK(scans->survey().items.size() == 120);
  CHECK(check_classes(scans->survey().items).size() == 3);
  CHECK(invert_dataset(*scans, *create_file_writer(*scans, scratch / "scans", {})) == 0);
  CHECK(names(scratch / "scans").size() == 120);
  for (const std::string folder : {"photos/pngsuite", "broken"}) {
    const auto reader = open_file_dataset(data / folder, {});
    const std::size_t refused = invert_dataset(*reader, *create_file_writer(*reader, scratch / folder, {}));
    MESSAGE(folder, ": ", reader->survey().items.size(), " items, ", refused, " refused");
    CHECK(refused > 0);
    CHECK(names(scratch / folder).size() == reader->survey().items.size() - refused);
  }
}
