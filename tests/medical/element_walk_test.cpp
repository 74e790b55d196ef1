#include "medical/element_walk.h"

#include <doctest/doctest.h>

#include <string>

#include "core/error.h"
#include "tests/medical/made_object.h"

using namespace wardmark;

namespace {

void put(Bytes& out, std::initializer_list<int> bytes) {
  for (const int b : bytes) out.push_back(static_cast<std::uint8_t>(b));
}

/// `levels` sequences of undefined length, one in the other.
Bytes nested(int levels, bool implicit) {
  Bytes out;
  for (int i = 0; i < levels; ++i) {
    put(out, {0x08, 0x00, 0x40, 0x11});
    if (!implicit) put(out, {'S', 'Q', 0, 0});
    put(out, {0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF});
  }
  return out;
}

Code code_of(const Bytes& bytes, bool implicit) {
  try {
    check_structure(bytes, 0, implicit, false);
  } catch (const Error& error) {
    return error.code();
  }
  return Code::bug;
}

}  // namespace

TEST_CASE("64 levels of sequences are read, more are refused before anybody recurses") {
  for (const bool implicit : {false, true}) {
    CHECK(code_of(nested(64, implicit), implicit) == Code::bug);
    CHECK(code_of(nested(66, implicit), implicit) == Code::dcm_005);
    CHECK(code_of(nested(1000000, implicit), implicit) == Code::dcm_005);
  }
}

TEST_CASE("a length beyond the end is refused before it is allocated") {
  Bytes out;
  put(out, {0x10, 0x00, 0x10, 0x00, 'P', 'N', 4, 0, 'A', 'B', 'C', 'D'});
  CHECK(code_of(out, false) == Code::bug);
  put(out, {0x09, 0x00, 0x10, 0x10, 'O', 'B', 0, 0, 0x00, 0x00, 0x00, 0xC0, 1, 2});
  CHECK(code_of(out, false) == Code::dcm_002);
}

TEST_CASE("fragments of pixel data are no sequences") {
  Bytes out;
  put(out, {0xE0, 0x7F, 0x10, 0x00, 'O', 'B', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF});
  put(out, {0xFE, 0xFF, 0x00, 0xE0, 0, 0, 0, 0});
  for (int i = 0; i < 200; ++i) put(out, {0xFE, 0xFF, 0x00, 0xE0, 4, 0, 0, 0, 1, 2, 3, 4});
  put(out, {0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0});
  CHECK(code_of(out, false) == Code::bug);
  put(out, {0xFE, 0xFF, 0x00, 0xE0});
  CHECK(code_of(out, false) == Code::bug);
}

TEST_CASE("native pixel data are found where they are, and only those of the data set itself") {
  Bytes out;
  put(out, {0x28, 0x00, 0x10, 0x00, 'U', 'S', 2, 0, 16, 0});
  put(out, {0xE0, 0x7F, 0x10, 0x00, 'O', 'W', 0, 0, 4, 0, 0, 0, 0xFE, 0xFF, 0x00, 0xE0});
  const auto place = check_structure(out, 0, false, false);
  REQUIRE(place);
  CHECK(place->element == 10);
  CHECK(place->value == 22);
  CHECK(place->length == 4);
  Bytes twice = out;
  put(twice, {0xE0, 0x7F, 0x10, 0x00, 'O', 'W', 0, 0, 0, 0, 0, 0});
  CHECK(!check_structure(twice, 0, false, false));
  Bytes icon;
  put(icon, {0x88, 0x00, 0x00, 0x02, 'S', 'Q', 0, 0, 20, 0, 0, 0, 0xFE, 0xFF, 0x00, 0xE0, 12, 0, 0, 0});
  put(icon, {0xE0, 0x7F, 0x10, 0x00, 'O', 'W', 0, 0, 0, 0, 0, 0});
  CHECK(!check_structure(icon, 0, false, false));
  Bytes parts;
  put(parts, {0xE0, 0x7F, 0x00, 0x00, 'U', 'L', 4, 0, 40, 0, 0, 0});
  put(parts, {0xE0, 0x7F, 0x10, 0x00, 'O', 'B', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0x00, 0xE0, 0, 0, 0, 0});
  put(parts, {0xFE, 0xFF, 0x00, 0xE0, 2, 0, 0, 0, 1, 2});
  CHECK(!check_structure(parts, 0, false, false));  // no delimiter
  put(parts, {0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0, 0xFC, 0xFF, 0xFC, 0xFF, 'O', 'B', 0, 0, 0, 0, 0, 0});
  const auto fragments = check_structure(parts, 0, false, false);
  REQUIRE(fragments);
  CHECK(fragments->encapsulated);
  CHECK(fragments->element == 12);
  CHECK(fragments->value == 24);
  CHECK(fragments->length == 18);
  CHECK(fragments->end == 50);
  CHECK(fragments->group_length == 8);
  Bytes implicit;
  put(implicit, {0xE0, 0x7F, 0x10, 0x00, 8, 0, 0, 0, 0xFE, 0xFF, 0x00, 0xE0, 1, 2, 3, 4});
  CHECK(check_structure(implicit, 0, true, false)->value == 8);
}

TEST_CASE("a deflated data set is unpacked up to a limit") {
  const Bytes file = made_slice({}, kDeflated);
  CHECK_NOTHROW(read_object(file));
  Bytes broken = file;
  broken.resize(broken.size() / 2);
  CHECK_THROWS_AS(read_object(broken), Error);
  CHECK_THROWS_AS(inflate_dataset(ByteView(file).subspan(200), 1 << 20), Error);
}
