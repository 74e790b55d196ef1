#include "io/cifar_dataset.h"

#include <cerrno>
#include <cstdlib>
#include <ctime>

#include "tests/io/scratch.h"

using namespace wardmark;
namespace fs = std::filesystem;

namespace {

/// Records whose byte k of record r is some fixed mix of both; label bytes r modulo the classes.
std::string made_records(std::size_t count, std::size_t label_bytes) {
  std::string file;
  for (std::size_t r = 0; r < count; ++r) {
    for (std::size_t b = 0; b < label_bytes; ++b) file += static_cast<char>(b + 1 < label_bytes ? 7 : r % 10);
    for (std::size_t k = 0; k < 3072; ++k) file += static_cast<char>((k * 31 + r * 17 + k / 1024) & 255);
  }
  return file;
}

/// Reads, changes by `change`, writes and finishes.
template <class Change>
void copy_dataset(const DatasetReader& reader, DatasetWriter& writer, Change change) {
  for (std::size_t i = 0; i < reader.survey().items.size(); ++i) {
    const Bytes stored = reader.fetch(i);
    Picture picture;
    try {
      picture = reader.decode(i, stored);
    } catch (const Error& error) {
      CHECK(error.kind() == Kind::item);
      continue;
    }
    Image image = picture.image;
    change(image);
    const Staged staged = writer.stage(i, writer.encode(i, picture, image));
    CHECK(writer.decode(i, writer.read_back(staged)).image == image);
    writer.commit({&staged, 1});
  }
  writer.finish();
}

}  // namespace

TEST_CASE("CIFAR-10 by size: ids, labels, planes") {
  const Scratch scratch;
  const auto in = scratch.put("train.bin", made_records(12, 1));
  DatasetOptions options;
  CHECK(recognises_cifar(in, options));
  const auto reader = open_cifar_dataset(in, options);
  const auto& items = reader->survey().items;
  REQUIRE(items.size() == 12);
  CHECK(items[3].id == "03");
  CHECK(items[11].label == "1");
  CHECK(items[0].bytes == 3073);
  const Image image = reader->decode(2, reader->fetch(2)).image;
  CHECK(image.channels() == 3);
  // Pixel (x 5, y 1) is sample 37 of each plane.
  for (std::size_t c = 0; c < 3; ++c) {
    const std::size_t k = c * 1024 + 37;
    CHECK(image.row<std::uint8_t>(1)[5 * 3 + c] == ((k * 31 + 2 * 17 + c) & 255));
  }
}

TEST_CASE("CIFAR-100 uses the fine label") {
  const Scratch scratch;
  const auto in = scratch.put("t.bin", made_records(5, 2));
  const auto reader = open_cifar_dataset(in, {});
  CHECK(reader->survey().items.size() == 5);
  CHECK(reader->survey().items[4].label == "4");
  const auto writer = create_cifar_writer(*reader, scratch / "out.bin", {});
  copy_dataset(*reader, *writer, [](Image&) {});
  CHECK(read_text(scratch / "out.bin") == read_text(in));
}

TEST_CASE("class names, no labels, label files") {
  const Scratch scratch;
  const auto in = scratch.put("t.bin", made_records(3, 1));
  DatasetOptions options;
  options.class_names = scratch.put("names", "plane\ncar\n");
  CHECK(open_cifar_dataset(in, options)->survey().items[1].label == "car");
  CHECK(open_cifar_dataset(in, options)->survey().items[2].label == "");  // no such line
  options.labels = parse_label_source("none");
  CHECK(open_cifar_dataset(in, options)->survey().items[1].label == "");
  options.labels.from = LabelSource::From::file;
  options.labels.file = scratch.put("l.csv", "path,label\n1,boat\n");
  CHECK(open_cifar_dataset(in, options)->survey().items[1].label == "boat");
  CHECK(open_cifar_dataset(in, options)->survey().items.size() == 3);
}

TEST_CASE("sizes that fit neither or both layouts") {
  const Scratch scratch;
  const auto odd = scratch.put("odd.bin", std::string(3072, 'x'));
  CHECK(contains(refusal(Code::input_missing, [&] { open_cifar_dataset(odd, {}); }), "--format"));
  refusal(Code::input_empty, [&] { open_cifar_dataset(scratch.put("none.bin", ""), {}); });
  refusal(Code::read_failed, [&] { open_cifar_dataset(scratch / "missing.bin", {}); });
  const auto both = scratch.put("both.bin", std::string(3073 * 3074, '\0'));
  CHECK(contains(refusal(Code::input_missing, [&] { open_cifar_dataset(both, {}); }), "could be"));
  DatasetOptions options;
  options.format = "cifar100";
  CHECK(open_cifar_dataset(both, options)->survey().items.size() == 3073);
  options.format = "cifar10";
  CHECK(open_cifar_dataset(both, options)->survey().items.size() == 3074);
}

