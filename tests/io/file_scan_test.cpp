#include "io/file_scan.h"

#include <sys/stat.h>

#include <ctime>
#include <fstream>
#include <map>

#include "tests/io/scratch.h"
#include "tests/io/tiny_png.h"

using namespace wardmark;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> ids(const FileScan& scan) {
  std::vector<std::string> all;
  for (const Item& item : scan.survey.items) all.push_back(item.id);
  return all;
}

std::map<std::string, Code> companions(const FileScan& scan) {
  std::map<std::string, Code> all;
  for (const Companion& companion : scan.survey.companions) all.emplace(companion.path, companion.code);
  return all;
}

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("every file of a tree ends somewhere") {
  const Scratch scratch;
  for (const char* name : {"cat/1.JPG", "cat/2.png", "dog/3.webp", "dog/deep/4.tif", "5.heic"}) scratch.put(name, "x");
  scratch.put("dog/no extension", tiny_png());
  scratch.put("dog/odd.dat", tiny_png());
  scratch.put("dog/odd2.dat", "text");
  scratch.put("empty", "");
  for (const char* name :
       {".DS_Store", "cat/Thumbs.db", "cat/._1.JPG", "@eaDir/1.JPG", ".git/config", "x.wardmark-part"}) {
    scratch.put(name, "x");
  }
  scratch.put("cat/1.CR2", tiny_png());
  scratch.put("clip.mov", "x");
  scratch.put("old.wardmark/preview.png", "x");
  scratch.put("labels.csv", "path,label\n");
  fs::create_symlink(scratch / "cat/2.png", scratch / "link.png");
  fs::create_directory_symlink(scratch / "cat", scratch / "linked");
  REQUIRE(::mkfifo((scratch / "pipe.png").c_str(), 0600) == 0);

  const FileScan scan = scan_folder(scratch.path());
  CHECK(ids(scan) ==
        Ids{"5.heic", "cat/1.JPG", "cat/2.png", "dog/3.webp", "dog/deep/4.tif", "dog/no extension", "dog/odd.dat"});
  const std::map<std::string, Code> expected = {
      {".DS_Store", Code::left_litter},   {".git", Code::left_litter},        {"@eaDir", Code::left_litter},
      {"cat/._1.JPG", Code::left_litter}, {"cat/1.CR2", Code::left_raw},      {"cat/Thumbs.db", Code::left_litter},
      {"clip.mov", Code::left_video},     {"dog/odd2.dat", Code::left_other}, {"empty", Code::left_other},
      {"labels.csv", Code::left_other},   {"link.png", Code::left_link},      {"linked", Code::left_link},
      {"old.wardmark", Code::left_other}, {"pipe.png", Code::left_other},     {"x.wardmark-part", Code::left_litter}};
  CHECK(companions(scan) == expected);
  CHECK(scan.survey.items[5].bytes == tiny_png().size());
}

TEST_CASE("ids are NFC and escaped, real paths are kept") {
  const Scratch scratch;
  const Ids real = {"a b/two words.png", "a b/new\nline.png", "e\xCC\x81/e\xCC\x81.png", "bad\xFF.png", "100%.png"};
  for (const std::string& name : real) scratch.put(name, "x");
  const FileScan scan = scan_folder(scratch.path());
  CHECK(ids(scan) ==
        Ids{"100%25.png", "a b/new\nline.png", "a b/two words.png", "bad%FF.png", "\xC3\xA9/\xC3\xA9.png"});
  CHECK(scan.real_path("\xC3\xA9/\xC3\xA9.png") == "e\xCC\x81/e\xCC\x81.png");
  CHECK(scan.real_path("bad%FF.png") == "bad\xFF.png");
  CHECK(scan.real_path("a b/new\nline.png") == "a b/new\nline.png");
  CHECK(scan.real_paths.size() == 3);
}

TEST_CASE("two files with one id are refused by name") {
  const Scratch scratch;
  scratch.put("e\xCC\x81.png", "x");
  CHECK_NOTHROW(scan_folder(scratch.path()));
  scratch.put("\xC3\xA9.png", "y");
  const std::string text = refusal(Code::name_collision, [&] { scan_folder(scratch.path()); });
  CHECK(contains(text, "e\xCC\x81.png"));
  CHECK(contains(text, "\xC3\xA9.png"));
  fs::rename(scratch / "\xC3\xA9.png", scratch / "f.png");
  fs::create_symlink(scratch / "f.png", scratch / "\xC3\xA9.png");  // a link is no item: no collision
  CHECK(scan_folder(scratch.path()).real_path("\xC3\xA9.png") == "e\xCC\x81.png");
  // Neither spelling is the id itself.
  fs::remove(scratch / "\xC3\xA9.png");
  scratch.put(
      "\xE2\x84\xAB"
      "e\xCC\x81.png",
      "x");
  scratch.put("A\xCC\x8A\xC3\xA9.png", "x");
  refusal(Code::name_collision, [&] { scan_folder(scratch.path()); });
}

