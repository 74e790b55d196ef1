#include "io/item_id.h"

#include "tests/io/scratch.h"

using namespace wardmark;

TEST_CASE("an id is the clean path, NFC, with foreign bytes escaped") {
  CHECK(item_id("a/b.png") == "a/b.png");
  CHECK(item_id("./a//b/./c.png") == "a/b/c.png");
  CHECK(item_id("a/../b.png") == "b.png");
  CHECK(item_id("e\xCC\x81.png") == "\xC3\xA9.png");  // e + combining acute
  CHECK(item_id("\xC3\xA9.png") == "\xC3\xA9.png");
  CHECK(item_id("\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB") == "\xED\x95\x9C");  // conjoining jamo to one syllable
  CHECK(item_id("\xE2\x84\xAB") == "\xC3\x85");                              // angstrom sign to A with ring
  CHECK(item_id("100%.png") == "100%25.png");
  CHECK(item_id("\xFF\xFEx") == "%FF%FEx");
  CHECK(item_id("\xC3") == "%C3");
  CHECK(item_id("\xED\xA0\x80") == "%ED%A0%80");  // a surrogate is not UTF-8
  CHECK(item_id("\xC0\xAF") == "%C0%AF");         // nor is an overlong slash
  CHECK(item_id("a\xFF"
                "e\xCC\x81") == "a%FF\xC3\xA9");
  CHECK(item_id("two words\nand a line") == "two words\nand a line");
}

TEST_CASE("different bytes never share an id but through NFC") {
  CHECK(item_id("%FF") != item_id("\xFF"));
  CHECK(item_id("%25") != item_id("%"));
}

TEST_CASE("paths outside the root are refused") {
  for (const char* path : {"/etc/passwd", "../x", "a/../../x", "..", "", ".", "a/..", "//"}) {
    CAPTURE(path);
    CHECK(contains(refusal(Code::item_id, [&] { item_id(path); }), path));
  }
}

TEST_CASE("texts for people") {
  CHECK(label_text("e\xCC\x81 50%\xFF") == "\xC3\xA9 50%%FF");
  CHECK(shown("a\nb\xFF\xC3\xA9") == "a%0Ab%FF\xC3\xA9");
  CHECK(extension_of("a.b/C.JPEG") == ".jpeg");
  CHECK(extension_of("a.b/c") == "");
  CHECK(extension_of(".png") == "");
  CHECK(extension_of("c.") == "");
}
