#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/pixel_set.h"

namespace wardmark {

/// The pictures of a study. All sets have one shape and one list of classes.
struct Material {
  PixelSet marked;      ///< the protected training set
  PixelSet clean;       ///< the originals of the same items in the same order; empty where none were given
  PixelSet validation;  ///< clean, apart from training and test: epochs are chosen on it
  PixelSet test;        ///< clean
  bool has_clean() const { return clean.size() > 0; }
};

/// Items `chosen` of a set, in that order.
PixelSet subset(const PixelSet& set, const std::vector<std::size_t>& chosen);
/// About `count` items with every class in its share, at least one of each that occurs; ascending. Seeded; a smaller
/// count is a subset of a larger one.
std::vector<std::size_t> stratified(const PixelSet& set, std::size_t count, std::uint64_t seed);
/// Takes every class's share of `set` out of it: the first result holds `share` of the items, the second the rest.
std::pair<PixelSet, PixelSet> split(const PixelSet& set, double share, std::uint64_t seed);
/// Up to `per_class` items of every class, seeded, ascending.
std::vector<std::size_t> few_per_class(const PixelSet& set, std::size_t per_class, std::uint64_t seed);

/// The items that stay clean when `share` percent of each class are protected, ascending; the same for every network.
std::vector<std::size_t> clean_items(const PixelSet& set, int share, std::uint64_t seed);
/// `marked` with those items replaced by their originals.
PixelSet mixture(const Material& material, int share, std::uint64_t seed);

/// Rewrites labels to the sorted union of the sets' class names.
void unite_classes(std::vector<PixelSet*> sets);
/// Error(test_set) for what no network can be trained or tested on: no picture, one class, other shapes or channels,
/// classes without a test picture; the message names the set and the numbers.
void check_material(const Material& material);

}  // namespace wardmark
