#include <unordered_map>
#include <unordered_set>

#include "text_markers/survival_values.h"

namespace wardmark::survival {
namespace {

struct Repeats {
  double parts = 0;
  double characters = 0;
};

Repeats repeats_of(const std::vector<std::u32string_view>& parts) {
  std::unordered_set<std::u32string_view> seen;
  Repeats repeats;
  for (const std::u32string_view part : parts) {
    if (seen.insert(part).second) continue;
    ++repeats.parts;
    repeats.characters += static_cast<double>(part.size());
  }
  return repeats;
}

/// Split at two or more line ends.
std::vector<std::u32string_view> paragraphs_of(const FilterText& text) {
  const std::u32string_view all = stripped(text.text);
  std::vector<std::u32string_view> paragraphs;
  for (std::size_t at = 0; at <= all.size();) {
    const std::size_t end = std::min(all.find(U"\n\n", at), all.size());
    paragraphs.push_back(all.substr(at, end - at));
    at = end == all.size() ? end + 1 : std::min(all.find_first_not_of(U'\n', end), all.size());
  }
  return paragraphs;
}

/// Split at one or more line ends.
std::vector<std::u32string_view> filled_lines(const FilterText& text) {
  std::vector<std::u32string_view> lines;
  for (const std::u32string_view line : text.lines) {
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

double share(double part, double whole) { return whole > 0 ? part / whole : 0; }
double size_of(const FilterText& text) { return static_cast<double>(text.text.size()); }

std::u32string gram(const std::vector<std::u32string_view>& tokens, std::size_t at, int n, bool spaced) {
  std::u32string joined;
  for (int k = 0; k < n; ++k) {
    if (spaced && k > 0) joined += U' ';
    joined += tokens[at + static_cast<std::size_t>(k)];
  }
  return joined;
}

}  // namespace

double repeated_lines(const FilterText& text) {
  const auto lines = filled_lines(text);
  return share(repeats_of(lines).parts, static_cast<double>(lines.size()));
}
double repeated_line_share(const FilterText& text) {
  return share(repeats_of(filled_lines(text)).characters, size_of(text));
}
double repeated_paragraphs(const FilterText& text) {
  const auto paragraphs = paragraphs_of(text);
  return share(repeats_of(paragraphs).parts, static_cast<double>(paragraphs.size()));
}
double repeated_paragraph_share(const FilterText& text) {
  return share(repeats_of(paragraphs_of(text)).characters, size_of(text));
}

template <int n>
double top_gram(const FilterText& text) {
  std::unordered_map<std::u32string, std::size_t> times;
  std::size_t most = 0;
  std::size_t longest = 0;  // of the most frequent ones, the first that came: the one a counter lists first
  for (std::size_t at = 0; at + n <= text.tokens.size(); ++at) ++times[gram(text.tokens, at, n, true)];
  for (std::size_t at = 0; at + n <= text.tokens.size(); ++at) {
    const std::u32string candidate = gram(text.tokens, at, n, true);
    const std::size_t count = times[candidate];
    if (count <= most) continue;
    most = count;
    longest = candidate.size();
  }
  return share(static_cast<double>(most * longest), size_of(text));
}

template <int n>
double repeated_grams(const FilterText& text) {
  std::unordered_set<std::u32string> seen;
  std::size_t repeated = 0;
  for (std::size_t at = 0; at + n <= text.tokens.size();) {
    std::u32string candidate = gram(text.tokens, at, n, false);
    const std::size_t size = candidate.size();
    if (seen.insert(std::move(candidate)).second) {
      ++at;
    } else {
      repeated += size;
      at += n;
    }
  }
  return share(static_cast<double>(repeated), size_of(text));
}

template double top_gram<2>(const FilterText&);
template double top_gram<3>(const FilterText&);
template double top_gram<4>(const FilterText&);
template double repeated_grams<5>(const FilterText&);
template double repeated_grams<6>(const FilterText&);
template double repeated_grams<7>(const FilterText&);
template double repeated_grams<8>(const FilterText&);
template double repeated_grams<9>(const FilterText&);
template double repeated_grams<10>(const FilterText&);

}  // namespace wardmark::survival
