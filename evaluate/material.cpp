#include "evaluate/material.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <set>

#include "core/error.h"

namespace wardmark {
namespace {

// Fisher-Yates from a generator whose output the standard fixes.
void shuffle(std::vector<std::size_t>& items, std::mt19937_64& random) {
  for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[random() % i]);
}

/// Items by class, each list in random order.
std::vector<std::vector<std::size_t>> shuffled_classes(const PixelSet& set, std::uint64_t seed) {
  std::vector<std::vector<std::size_t>> classes(set.classes.size());
  for (std::size_t i = 0; i < set.size(); ++i) classes[static_cast<std::size_t>(set.labels[i])].push_back(i);
  std::mt19937_64 random(seed);
  for (std::vector<std::size_t>& items : classes) shuffle(items, random);
  return classes;
}

/// The first `take(size of the class)` of every class, ascending.
template <class Take>
std::vector<std::size_t> first_of_classes(const PixelSet& set, std::uint64_t seed, const Take& take) {
  std::vector<std::size_t> chosen;
  for (const std::vector<std::size_t>& items : shuffled_classes(set, seed)) {
    const std::size_t n = std::min(items.size(), take(items.size()));
    chosen.insert(chosen.end(), items.begin(), items.begin() + static_cast<std::ptrdiff_t>(n));
  }
  std::ranges::sort(chosen);
  return chosen;
}

std::size_t rounded(double value) { return static_cast<std::size_t>(value + 0.5); }

std::string shape_text(const PixelSet& set) {
  return std::to_string(set.width) + " x " + std::to_string(set.height) + " x " + std::to_string(set.channels);
}

std::size_t classes_present(const PixelSet& set) {
  return std::set<std::int64_t>(set.labels.begin(), set.labels.end()).size();
}

}  // namespace

PixelSet subset(const PixelSet& set, const std::vector<std::size_t>& chosen) {
  PixelSet out{set.height, set.width, set.channels, {}, {}, set.classes, {}};
  const std::size_t n = set.item_samples();
  out.samples.resize(chosen.size() * n);
  for (std::size_t k = 0; k < chosen.size(); ++k) {
    std::ranges::copy(set.item(chosen[k]), out.samples.begin() + static_cast<std::ptrdiff_t>(k * n));
    out.labels.push_back(set.labels[chosen[k]]);
    if (!set.ids.empty()) out.ids.push_back(set.ids[chosen[k]]);
  }
  return out;
}

std::vector<std::size_t> stratified(const PixelSet& set, std::size_t count, std::uint64_t seed) {
  const double share = set.size() == 0 ? 0.0 : static_cast<double>(count) / static_cast<double>(set.size());
  return first_of_classes(
      set, seed, [&](std::size_t n) { return std::max<std::size_t>(1, rounded(share * static_cast<double>(n))); });
}

std::pair<PixelSet, PixelSet> split(const PixelSet& set, double share, std::uint64_t seed) {
  const std::vector<std::size_t> first = first_of_classes(set, seed, [&](std::size_t n) {
    return n < 2 ? 0 : std::clamp<std::size_t>(rounded(share * static_cast<double>(n)), 1, n - 1);
  });
  std::vector<std::size_t> all(set.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  std::vector<std::size_t> rest;
  std::ranges::set_difference(all, first, std::back_inserter(rest));
  return {subset(set, first), subset(set, rest)};
}

std::vector<std::size_t> few_per_class(const PixelSet& set, std::size_t per_class, std::uint64_t seed) {
  return first_of_classes(set, seed, [&](std::size_t) { return per_class; });
}

std::vector<std::size_t> clean_items(const PixelSet& set, int share, std::uint64_t seed) {
  return first_of_classes(set, seed,
                          [&](std::size_t n) { return rounded((100 - share) / 100.0 * static_cast<double>(n)); });
}

PixelSet mixture(const Material& material, int share, std::uint64_t seed) {
  PixelSet out = material.marked;
  const std::size_t n = out.item_samples();
  for (const std::size_t i : clean_items(material.marked, share, seed)) {
    std::ranges::copy(material.clean.item(i), out.samples.begin() + static_cast<std::ptrdiff_t>(i * n));
  }
  return out;
}

void unite_classes(std::vector<PixelSet*> sets) {
  std::set<std::string> names;
  for (const PixelSet* set : sets) names.insert(set->classes.begin(), set->classes.end());
  const std::vector<std::string> all(names.begin(), names.end());
  for (PixelSet* set : sets) {
    std::vector<std::int64_t> place;
    for (const std::string& name : set->classes) {
      place.push_back(std::ranges::lower_bound(all, name) - all.begin());
    }
    for (std::int64_t& label : set->labels) label = place[static_cast<std::size_t>(label)];
    set->classes = all;
  }
}

void check_material(const Material& material) {
  struct Named {
    const char* name;
    const PixelSet& set;
  };
  std::vector<Named> sets{{"the training set", material.marked},
                          {"the validation set", material.validation},
                          {"the test set", material.test}};
  if (material.has_clean()) sets.push_back({"the clean set", material.clean});
  for (const auto& [name, set] : sets) {
    if (set.size() == 0) throw Error(Code::input_empty, std::string(name) + ": no picture");
    if (!set.same_shape(material.marked)) {
      throw Error(Code::test_set,
                  std::string(name) + ": pictures of " + shape_text(set) + ", the training set has " +
                      shape_text(material.marked),
                  "give the same data at the same size, grey or colour alike");
    }
  }
  if (classes_present(material.marked) < 2) {
    throw Error(Code::labels_one_class, "the training set: all pictures are of one class",
                "a classifier needs two classes at least");
  }
  for (std::size_t c = 0; c < material.test.classes.size(); ++c) {
    const auto there = [&](const PixelSet& set) {
      return std::ranges::find(set.labels, static_cast<std::int64_t>(c)) != set.labels.end();
    };
    if (there(material.marked) && !there(material.test)) {
      throw Error(Code::test_set, "the test set: no picture of class '" + material.test.classes[c] + "'",
                  "test pictures of every class are needed; are the labels spelled alike?");
    }
    if (!there(material.marked) && there(material.test)) {
      throw Error(Code::test_set, "the test set: class '" + material.test.classes[c] + "' is not in the training set",
                  "are the labels spelled alike?");
    }
  }
  if (material.has_clean() && material.clean.size() != material.marked.size()) {
    throw Error(Code::test_set, "the clean set: " + std::to_string(material.clean.size()) + " pictures, " +
                                    std::to_string(material.marked.size()) + " in the training set");
  }
}

}  // namespace wardmark
