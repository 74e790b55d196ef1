#include "core/error.h"

#include <doctest/doctest.h>

#include <fstream>
#include <set>
#include <sstream>
#include <string>

using namespace wardmark;

TEST_CASE("codes: unique names in capitals, found by name, each with a meaning") {
  std::set<std::string_view> seen;
  for (const CodeInfo& row : codes()) {
    CAPTURE(row.name);
    CHECK(seen.insert(row.name).second);
    CHECK(row.name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == std::string_view::npos);
    CHECK(row.meaning.size() > 10);
    CHECK(info(row.code).name == row.name);
    REQUIRE(find_code(row.name) != nullptr);
    CHECK(find_code(row.name)->code == row.code);
  }
  CHECK(find_code("NO-SUCH-CODE") == nullptr);
}

TEST_CASE("docs/refusals.md lists every code with its meaning") {
  std::ifstream file(std::string(WARDMARK_SOURCE) + "/docs/refusals.md");
  REQUIRE(file.good());
  std::stringstream text;
  text << file.rdbuf();
  for (const CodeInfo& row : codes()) {
    CAPTURE(row.name);
    CHECK(text.str().find("`" + std::string(row.name) + "`") != std::string::npos);
    CHECK(text.str().find(row.meaning) != std::string::npos);
  }
}