TEST_CASE("a label out of range refuses its record alone, which comes out black") {
  const Scratch scratch;
  std::string records = made_records(4, 1);
  records[2 * 3073] = static_cast<char>(200);
  const auto in = scratch.put("t.bin", records);
  const auto reader = open_cifar_dataset(in, {});
  CHECK(reader->survey().items[2].label == "");
  CHECK(contains(refusal(Code::image_broken, [&] { reader->decode(2, reader->fetch(2)); }), "label 200"));
  const auto writer = create_cifar_writer(*reader, scratch / "out.bin", {});
  copy_dataset(*reader, *writer, [](Image&) {});
  records.replace(2 * 3073 + 1, 3072, std::string(3072, '\0'));
  CHECK(read_text(scratch / "out.bin") == records);
}

TEST_CASE("the output appears whole, beside the input, or not at all") {
  const Scratch scratch;
  const auto in = scratch.put("t.bin", made_records(4, 1));
  const auto reader = open_cifar_dataset(in, {});
  refusal(Code::output_inside, [&] { create_cifar_writer(*reader, in, {}); });
  refusal(Code::output_inside, [&] { create_cifar_writer(*reader, scratch.path(), {}); });  // would be t.bin in there
  scratch.put("old.bin", "old");
  refusal(Code::output_exists, [&] { create_cifar_writer(*reader, scratch / "old.bin", {}); });
  {
    const auto writer = create_cifar_writer(*reader, scratch / "out/", {});
    CHECK_FALSE(writer->resumes());
    writer->stage(0, reader->fetch(0));
  }
  CHECK_FALSE(fs::exists(scratch / "out/t.bin"));
  CHECK(fs::is_empty(scratch / "out"));
  if (!write_faults()) return;
  DatasetOptions options;
  options.overwrite = true;
  {
    const auto writer = create_cifar_writer(*reader, scratch / "old.bin", options);
    writer->stage(0, reader->fetch(0));
    set_write_fault(100, ENOSPC);
    refusal(Code::disk_full, [&] { writer->finish(); });
    clear_write_fault();
  }
  CHECK(read_text(scratch / "old.bin") == "old");
  CHECK_FALSE(fs::exists(scratch / "old.bin.wardmark-part"));
}

TEST_CASE("real CIFAR-10: 6,000 records through and back") {
  const fs::path packed = fs::path(WARDMARK_DATA) / "cifar10/train_6000.bin.xz";
  const Scratch scratch;
  const std::string unpack =
      "xz -dc '" + packed.native() + "' > '" + (scratch / "train.bin").native() + "' 2> /dev/null";
  if (!fs::exists(packed) || std::system(unpack.c_str()) != 0) {
    MESSAGE("skipped: no ", packed.native(), ", or no xz");
    return;
  }
  const std::clock_t start = std::clock();  // processor time: other programs must not count
  const auto reader = open_cifar_dataset(scratch / "train.bin", {});
  REQUIRE(reader->survey().items.size() == 6000);
  const auto writer = create_cifar_writer(*reader, scratch / "out.bin", {});
  for (std::size_t i = 0; i < 6000; ++i) {
    const Picture picture = reader->decode(i, reader->fetch(i));
    writer->stage(i, writer->encode(i, picture, picture.image));
  }
  writer->finish();
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  MESSAGE("6,000 records read, decoded, encoded and written in ", seconds, " s of processor time");
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__)
  CHECK(seconds < 0.5);
#endif
  CHECK(read_file(scratch / "out.bin") == read_file(scratch / "train.bin"));
  const auto classes = check_classes(reader->survey().items);
  REQUIRE(classes.size() == 10);
  for (const ClassCount& c : classes) CHECK(c.items == 600);
}

TEST_CASE("broken CIFAR files of the collection") {
  const fs::path broken = fs::path(WARDMARK_DATA) / "broken";
  if (!fs::exists(broken)) {
    MESSAGE("skipped: no ", broken.native());
    return;
  }
  refusal(Code::input_missing, [&] { open_cifar_dataset(broken / "made_cifar_odd_length.bin", {}); });
  const auto reader = open_cifar_dataset(broken / "made_cifar_label_200.bin", {});
  refusal(Code::image_broken, [&] { reader->decode(0, reader->fetch(0)); });
}
