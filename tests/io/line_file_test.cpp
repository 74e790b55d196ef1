#include "io/line_file.h"

#include <string>
#include <vector>

#include "core/error.h"
#include "io/atomic_file.h"
#include "tests/io/scratch.h"

using namespace wardmark;

TEST_CASE("line file: lines of any length, also over the bounds of its pieces; what has no end is left out") {
  const Scratch scratch;
  const auto path = scratch / "lines";
  std::vector<std::string> lines{"", "short", std::string(32767, 'a'),  std::string(32768, 'b'),
                                 "", "x",     std::string(100000, 'c'), "last"};
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  write_file(path, bytes_of(text + "torn"));
  LineFile file(path);
  for (const std::string& line : lines) CHECK(file.next() == line);
  CHECK_FALSE(file.next());

  std::string joined;
  PieceFile pieces(path, 1000);
  for (ByteView piece = pieces.next(); !piece.empty(); piece = pieces.next()) joined += text_of(piece);
  CHECK(joined == text + "torn");

  write_file(path, {});
  CHECK_FALSE(LineFile(path).next());
  CHECK_THROWS_AS(LineFile(scratch / "none").next(), Error);
}
