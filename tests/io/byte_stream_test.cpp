#include "io/byte_stream.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "core/error.h"
#include "io/atomic_file.h"
#include "tests/io/scratch.h"

using namespace wardmark;

namespace {

std::string sample(std::size_t size) {
  std::string text;
  for (unsigned n = 0; text.size() < size; ++n) text += "line " + std::to_string(n * 2654435761u) + "\n";
  return text;
}

std::string read_all(PackedReader& reader) {
  std::string text;
  for (ByteView part = reader.read(); !part.empty(); part = reader.read()) text += text_of(part);
  return text;
}

}  // namespace

TEST_CASE("packing: by name and by first bytes") {
  CHECK(packing_for("a.jsonl.gz") == Packing::gzip);
  CHECK(packing_for("a.zst") == Packing::zstd);
  CHECK(packing_for("a.xz") == Packing::xz);
  CHECK(packing_for("a.jsonl") == Packing::none);
  CHECK(unpacked_name("a.jsonl.gz") == "a.jsonl");
  CHECK(unpacked_name("a.jsonl") == "a.jsonl");
  CHECK(packing_of(bytes_of("plain")) == Packing::none);
  CHECK(packing_of({}) == Packing::none);
}

TEST_CASE("packing: there and back, the same bytes every time, and what other programs read") {
  const Scratch scratch;
  const std::string text = sample(3 << 20);
  const std::pair<Packing, const char*> kinds[] = {
      {Packing::none, "cat"}, {Packing::gzip, "gzip -dc"}, {Packing::xz, "xz -dc"}, {Packing::zstd, "zstd -qdc"}};
  for (const auto& [packing, program] : kinds) {
    CAPTURE(program);
    const Bytes file = packed(bytes_of(text), packing);
    CHECK(packing_of(file) == packing);
    CHECK(packed(bytes_of(text), packing) == file);
    CHECK(text_of(unpacked(file, "f")) == text);
    const std::filesystem::path path = scratch.path() / "f";
    const int fd = ::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0644);
    PackedWriter writer(fd, "f", packing);
    for (std::size_t at = 0; at < text.size(); at += 100000)
      writer.write(bytes_of(std::string_view(text).substr(at, 100000)));
    writer.finish();
    ::close(fd);
    PackedReader reader(path);
    REQUIRE(reader.next());
    CHECK(reader.member().empty());
    CHECK(read_all(reader) == text);
    CHECK(!reader.next());
    if (std::system((std::string("command -v ") + std::string(program).substr(0, 4) + " > /dev/null").c_str()) != 0)
      continue;
    write_file(scratch.path() / "plain", bytes_of(text));
    const std::string command =
        std::string(program) + " < " + path.string() + " | cmp - " + (scratch.path() / "plain").string();
    CHECK(std::system(command.c_str()) == 0);
  }
}

TEST_CASE("packing: cut short or damaged is said, never taken for the end") {
  const std::string text = sample(1 << 20);
  for (const Packing packing : {Packing::gzip, Packing::zstd, Packing::xz}) {
    CAPTURE(static_cast<int>(packing));
    Bytes file = packed(bytes_of(text), packing);
    CHECK_THROWS_AS(unpacked(Bytes(file.begin(), file.end() - 5), "f"), Error);
    CHECK_THROWS_AS(unpacked(Bytes(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(file.size() / 2)), "f"),
                    Error);
    CHECK_THROWS_AS(unpacked(file, "f", 1000), Error);
    file[file.size() / 2] ^= 0x55;
    if (packing == Packing::xz)
      CHECK_THROWS_AS(unpacked(file, "f"), Error);  // others' checksums libarchive passes over
  }
  CHECK_THROWS_AS(PackedReader(std::filesystem::path("/nonexistent")), Error);
}

TEST_CASE("packing: members of a tar one by one, an empty file none") {
  const Scratch scratch;
  const std::string folder = scratch.path().string();
  write_file(scratch.path() / "a" / "one.txt", bytes_of("first"));
  write_file(scratch.path() / "a" / "two.txt", bytes_of("second"));
  REQUIRE(std::system(("tar -C " + folder + " -czf " + folder + "/t.tgz a/one.txt a/two.txt").c_str()) == 0);
  PackedReader reader(scratch.path() / "t.tgz", true);
  REQUIRE(reader.next());
  CHECK(reader.member() == "a/one.txt");
  CHECK(read_all(reader) == "first");
  REQUIRE(reader.next());
  CHECK(reader.member() == "a/two.txt");
  CHECK(read_all(reader) == "second");
  CHECK(!reader.next());
  write_file(scratch.path() / "empty", {});
  PackedReader empty(scratch.path() / "empty", true);
  CHECK((!empty.next() || read_all(empty).empty()));
}
