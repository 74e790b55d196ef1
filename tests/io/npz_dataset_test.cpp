#include "io/npz_dataset.h"

#include <cerrno>
#include <cstdlib>
#include <map>

#include "io/npy.h"
#include "io/zip_archive.h"
#include "tests/io/npy_text.h"
#include "tests/io/scratch.h"

using namespace wardmark;
namespace fs = std::filesystem;

namespace {

using Members = std::vector<std::pair<std::string, std::string>>;

/// `n` bytes that differ from each other and between arrays.
std::string samples(std::size_t n, int start) {
  std::string text;
  for (std::size_t i = 0; i < n; ++i) text += static_cast<char>((i * 7 + static_cast<std::size_t>(start)) & 255);
  return text;
}

Members small_set() {
  return {{"train_images.npy", npy_array("|u1", "(12, 4, 5)", samples(240, 1))},
          {"train_labels.npy", npy_array("<i8", "(12, 1)", std::string("\1\0\0\0\0\0\0\0", 8) + std::string(88, '\0'))},
          {"val_images.npy", npy_array("|u1", "(2, 4, 5)", samples(40, 2))},
          {"val_labels.npy", npy_array("|u1", "(2,)", "\3\2")},
          {"meta.npy", npy_array("<f8", "(1,)", samples(8, 3))},
          {"test_images.npy", npy_array("|u1", "(3, 4, 5)", samples(60, 4))},
          {"test_labels.npy", npy_array(">i2", "(3, 1)", std::string("\0\1\0\2\xFF\xFF", 6))}};
}

fs::path put_npz(const Scratch& scratch, std::string_view name, const Members& members, bool stored = false) {
  ZipWriter zip;
  for (const auto& [member, text] : members) zip.add(member, bytes_of(text), stored);
  const Bytes file = zip.finish();
  return scratch.put(name, text_of(file));
}

Members members_of(const fs::path& path) {
  const ZipReader zip(path);
  Members all;
  for (std::size_t i = 0; i < zip.entries().size(); ++i) {
    all.push_back({zip.entries()[i].name, std::string(text_of(zip.read(i)))});
  }
  return all;
}

/// Inverts every sample of every item to protect.
void invert_dataset(const DatasetReader& reader, DatasetWriter& writer) {
  for (std::size_t i = 0; i < reader.survey().items.size(); ++i) {
    if (!reader.survey().items[i].protect) continue;
    const Picture picture = reader.decode(i, reader.fetch(i));
    Image image = picture.image;
    for (std::uint8_t& v : image.raw()) v = static_cast<std::uint8_t>(~v);
    const Staged staged = writer.stage(i, writer.encode(i, picture, image));
    REQUIRE(writer.decode(i, writer.read_back(staged)).image == image);
    writer.commit({&staged, 1});
  }
  writer.finish();
}

std::string inverted_data(const std::string& member) {
  const std::size_t offset = parse_npy_header(bytes_of(member)).data_offset;
  std::string text = member;
  for (std::size_t i = offset; i < text.size(); ++i) text[i] = static_cast<char>(~text[i]);
  return text;
}

DatasetOptions overwriting() {
  DatasetOptions options;
  options.overwrite = true;
  return options;
}

std::string layout_refusal(Code code, Members members) {
  const Scratch scratch;
  const fs::path path = put_npz(scratch, "x.npz", members);
  return refusal(code, [&] { open_npz_dataset(path, {}); });
}

}  // namespace

TEST_CASE("items, labels and splits of the MedMNIST layout") {
  const Scratch scratch;
  const fs::path path = put_npz(scratch, "set.npz", small_set());
  DatasetOptions options;
  CHECK(recognises_npz(path, options));
  const auto reader = open_npz_dataset(path, options);
  const auto& items = reader->survey().items;
  REQUIRE(items.size() == 17);
  CHECK(items[0].id == "test/0");
  CHECK(items[2].label == "-1");
  CHECK(items[3].id == "train/00");
  CHECK(items[3].label == "1");
  CHECK(items[14].id == "train/11");
  CHECK(items[15].id == "val/0");
  CHECK(items[15].label == "3");
  CHECK(items[3].bytes == 20);
  for (const Item& item : items) CHECK(item.protect == item.id.starts_with("train/"));
  const std::vector<std::pair<std::string, Note>> notes = {
      {"val_images", {Code::left_clean, "2 of 17 items (11.8 %)"}},
      {"meta", {Code::left_clean, "carried as it is"}},
      {"test_images", {Code::left_clean, "3 of 17 items (17.6 %)"}}};
  CHECK(reader->survey().notes == notes);
  CHECK(text_of(reader->fetch(4)) == samples(240, 1).substr(20, 20));
  CHECK(text_of(reader->fetch(16)) == samples(40, 2).substr(20));

  options.splits = {"val", "test"};
  CHECK_FALSE(open_npz_dataset(path, options)->survey().items[3].protect);
  CHECK(open_npz_dataset(path, options)->survey().items[0].protect);
  options.splits = {"all"};
  CHECK(open_npz_dataset(path, options)->survey().items[3].protect);
  options.splits = {"holdout"};
  CHECK(contains(refusal(Code::usage, [&] { open_npz_dataset(path, options); }), "holdout_images"));
}

