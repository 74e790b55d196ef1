#include "evaluate/material.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "core/error.h"

using namespace wardmark;

namespace {

/// `counts[c]` pictures of class c, 2 x 2 grey; all samples of picture i are i + offset.
PixelSet made(const std::vector<std::size_t>& counts, int offset = 0) {
  PixelSet set{2, 2, 1, {}, {}, {}, {}};
  for (std::size_t c = 0; c < counts.size(); ++c) {
    set.classes.push_back(std::string(1, static_cast<char>('a' + c)));
    for (std::size_t k = 0; k < counts[c]; ++k) {
      set.samples.insert(set.samples.end(), 4,
                         static_cast<std::uint8_t>(set.size() + static_cast<std::size_t>(offset)));
      set.labels.push_back(static_cast<std::int64_t>(c));
      set.ids.push_back(std::to_string(set.ids.size()));
    }
  }
  return set;
}

std::map<std::int64_t, std::size_t> counts_of(const PixelSet& set) {
  std::map<std::int64_t, std::size_t> counts;
  for (const std::int64_t label : set.labels) ++counts[label];
  return counts;
}

Material material() { return {made({30, 20}, 100), made({30, 20}), made({5, 5}), made({8, 8})}; }

}  // namespace

TEST_CASE("a subset carries pictures, labels and ids") {
  const PixelSet set = made({3, 2});
  const PixelSet part = subset(set, {4, 1});
  CHECK(part.labels == std::vector<std::int64_t>{1, 0});
  CHECK(part.ids == std::vector<std::string>{"4", "1"});
  CHECK(part.item(0)[0] == 4);
  CHECK(part.item(1)[3] == 1);
}

TEST_CASE("stratified samples keep the shares and nest") {
  const PixelSet set = made({100, 50, 1});
  const auto some = stratified(set, 30, 5);
  const auto counts = counts_of(subset(set, some));
  CHECK(counts.at(0) == 20);
  CHECK(counts.at(1) == 10);
  CHECK(counts.at(2) == 1);
  CHECK(std::ranges::is_sorted(some));
  CHECK(std::ranges::includes(stratified(set, 60, 5), some));
  CHECK(stratified(set, 30, 6) != some);
}

TEST_CASE("a split takes every picture once") {
  const PixelSet set = made({10, 10, 1});
  const auto [first, rest] = split(set, 0.2, 1);
  CHECK(counts_of(first).at(0) == 2);
  CHECK(counts_of(rest).at(2) == 1);  // a single picture stays in the rest
  std::vector<std::string> ids = first.ids;
  ids.insert(ids.end(), rest.ids.begin(), rest.ids.end());
  std::ranges::sort(ids);
  CHECK(std::ranges::unique(ids).begin() == ids.end());
  CHECK(ids.size() == set.size());
}

TEST_CASE("a mixture has its share of originals, and its clean part is those") {
  const Material m = material();
  for (const int share : {20, 50, 80}) {
    const PixelSet mixed = mixture(m, share, 3);
    const auto clean = clean_items(m.marked, share, 3);
    CHECK(clean.size() == static_cast<std::size_t>((100 - share) / 100.0 * 50 + 0.5));
    std::size_t originals = 0;
    for (std::size_t i = 0; i < mixed.size(); ++i) {
      const bool original = mixed.item(i)[0] < 100;
      originals += original ? 1 : 0;
      CHECK(original == std::ranges::binary_search(clean, i));
    }
    CHECK(originals == clean.size());
  }
}

TEST_CASE("classes are united by name") {
  PixelSet a = made({1, 1});
  PixelSet b = made({1, 1});
  b.classes = {"b", "c"};
  unite_classes({&a, &b});
  CHECK(a.classes == std::vector<std::string>{"a", "b", "c"});
  CHECK(b.classes == a.classes);
  CHECK(a.labels == std::vector<std::int64_t>{0, 1});
  CHECK(b.labels == std::vector<std::int64_t>{1, 2});
}

TEST_CASE("what cannot be evaluated is refused with the reason") {
  CHECK_NOTHROW(check_material(material()));
  const auto refused = [](const Material& m, std::string_view what) {
    try {
      check_material(m);
    } catch (const Error& error) {
      return std::string_view(error.what()).find(what) != std::string_view::npos;
    }
    return false;
  };
  Material m = material();
  m.test.labels.assign(m.test.size(), 0);
  CHECK(refused(m, "no picture of class 'b'"));
  m = material();
  m.test = {};
  CHECK(refused(m, "the test set: no picture"));
  m = material();
  m.marked = made({50, 0});
  CHECK(refused(m, "one class"));
  m = material();
  m.test.width = 1;
  m.test.height = 4;
  CHECK(refused(m, "1 x 4 x 1"));
  m = material();
  m.clean = made({3, 3});
  CHECK(refused(m, "6 pictures, 50"));
}
