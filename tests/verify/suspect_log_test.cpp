#include "verify/suspect_log.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "io/atomic_file.h"
#include "tests/io/scratch.h"

using namespace wardmark;

namespace {

Subkey key_of(std::uint8_t n) { return Subkey(Bytes(32, n)); }

Code code_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.code();
  }
  return Code::bug;
}

}  // namespace

TEST_CASE("tests are numbered by release, a test begun again keeps its number, and no more than planned begin") {
  const Scratch folder;
  const auto file = folder.path() / "log";
  SuspectLog log(file, key_of(1));
  CHECK(log.begin({"r1", "a", "ia", 0.1}, 2) == 1);
  CHECK(log.begin({"r2", "a", "ia", 0.1}, 2) == 1);
  CHECK(log.begin({"r1", "b", "ib", 0.1}, 2) == 2);
  CHECK(log.begin({"r1", "a", "ia", 0.1}, 2) == 1);
  CHECK(code_of([&] { log.begin({"r1", "c", "ic", 0.1}, 2); }) == Code::log_full);
  SuspectLog again(file, key_of(1));
  CHECK(again.begun("r1") == 2);
  CHECK(again.begin({"r1", "b", "ib", 0.1}, 2) == 2);
  again.conclude({"r1", "b", "ib", 0.1}, "table", 0.5);
  again.conclude({"r1", "b", "ib", 0.1}, "table", 0.5);
  CHECK(code_of([&] { again.conclude({"r1", "b", "ib", 0.1}, "table", 0.4); }) == Code::log_altered);
  CHECK(code_of([&] { SuspectLog(file, key_of(2)); }) == Code::log_altered);
}

TEST_CASE("any altered byte, and any line taken out but the last, is seen") {
  const Scratch folder;
  const auto file = folder.path() / "log";
  SuspectLog log(file, key_of(1));
  for (const char* name : {"a", "b", "c"}) log.begin({"r", name, std::string("i") + name, 0.1}, 9);
  const Bytes whole = read_file(file);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    Bytes bad = whole;
    bad[i] ^= 1;
    write_file(file, bad);
    CHECK(code_of([&] { SuspectLog(file, key_of(1)); }) == Code::log_altered);
  }
  const std::string text(text_of(ByteView(whole)));
  const std::size_t first = text.find('\n') + 1, second = text.find('\n', first) + 1;
  for (const std::string& cut : {text.substr(first), text.substr(0, first) + text.substr(second)}) {
    write_file(file, bytes_of(cut));
    CHECK(code_of([&] { SuspectLog(file, key_of(1)); }) == Code::log_altered);
  }
}

TEST_CASE("what was sent stands in the list beside the tests, once") {
  const Scratch folder;
  const auto file = folder.path() / "log";
  SuspectLog log(file, key_of(1));
  log.begin({"r1", "a", "ia", 0.1}, 1);
  const SentNote prefixes{"r1", "ia", "sa", "api.example", 2, 4, 0};
  log.note(prefixes);
  log.note({"r1", "ia", "sa", "api.example", 0, 0, 20});
  log.note(prefixes);
  log.note({"r2", "ia", "sa", "", 2, 4, 0});
  const SuspectLog again(file, key_of(1));
  REQUIRE(again.sent("r1").size() == 2);
  CHECK(again.sent("r1").front() == prefixes);
  CHECK(again.sent("r1").back().members == 20);
  CHECK(again.begun("r1") == 1);
  CHECK(again.number_of({"r1", "a", "ia", 0.1}) == 1);
}
