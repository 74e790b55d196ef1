#include "io/atomic_file.h"

#include <sys/stat.h>

#include <cerrno>
#include <vector>

#include "tests/io/scratch.h"

using namespace wardmark;
namespace fs = std::filesystem;

namespace {

/// Lets the disk fail for the life of the object.
struct Fault {
  Fault(std::uint64_t after, int error) { set_write_fault(after, error); }
  ~Fault() { clear_write_fault(); }
};

std::size_t count_files(const fs::path& folder) {
  std::size_t n = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) n += entry.is_regular_file();
  return n;
}

}  // namespace

TEST_CASE("a file stands aside until it is published") {
  const Scratch scratch;
  const fs::path target = scratch / "a/b/c.bin";
  const fs::path aside = write_aside(target, bytes_of("hello"), 0640);
  CHECK(aside == scratch / "a/b/c.bin.wardmark-part");
  CHECK_FALSE(fs::exists(target));
  CHECK(read_text(aside) == "hello");
  struct stat status {};
  REQUIRE(::stat(aside.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0640);
  const Rename step{aside, target};
  publish({&step, 1});
  CHECK(read_text(target) == "hello");
  CHECK_FALSE(fs::exists(aside));
}

TEST_CASE("a batch of 64 over several folders is renamed as a whole") {
  const Scratch scratch;
  std::vector<Rename> batch;
  for (int i = 0; i < 64; ++i) {
    const std::string number = std::to_string(i);
    const fs::path target = scratch.path() / (i % 2 == 0 ? "even" : "odd") / number;
    batch.push_back({write_aside(target, bytes_of(number)), target});
  }
  publish(batch);
  CHECK(count_files(scratch.path()) == 64);
  CHECK(read_text(scratch / "odd/63") == "63");
  CHECK(remove_asides(scratch.path()) == 0);
}

TEST_CASE("write_file replaces, and an empty file can be read") {
  const Scratch scratch;
  scratch.put("x", "first");
  scratch.put("x", "");
  CHECK(read_file(scratch / "x").empty());
}

TEST_CASE("names of 255 bytes and with any byte survive") {
  const Scratch scratch;
  const std::string longest(255, 'n');
  const std::string other = longest.substr(0, 254) + 'm';
  CHECK(aside_path(scratch / longest) != aside_path(scratch / other));
  scratch.put(longest, "1");
  scratch.put(other, "2");
  scratch.put("new\nline \xFF", "3");
  CHECK(read_text(scratch / longest) == "1");
  CHECK(read_text(scratch / other) == "2");
  CHECK(read_text(scratch / "new\nline \xFF") == "3");
}

TEST_CASE("a full disk leaves neither a final nor a partial file") {
  if (!write_faults()) {
    MESSAGE("skipped: built without WARDMARK_FAULTS");
    return;
  }
  const Scratch scratch;
  scratch.put("kept", "old");
  const std::string big(100000, 'x');
  {
    const Fault fault(5000, ENOSPC);
    const std::string text = refusal(Code::disk_full, [&] { write_file(scratch / "kept", bytes_of(big)); });
    CHECK(contains(text, "kept: cannot be written: No space left on device"));
    refusal(Code::disk_full, [&] { write_file(scratch / "new", bytes_of(big)); });
  }
  CHECK(read_text(scratch / "kept") == "old");
  CHECK(count_files(scratch.path()) == 1);
  const Fault fault(0, EIO);
  CHECK(contains(refusal(Code::write_failed, [&] { write_aside(scratch / "new", bytes_of("1")); }), "Input/output"));
  CHECK(count_files(scratch.path()) == 1);
}

TEST_CASE("errors name the path and the reason") {
  const Scratch scratch;
  scratch.put("file", "1");
  CHECK(
      contains(refusal(Code::read_failed, [&] { read_file(scratch / "none"); }), "none: cannot be read: No such file"));
  refusal(Code::item_unreadable, [&] { read_file(scratch / "none", true); });
  refusal(Code::read_failed, [&] { read_file(scratch.path()); });
  CHECK(contains(refusal(Code::write_failed, [&] { write_aside(scratch / "file/below", {}); }), "Not a directory"));
  const Rename step{scratch / "never-written", scratch / "final"};
  refusal(Code::write_failed, [&] { publish({&step, 1}); });
}

TEST_CASE("stale files aside are found at any depth, and nothing else") {
  const Scratch scratch;
  write_aside(scratch / "a", bytes_of("1"));
  write_aside(scratch / "b/c/d", bytes_of("2"));
  scratch.put("b/kept", "3");
  CHECK(remove_asides(scratch.path()) == 2);
  CHECK(count_files(scratch.path()) == 1);
  CHECK(remove_asides(scratch / "nowhere") == 0);
}

TEST_CASE("one file aside is filled out of order, and vanishes unless published") {
  const Scratch scratch;
  {
    AsideFile file(scratch / "x/out.bin");
    file.write_at(3, bytes_of("def"));
    CHECK(fs::exists(scratch / "x/out.bin.wardmark-part"));
  }
  CHECK(count_files(scratch.path()) == 0);
  AsideFile file(scratch / "x/out.bin");
  file.write_at(3, bytes_of("def"));
  file.write_at(0, bytes_of("abc"));
  CHECK(text_of(file.read_at(2, 2)) == "cd");
  refusal(Code::read_failed, [&] { file.read_at(4, 10); });
  CHECK_FALSE(fs::exists(scratch / "x/out.bin"));
  file.publish();
  CHECK(read_text(scratch / "x/out.bin") == "abcdef");
  CHECK(count_files(scratch.path()) == 1);
}

TEST_CASE("a journal is cut to its last whole line and grows") {
  const Scratch scratch;
  scratch.put("log", "one\ntwo\nto");
  {
    AppendFile log(scratch / "log", 8);
    log.append(bytes_of("three\n"));
    log.sync();
  }
  CHECK(read_text(scratch / "log") == "one\ntwo\nthree\n");
  refusal(Code::read_failed, [&] { AppendFile log(scratch / "log", 1000); });
  {
    AppendFile log(scratch / "new", 0);
    log.append(bytes_of("x"));
  }
  CHECK(read_text(scratch / "new") == "x");
  if (!write_faults()) return;
  AppendFile log(scratch / "new", 1);
  const Fault fault(2, ENOSPC);
  refusal(Code::disk_full, [&] { log.append(bytes_of("four")); });
}
