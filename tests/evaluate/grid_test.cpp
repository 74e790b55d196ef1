#include "evaluate/grid.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace wardmark;

namespace {

Question question() {
  Question q;
  q.breakers = choose_breakers("jpeg:10,grayscale,known-pairs:1");
  q.shares = {50};
  q.repeats = 2;
  return q;
}

std::size_t count(const std::vector<Cell>& cells, Data data) {
  return static_cast<std::size_t>(std::ranges::count(cells, data, &Cell::data));
}

}  // namespace

TEST_CASE("the grid begins with the baseline and no breaker, and repeats come last") {
  const auto cells = grid_of(question(), true);
  CHECK(cells.size() == 2 * (2 + 3 + 2));
  CHECK(cells[0].data == Data::clean);
  CHECK(cells[1].data == Data::marked);
  CHECK(cells[1].breaker == "none");
  CHECK(std::ranges::is_sorted(cells, {}, &Cell::repeat));
  for (std::size_t i = 0; i < cells.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) CHECK(cells[i].text() != cells[k].text());
  }
}

TEST_CASE("without originals nothing needs them") {
  const auto cells = grid_of(question(), false);
  CHECK(cells.size() == 2 * 3);
  CHECK(count(cells, Data::marked) == cells.size());
  CHECK(std::ranges::none_of(cells, [](const Cell& c) { return c.breaker.starts_with("known-pairs"); }));
}

TEST_CASE("breakers on the originals are asked for, and pairs never") {
  Question q = question();
  q.clean_breakers = true;
  q.repeats = 1;
  const auto cells = grid_of(q, true);
  CHECK(count(cells, Data::clean) == 1 + 2);
}

TEST_CASE("a budget leaves out the last cells first and never the first two") {
  const auto cells = grid_of(question(), true);
  const Pace pace{{{"resnet18", 1e-3}}};
  const Budgeted all = fit_budget(cells, question(), pace, 6000, 500, 0);
  CHECK(all.cells.size() == cells.size());
  CHECK(all.left_out.empty());
  CHECK(all.train_items == 6000);
  const Budgeted half = fit_budget(cells, question(), pace, 6000, 500, all.seconds / 2);
  CHECK(half.seconds <= all.seconds / 2);
  CHECK(half.cells.size() + half.left_out.size() == cells.size());
  CHECK(half.train_items == 6000);
  CHECK(half.cells.front() == cells.front());
  const Budgeted tight = fit_budget(cells, question(), pace, 6000, 500, 60);
  CHECK(tight.train_items < 6000);
  CHECK(tight.train_items >= 500);
  CHECK(tight.seconds <= 60);
  // Rather fewer breakers than pictures that tell nothing.
  CHECK(tight.cells.size() == 2);
  CHECK(fit_budget(cells, question(), pace, 6000, 500, 70).train_items == 2400);
  const Budgeted loose = fit_budget(cells, question(), pace, 6000, 500, 120);
  CHECK(loose.train_items == 2400);
  CHECK(loose.cells.size() > 2);
  CHECK(loose.seconds <= 120);
  const Budgeted hopeless = fit_budget(cells, question(), pace, 6000, 500, 1);
  CHECK(hopeless.train_items == 500);
  CHECK(hopeless.cells.size() == 2);
}

TEST_CASE("a clean part costs its share") {
  const Pace pace{{{"resnet18", 1e-3}}};
  const Cell whole{Data::mixture, 80, "none", "resnet18", 0};
  const Cell part{Data::clean_part, 80, "none", "resnet18", 0};
  CHECK(foretell(part, pace, 10000, 10) < 0.3 * foretell(whole, pace, 10000, 10));
  const Cell picked{Data::marked, 100, "early-stop", "resnet18", 0};
  CHECK(foretell(picked, pace, 10000, 10) == 0);
}

TEST_CASE("what is left of a grid is fitted by its own needs") {
  const Question q = question();
  const Pace pace{{{"resnet18", 1e-3}}};
  std::vector<Cell> left = grid_of(q, true);
  left.erase(left.begin(), left.begin() + 2);  // the two answers are there
  const Budgeted plan = fit_budget(left, q, pace, 6000, 6000, 100);
  CHECK(plan.train_items == 6000);
  CHECK(plan.seconds <= 100);
  CHECK(plan.cells.size() == 1);
  CHECK(fit_budget({}, q, {}, 6000, 500, 100).cells.empty());
}
