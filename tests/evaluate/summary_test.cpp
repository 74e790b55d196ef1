#include "evaluate/summary.h"

#include <doctest/doctest.h>

#include "evaluate/html_report.h"

using namespace wardmark;

namespace {

/// A result whose last epoch answers `right` of ten pictures of each of two classes correctly.
CellResult result(Data data, const std::string& breaker, int repeat, int right, int best_right) {
  CellResult out;
  out.cell = {data, data == Data::marked ? 100 : 0, breaker, "resnet18", repeat};
  out.train_items = 100;
  out.seconds = 1;
  const auto reading = [](int hits) {
    Reading r{1, hits / 10.0, hits / 10.0, 0.5, {}};
    for (int label = 0; label < 2; ++label) {
      for (int i = 0; i < 10; ++i) r.predicted.push_back(i < hits ? label : 1 - label);
    }
    return r;
  };
  out.last = reading(right);
  out.best = reading(best_right);
  return out;
}

std::vector<std::int64_t> labels() {
  std::vector<std::int64_t> out(20, 0);
  std::fill(out.begin() + 10, out.end(), 1);
  return out;
}

Summary summary() {
  return summarise({result(Data::clean, "none", 0, 9, 9), result(Data::marked, "none", 0, 5, 6),
                    result(Data::marked, "none", 1, 6, 6), result(Data::marked, "jpeg:10", 0, 7, 7),
                    result(Data::marked, "dfr", 0, 9, 9)},
                   labels(), 2, 8);
}

}  // namespace

TEST_CASE("repeats are one row, with mean and range") {
  const Summary s = summary();
  REQUIRE(s.rows.size() == 4);
  CHECK(s.rows[1].repeats == 2);
  CHECK(s.rows[1].last.mean == doctest::Approx(0.55));
  CHECK(s.rows[1].last.least == doctest::Approx(0.5));
  CHECK(s.rows[1].last.most == doctest::Approx(0.6));
  CHECK(s.rows[1].seconds == doctest::Approx(2));
  CHECK(s.chance == doctest::Approx(0.5));
}

TEST_CASE("the interval holds the mean and is as wide as pictures make it") {
  const Summary s = summary();
  for (const Row& row : s.rows) {
    CHECK(row.last.interval.low <= row.last.mean);
    CHECK(row.last.mean <= row.last.interval.high);
  }
  // Ten pictures a class at 0.5: a standard error of 0.11.
  CHECK(s.rows[1].last.interval.high - s.rows[1].last.interval.low > 0.25);
  CHECK(s.rows[1].last.interval.high - s.rows[1].last.interval.low < 0.6);
}

TEST_CASE("the headline is the strongest that has the protected data alone") {
  const Summary s = summary();
  REQUIRE(s.worst);
  CHECK(s.rows[*s.worst].cell.breaker == "jpeg:10");  // dfr had clean pictures
  CHECK(s.rows[*s.worst].headline);
  REQUIRE(s.clean);
  CHECK(*s.learned_share == doctest::Approx((0.7 - 0.5) / (0.9 - 0.5)));
}

TEST_CASE("without originals there is no share") {
  const Summary s = summarise({result(Data::marked, "none", 0, 5, 8)}, labels(), 2, 8);
  CHECK(s.worst);
  CHECK_FALSE(s.clean);
  CHECK_FALSE(s.learned_share);
}

TEST_CASE("the page stands alone and names are escaped") {
  ReportFacts facts;
  facts.title = "Evaluation of <script>alert(1)</script>";
  facts.warnings = {"a & b"};
  facts.left_out = {"resnet50, marked"};
  facts.examples = {{"<b>", {1, 2, 3}, {4, 5, 6}, {}}};
  const std::string page = html_report(summary(), facts);
  CHECK(page.find("<script") == std::string::npos);
  CHECK(page.find("&lt;script&gt;") != std::string::npos);
  CHECK(page.find("a &amp; b") != std::string::npos);
  CHECK(page.find("http") == std::string::npos);
  CHECK(page.find("<svg") != std::string::npos);
  CHECK(page.find("data:image/png;base64,AQID") != std::string::npos);
  CHECK(page.find("resnet50, marked") != std::string::npos);
  CHECK(page.find("class=\"worst\"") != std::string::npos);
}

TEST_CASE("the text table has a line a row") {
  const std::string text = summary_text(summary());
  CHECK(text.find("jpeg:10") != std::string::npos);
  CHECK(text.find("<- worst case") != std::string::npos);
}
