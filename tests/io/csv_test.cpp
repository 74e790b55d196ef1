#include "io/csv.h"

#include "tests/io/scratch.h"

using namespace wardmark;
using Rows = std::vector<std::vector<std::string>>;

namespace {

Rows rows(std::string_view text) {
  CsvReader reader(text);
  Rows all;
  for (std::vector<std::string> fields; reader.next(fields);) all.push_back(fields);
  return all;
}

}  // namespace

TEST_CASE("records as RFC 4180 has them") {
  CHECK(rows("path,label\na.png,cat\n") == Rows{{"path", "label"}, {"a.png", "cat"}});
  CHECK(rows("a,b") == Rows{{"a", "b"}});
  CHECK(rows("\"a,1\",\"say \"\"hi\"\"\"\n") == Rows{{"a,1", "say \"hi\""}});
  CHECK(rows("\"two\r\nlines\",x\n") == Rows{{"two\r\nlines", "x"}});
  CHECK(rows("\"\",\n,\"\"\n") == Rows{{"", ""}, {"", ""}});
  CHECK(rows("a,b\"c\n") == Rows{{"a", "b\"c"}});
  CHECK(rows("").empty());
  CHECK(rows("\n\r\n\n").empty());
}

TEST_CASE("what spreadsheets write is taken") {
  CHECK(rows("\xEF\xBB\xBFpath,label\r\na,b\r\n") == Rows{{"path", "label"}, {"a", "b"}});
  CHECK(rows("path;label\na,1;b\n") == Rows{{"path", "label"}, {"a,1", "b"}});
  CHECK(rows("path\tlabel\na b\tc\n") == Rows{{"path", "label"}, {"a b", "c"}});
  CHECK(rows("path,label\ra,b\rc,d") == Rows{{"path", "label"}, {"a", "b"}, {"c", "d"}});
  CHECK(rows("\"a;b;c\",label\nx,y\n") == Rows{{"a;b;c", "label"}, {"x", "y"}});
  CHECK(rows("a,b\n\n\nc,d\n\n") == Rows{{"a", "b"}, {"c", "d"}});
}

TEST_CASE("lines are counted through quotes") {
  CsvReader reader("h,l\n\"a\nb\",1\nc,2\n");
  std::vector<std::string> fields;
  REQUIRE(reader.next(fields));
  CHECK(reader.line() == 1);
  REQUIRE(reader.next(fields));
  CHECK(reader.line() == 2);
  REQUIRE(reader.next(fields));
  CHECK(reader.line() == 4);
}

TEST_CASE("damaged quotes are refused with their line") {
  CHECK(contains(refusal(Code::labels_format, [] { rows("a,b\n\"c,d\ne,f\n"); }), "line 2: a quote is not closed"));
  CHECK(contains(refusal(Code::labels_format, [] { rows("a,b\n\"c\"d,e\n"); }), "line 2: text follows"));
}