TEST_CASE("class names and label sources") {
  const Scratch scratch;
  const fs::path path = put_npz(scratch, "set.npz",
                                {{"train_images.npy", npy_array("|u1", "(2, 1, 1)", "ab")},
                                 {"train_labels.npy", npy_array("|u1", "(2,)", std::string("\0\1", 2))}});
  DatasetOptions options;
  options.class_names = scratch.put("names", "benign\nmalignant\n");
  CHECK(open_npz_dataset(path, options)->survey().items[1].label == "malignant");
  options.class_names = scratch.put("names", "benign\n");
  CHECK(contains(refusal(Code::labels_format, [&] { open_npz_dataset(path, options); }), "label 1"));
  options.labels = parse_label_source("none");
  CHECK(open_npz_dataset(path, options)->survey().items[1].label == "");
  options.labels.from = LabelSource::From::file;
  options.labels.file = scratch.put("l.json", "{\"train/1\": \"b\"}");
  CHECK(open_npz_dataset(path, options)->survey().items[1].label == "b");
  CHECK(open_npz_dataset(path, options)->survey().items[0].label == "");
}

TEST_CASE("what is not protected comes out equal, in order, with the same bytes each time") {
  const Scratch scratch;
  for (const bool stored : {false, true}) {
    const fs::path path = put_npz(scratch, stored ? "stored.npz" : "set.npz", small_set(), stored);
    const auto reader = open_npz_dataset(path, {});
    const fs::path out = scratch / (stored ? "out1.npz" : "out2.npz");
    const auto writer = create_npz_writer(*reader, out, {});
    CHECK_FALSE(writer->resumes());
    CHECK(writer->output_id(3) == "train/00");
    invert_dataset(*reader, *writer);
    Members expected = small_set();
    expected[0].second = inverted_data(expected[0].second);
    CHECK(members_of(out) == expected);
    CHECK(ZipReader(out).entries()[0].stored == stored);
    ::setenv("TZ", "Pacific/Auckland", 1);  // local time must not show
    ::tzset();
    invert_dataset(*reader, *create_npz_writer(*reader, scratch / "again.npz", overwriting()));
    ::unsetenv("TZ");
    ::tzset();
    CHECK(read_file(scratch / "again.npz") == read_file(out));
  }
}

TEST_CASE("an item that was never staged comes out blank") {
  const Scratch scratch;
  const auto reader = open_npz_dataset(put_npz(scratch, "set.npz", small_set()), {});
  const auto writer = create_npz_writer(*reader, scratch / "out.npz", {});
  writer->stage(4, reader->fetch(4));
  CHECK_FALSE(fs::exists(scratch / "out.npz"));
  writer->finish();
  const auto out = open_npz_dataset(scratch / "out.npz", {});
  CHECK(text_of(out->fetch(3)) == std::string(20, '\0'));
  CHECK(out->fetch(4) == reader->fetch(4));
}

TEST_CASE("16 bits in both orders, colour and opacity") {
  const Scratch scratch;
  for (const char* type : {"<u2", ">u2"}) {
    const Members members = {{"train_images.npy", npy_array(type, "(1, 1, 2)", std::string("\1\2\3\4", 4))}};
    const auto reader = open_npz_dataset(put_npz(scratch, "w.npz", members), {});
    const Image image = reader->decode(0, reader->fetch(0)).image;
    CHECK(image.bits() == 16);
    CHECK(image.row<std::uint16_t>(0)[0] == (type[0] == '<' ? 0x0201 : 0x0102));
    invert_dataset(*reader, *create_npz_writer(*reader, scratch / "o.npz", overwriting()));
    CHECK(members_of(scratch / "o.npz")[0].second == inverted_data(members[0].second));
  }
  const auto channels = [&](const char* shape) {
    const Members members = {{"train_images.npy", npy_array("|u1", shape, samples(12, 1))}};
    const auto reader = open_npz_dataset(put_npz(scratch, "c.npz", members), {});
    return reader->decode(0, reader->fetch(0)).image;
  };
  CHECK(channels("(1, 2, 2, 3)").channels() == 3);
  CHECK(channels("(1, 3, 1, 4)").alpha());
  CHECK(channels("(3, 2, 2, 1)").channels() == 1);
}

