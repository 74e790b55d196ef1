#include "evaluate/cell.h"

#include <doctest/doctest.h>

#include <cmath>

#include "core/error.h"

using namespace wardmark;

TEST_CASE("a cell's line comes back as it was, NaN included") {
  CellResult result;
  result.cell = {Data::clean_part, 50, "jpeg:10", "resnet18", 2};
  result.train_items = 3000;
  result.epochs = 12;
  result.seed = 7;
  result.seconds = 1.25;
  result.compute = "cpu bf16";
  result.last = {12, 0.5, std::nan(""), 0.75, {0, 1, 1}};
  result.best = {3, 0.6, 0.55, 0.8, {1, 1, 0}};
  const std::string line = cell_line(result);
  CHECK(line.find('\n') == std::string::npos);
  const CellResult back = read_cell_line(line);
  CHECK(back.cell == result.cell);
  CHECK(std::isnan(back.last.balanced_accuracy));
  CHECK(back.best.predicted == result.best.predicted);
  CHECK(back.best.epoch == 3);
  CHECK(cell_line(back) == line);
}

TEST_CASE("what is no cell's line is refused") {
  CHECK_THROWS_AS(read_cell_line(""), Error);
  CHECK_THROWS_AS(read_cell_line("{}"), Error);
  std::string line = cell_line({});
  const std::size_t at = line.find("marked");
  REQUIRE(at != std::string::npos);
  CHECK_THROWS_AS(read_cell_line(line.replace(at, 6, "marred")), Error);
}

TEST_CASE("cells that differ have different texts") {
  const Cell cell{Data::mixture, 20, "none", "vgg11_bn", 0};
  CHECK(cell.text() == "vgg11_bn, mixture 20 %, none, repeat 0");
  Cell other = cell;
  other.share = 50;
  CHECK(other.text() != cell.text());
  other = cell;
  other.repeat = 1;
  CHECK(other.text() != cell.text());
}