TEST_CASE("what --carry names goes along, but no key and no link") {
  const Scratch scratch;
  scratch.put("a/x.jpg", "x");
  for (const char* name : {"a/film.mov", "a/raw.nef", "a/notes.txt", "b/notes.txt", "other.bin"})
    scratch.put(name, "x");
  scratch.put("a/my.txt", "# a line\nwardmark-key-1 abc");
  const FileScan scan = scan_folder(scratch.path(), {"*.mov", "a/*.txt", "*.nef"});
  const std::map<std::string, Code> expected = {
      {"a/film.mov", Code::carried_asked}, {"a/notes.txt", Code::carried_asked}, {"a/raw.nef", Code::carried_asked},
      {"a/my.txt", Code::left_other},      {"b/notes.txt", Code::left_other},    {"other.bin", Code::left_other}};
  CHECK(companions(scan) == expected);
}

TEST_CASE("sidecars go with their image, unless they hold a picture") {
  const Scratch scratch;
  scratch.put("a/IMG.jpg", "x");
  scratch.put("a/IMG.v2.jpg", "x");
  scratch.put("a/b.png", "x");
  scratch.put("a/b.tif", "x");
  const std::string xmp = "<x:xmpmeta xmlns:x='adobe:ns:meta/'><dc:title>harbour</dc:title></x:xmpmeta>";
  const std::string preview =
      "<x:xmpmeta><xmp:Thumbnails><rdf:Alt><rdf:li><xmpGImg:image>/9j/4AAQ</xmpGImg:image></rdf:li></rdf:Alt></"
      "xmp:Thumbnails></x:xmpmeta>";
  for (const char* name : {"a/IMG.xmp", "a/IMG.v2.jpg.xmp", "a/b.XMP", "a/alone.xmp", "IMG.xmp"})
    scratch.put(name, xmp);
  scratch.put("a/b.png.xmp", preview);
  const FileScan scan = scan_folder(scratch.path());
  const std::map<std::string, Code> expected = {
      {"a/IMG.xmp", Code::carried_sidecar}, {"a/IMG.v2.jpg.xmp", Code::carried_sidecar},
      {"a/b.XMP", Code::carried_sidecar},   {"a/b.png.xmp", Code::cleaned_sidecar},
      {"a/alone.xmp", Code::left_other},    {"IMG.xmp", Code::left_other}};
  CHECK(companions(scan) == expected);
  const auto owner = [&](const char* name) {
    const std::size_t i = sidecar_owner(scan.survey.items, name);
    return i < scan.survey.items.size() ? scan.survey.items[i].id : "(none)";
  };
  CHECK(owner("a/IMG.xmp") == "a/IMG.jpg");
  CHECK(owner("a/IMG.v2.jpg.xmp") == "a/IMG.v2.jpg");
  CHECK(owner("a/b.XMP") == "a/b.png");
  CHECK(owner("a/I.xmp") == "(none)");
}

TEST_CASE("lists: paths below a root, once each") {
  const Scratch scratch;
  scratch.put("a/1.png", "x");
  scratch.put("a/2.txt", "x");
  scratch.put("out.png", "x");
  fs::create_directory_symlink(scratch / "a", scratch / "l");
  const FileScan scan = scan_list(scratch.path(), {"./a/1.png", "a//1.png", "a/2.txt", "a", "l/1.png", "gone.png"});
  CHECK(ids(scan) == Ids{"a/1.png", "gone.png"});
  CHECK(scan.survey.items[1].bytes == 0);
  CHECK(companions(scan) == std::map<std::string, Code>{
                                {"a", Code::left_other}, {"a/2.txt", Code::left_other}, {"l/1.png", Code::left_link}});
  refusal(Code::item_id, [&] { scan_list(scratch / "a", {"../out.png"}); });
  refusal(Code::item_id, [&] { scan_list(scratch.path(), {(scratch / "out.png").native()}); });
}

TEST_CASE("lists as find and editors write them") {
  CHECK(split_file_list("a\nb c\n\nd", '\n') == Ids{"a", "b c", "d"});
  CHECK(split_file_list("\xEF\xBB\xBF"
                        "a\r\nb\r\n",
                        '\n') == Ids{"a", "b"});
  CHECK(split_file_list("a\r\nb\n", '\n') == Ids{"a\r", "b"});  // then '\r' belongs to the name
  CHECK(split_file_list(std::string_view("a\nb\0c\0", 6), '\0') == Ids{"a\nb", "c"});
  CHECK(split_file_list("", '\n').empty());
}

TEST_CASE("a folder that cannot be read stops the run") {
  refusal(Code::read_failed, [] { scan_folder("/nonexistent/folder"); });
}

TEST_CASE("twenty thousand files are scanned in no time") {
  const Scratch scratch;
  for (int d = 0; d < 20; ++d) {
    const fs::path folder = scratch / ("class" + std::to_string(d));
    fs::create_directory(folder);
    for (int i = 0; i < 1000; ++i) std::ofstream(folder / (std::to_string(i) + ".png"));
  }
  const std::clock_t start = std::clock();  // processor time: other programs must not count
  CHECK(scan_folder(scratch.path()).survey.items.size() == 20000);
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  MESSAGE("20,000 files scanned in ", seconds, " s of processor time");
  CHECK(seconds < 1.0);
}