TEST_CASE("layouts and labels that are refused") {
  const auto images = [](const char* type, const char* shape) {
    return Members{{"train_images.npy", npy_array(type, shape, samples(240, 1))}};
  };
  CHECK(contains(layout_refusal(Code::input_missing, {{"x.npy", npy_array("|u1", "(1,)", "a")}}), "train_images"));
  CHECK(contains(layout_refusal(Code::input_missing, images("|u1", "(1, 3, 2, 2)")), "(1, 3, 2, 2)"));
  layout_refusal(Code::input_missing, images("<f4", "(1, 2, 2)"));
  layout_refusal(Code::input_missing, images("|i1", "(1, 2, 2)"));
  layout_refusal(Code::input_missing, images("|u1", "(240,)"));
  layout_refusal(Code::input_missing, images("|u1", "(3, 0, 2)"));
  layout_refusal(Code::input_empty, images("|u1", "(0, 2, 2)"));
  CHECK(
      contains(layout_refusal(Code::read_failed, images("|u1", "(241, 1, 1)")), "needs 241 bytes, the file holds 240"));
  CHECK(contains(layout_refusal(Code::read_failed, images("|O", "(1, 2, 2)")), "Python objects"));
  const Members fortran = {
      {"train_images.npy", npy_file("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 2, 2)}", samples(8, 1))}};
  CHECK(contains(layout_refusal(Code::input_missing, fortran), "Fortran"));

  const auto labels = [&](const char* type, const char* shape) {
    Members members = images("|u1", "(2, 2, 2)");
    members.push_back({"train_labels.npy", npy_array(type, shape, samples(64, 1))});
    return members;
  };
  CHECK(contains(layout_refusal(Code::labels_format, labels("|u1", "(2, 14)")), "several labels"));
  CHECK(contains(layout_refusal(Code::labels_format, labels("|u1", "(3, 1)")), "for 2 images"));
  CHECK(contains(layout_refusal(Code::labels_format, labels("<f4", "(2, 1)")), "fractions"));
  layout_refusal(Code::labels_format, labels("|u1", "()"));
}

TEST_CASE("limits, damage and full disks") {
  const Scratch scratch;
  const fs::path path = put_npz(scratch, "set.npz", small_set());
  DatasetOptions small;
  small.max_array_bytes = 100;
  refusal(Code::out_of_memory, [&] { open_npz_dataset(path, small); });
  DatasetOptions few;
  few.limits.max_pixels = 10;
  const auto limited = open_npz_dataset(path, few);
  refusal(Code::image_too_large, [&] { limited->decode(0, limited->fetch(0)); });

  std::string file = read_text(path);
  refusal(Code::read_failed, [&] { open_npz_dataset(scratch.put("cut.npz", file.substr(0, file.size() / 2)), {}); });
  refusal(Code::read_failed, [&] { open_npz_dataset(scratch.put("text.npz", "hello"), {}); });
  refusal(Code::read_failed, [&] { open_npz_dataset(scratch / "none.npz", {}); });
  // A flipped bit is seen by the checksum when its array is unpacked, and stops nothing before.
  Members large = small_set();
  large[0].second = npy_array("|u1", "(12, 100, 100)", samples(120000, 1));
  std::string stored = read_text(put_npz(scratch, "stored.npz", large, true));
  stored[stored.find(samples(120000, 1)) + 110000] ^= 1;
  const auto damaged = open_npz_dataset(scratch.put("flipped.npz", stored), {});
  CHECK(contains(refusal(Code::read_failed, [&] { damaged->fetch(3); }), "train_images.npy: cannot be unpacked"));
  CHECK_NOTHROW(damaged->fetch(0));

  if (!write_faults()) return;
  const auto reader = open_npz_dataset(path, {});
  const auto writer = create_npz_writer(*reader, scratch / "out/new.npz", {});
  set_write_fault(50, ENOSPC);
  refusal(Code::disk_full, [&] { writer->finish(); });
  clear_write_fault();
  CHECK(fs::is_empty(scratch / "out"));
}

TEST_CASE("real MedMNIST files through and back") {
  const fs::path folder = fs::path(WARDMARK_DATA) / "medical";
  if (!fs::exists(folder)) {
    MESSAGE("skipped: no ", folder.native());
    return;
  }
  const std::map<std::string, std::size_t> expected = {{"chest_xray_pneumonia_28.npz", 4362},
                                                       {"breast_ultrasound_64.npz", 779},
                                                       {"brain_mri_64.npz", 1080},
                                                       {"organ_modality_64.npz", 900}};
  const Scratch scratch;
  for (const auto& [name, count] : expected) {
    CAPTURE(name);
    const auto reader = open_npz_dataset(folder / name, {});
    CHECK(reader->survey().items.size() == count);
    CHECK(check_classes(reader->survey().items).size() >= 2);
    invert_dataset(*reader, *create_npz_writer(*reader, scratch / name, {}));
    Members in = members_of(folder / name);
    for (auto& [member, text] : in) {
      if (member == "train_images.npy") text = inverted_data(text);
    }
    CHECK((members_of(scratch / name) == in));
  }
}

TEST_CASE("broken archives of the collection") {
  const fs::path broken = fs::path(WARDMARK_DATA) / "broken";
  if (!fs::exists(broken)) {
    MESSAGE("skipped: no ", broken.native());
    return;
  }
  const Scratch scratch;
  refusal(Code::read_failed, [&] { open_npz_dataset(broken / "made_npz_truncated.npz", {}); });
  const auto wrapped = [&](const char* name) {
    return put_npz(scratch, name, {{"train_images.npy", read_text(broken / name)}});
  };
  refusal(Code::read_failed, [&] { open_npz_dataset(wrapped("made_npy_object_dtype.npy"), {}); });
  refusal(Code::read_failed, [&] { open_npz_dataset(wrapped("made_npy_shape_too_big.npy"), {}); });
}
