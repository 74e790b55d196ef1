#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "text_markers/filter_text.h"

namespace wardmark {

/// A part of a document that a rule against duplicates looks at: characters of its text, and what is compared.
struct TextUnit {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::uint64_t hash = 0;
};

/// One rule against duplicates, over all documents of a release. Of the units that hold the sentence (before marking:
/// the place where it goes), those that stand `copies` times or more in the release are lost. The value is their share;
/// the rule takes the sentence's surroundings out when it is above the threshold.
struct CrossRule {
  std::string_view id;
  std::string_view help;
  double threshold;
  std::uint32_t copies;
  std::string_view source;
  void (*units)(const FilterText& text, const std::function<void(const TextUnit&)>& sink);
};

/// The only list of rules over a release.
std::span<const CrossRule> cross_rules();

/// A document of so few words and its unmarked twin: the chance that MinHash takes them for duplicates. The sentence
/// has `added` words.
double twin_chance(double words, double added);

}  // namespace wardmark
