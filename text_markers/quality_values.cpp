#include <algorithm>
#include <array>
#include <set>
#include <unordered_set>

#include "text_markers/survival_values.h"

namespace wardmark::survival {
namespace {

double count(std::size_t n) { return static_cast<double>(n); }
double share(double part, double whole) { return whole > 0 ? part / whole : 0; }

std::vector<std::u32string_view> plain_tokens(const FilterText& text) {
  std::vector<std::u32string_view> plain;
  std::ranges::copy_if(text.tokens, std::back_inserter(plain),
                       [](std::u32string_view token) { return !is_punctuation_alone(token); });
  return plain;
}

double occurrences(std::u32string_view text, std::u32string_view part) {
  double found = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::u32string_view::npos; at += part.size()) ++found;
  return found;
}

double ellipses(std::u32string_view text) { return occurrences(text, U"...") + occurrences(text, U"\u2026"); }

template <class Predicate>
double lines_where(const FilterText& text, Predicate holds) {
  return count(static_cast<std::size_t>(std::ranges::count_if(text.lines, holds)));
}

// RefinedWeb's line rules, on lines that are not blank.

bool upper_line(std::u32string_view line) {
  const auto upper = std::ranges::count_if(line, [](char32_t c) { return c >= U'A' && c <= U'Z'; });
  return static_cast<std::size_t>(upper) * 2 > line.size();
}

bool numeric_line(std::u32string_view line) {
  const std::u32string_view bare = stripped(line);
  return !bare.empty() && std::ranges::all_of(bare, is_digit);
}

/// "3 likes": a number and what it counts, alone on a line.
bool counter_line(const FilterText& text, std::u32string_view line) {
  constexpr std::array<std::u32string_view, 12> kCounted{U"likes",     U"shares", U"comments",  U"retweets",
                                                         U"reposts",   U"quotes", U"bookmarks", U"upvotes",
                                                         U"downvotes", U"views",  U"downloads", U"followers"};
  const auto words = split_white(text.lowered(line));
  return words.size() == 2 && std::ranges::all_of(words[0], is_digit) &&
         std::ranges::find(kCounted, words[1]) != kCounted.end();
}

bool one_word_line(std::u32string_view line) { return split_white(line).size() == 1; }

bool ascii_letter(char32_t c) { return (c | 0x20) >= U'a' && (c | 0x20) <= U'z' && c < 0x80; }
bool ascii_digit(char32_t c) { return c >= U'0' && c <= U'9'; }
bool in_address(char32_t c) { return ascii_letter(c) || ascii_digit(c) || c == U'.' || c == U'-'; }
bool in_local_part(char32_t c) { return in_address(c) || c == U'_' || c == U'%' || c == U'+'; }

double mail_addresses(std::u32string_view text) {
  double found = 0;
  std::size_t free = 0;  // behind the last address
  for (std::size_t at = 0; (at = text.find(U'@', at)) != std::u32string_view::npos; ++at) {
    if (at <= free || !in_local_part(text[at - 1])) continue;
    std::size_t end = at + 1;
    while (end < text.size() && in_address(text[end])) ++end;
    const std::u32string_view domain = text.substr(at + 1, end - at - 1);
    for (std::size_t dot = domain.rfind(U'.'); dot != std::u32string_view::npos && dot > 0;
         dot = domain.rfind(U'.', dot - 1)) {
      std::size_t letters = dot + 1;
      while (letters < domain.size() && ascii_letter(domain[letters])) ++letters;
      if (letters - dot - 1 < 2) continue;
      ++found;
      free = at + 1 + letters;
      break;
    }
  }
  return found;
}

/// Up to `most` digits at `at`, as a number; moves behind them. -1 where there are none or more.
int number_at(std::u32string_view text, std::size_t& at, std::size_t most) {
  const std::size_t begin = at;
  int value = 0;
  for (; at < text.size() && ascii_digit(text[at]) && at - begin <= most; ++at) {
    value = value * 10 + static_cast<int>(text[at] - U'0');
  }
  return at == begin || at - begin > most ? -1 : value;
}

double network_addresses(std::u32string_view text) {
  double found = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!ascii_digit(text[at]) || (at > 0 && (is_word_character(text[at - 1]) || text[at - 1] == U'.'))) continue;
    std::size_t end = at;
    bool fits = true;
    for (int part = 0; part < 4 && fits; ++part) {
      if (part > 0) fits = end < text.size() && text[end++] == U'.';
      const int value = fits ? number_at(text, end, 3) : -1;
      fits = value >= 0 && value <= 255;
    }
    if (fits && (end == text.size() || !is_word_character(text[end]))) ++found;
    if (fits) at = end - 1;
  }
  return found;
}

/// Three, three and four digits behind white space, as telephones are written in the USA.
double phone_numbers(std::u32string_view text) {
  double found = 0;
  for (std::size_t at = 0; at + 1 < text.size(); ++at) {
    if (!is_white(text[at])) continue;
    std::size_t end = at + 1;
    const auto digits = [&](std::size_t n) {
      for (std::size_t k = 0; k < n; ++k) {
        if (end == text.size() || !ascii_digit(text[end++])) return false;
      }
      return true;
    };
    const auto one_of = [&](std::u32string_view set) {
      return end < text.size() && set.find(text[end]) != std::u32string_view::npos;
    };
    if (one_of(U"(")) ++end;
    if (!digits(3)) continue;
    if (one_of(U")")) ++end;
    while (one_of(U"-. ")) ++end;
    if (!digits(3)) continue;
    if (one_of(U"-. ")) ++end;
    if (!digits(4)) continue;
    ++found;
    at = end - 1;
  }
  return found;
}

}  // namespace

double plain_words(const FilterText& text) { return count(plain_tokens(text).size()); }

double mean_word_length(const FilterText& text) {
  const auto words = plain_tokens(text);
  std::size_t sum = 0;
  for (const std::u32string_view word : words) sum += word.size();
  return share(count(sum), count(words.size()));
}

double median_word_length(const FilterText& text) {
  std::vector<std::size_t> sizes;
  for (const std::u32string_view word : split_white(text.text)) sizes.push_back(word.size());
  if (sizes.empty()) return 0;
  std::ranges::sort(sizes);
  const std::size_t half = sizes.size() / 2;
  return sizes.size() % 2 == 1 ? count(sizes[half]) : count(sizes[half - 1] + sizes[half]) / 2;
}

double hash_share(const FilterText& text) { return share(occurrences(text.text, U"#"), plain_words(text)); }
double ellipsis_share(const FilterText& text) { return share(ellipses(text.text), plain_words(text)); }

double bullet_lines(const FilterText& text) {
  return share(lines_where(text,
                           [](std::u32string_view line) {
                             const std::u32string_view bare = stripped(line);
                             return bare.starts_with(U'\u2022') || bare.starts_with(U'-');
                           }),
               count(text.lines.size()));
}

double ellipsis_lines(const FilterText& text) {
  return share(lines_where(text,
                           [](std::u32string_view line) {
                             const std::u32string_view bare = stripped(line);
                             return bare.ends_with(U"...") || bare.ends_with(U'\u2026');
                           }),
               count(text.lines.size()));
}

double lettered_words(const FilterText& text) {
  const auto lettered = std::ranges::count_if(
      text.tokens, [](std::u32string_view token) { return std::ranges::any_of(token, is_letter); });
  return share(count(static_cast<std::size_t>(lettered)), plain_words(text));
}

double stop_words(const FilterText& text) {
  constexpr std::array<std::u32string_view, 8> kStop{U"the", U"be", U"to", U"of", U"and", U"that", U"have", U"with"};
  std::set<std::u32string_view> found;
  for (const std::u32string_view token : text.tokens) {
    const auto at = std::ranges::find(kStop, text.lowered(token));
    if (at != kStop.end()) found.insert(*at);
  }
  return count(found.size());
}

double punctuated_lines(const FilterText& text) {
  return share(lines_where(text,
                           [](std::u32string_view line) {
                             return !line.empty() &&
                                    std::u32string_view(U".'\"!?").find(line.back()) != std::u32string_view::npos;
                           }),
               count(text.lines.size()));
}

double short_lines(const FilterText& text) {
  return share(lines_where(text, [](std::u32string_view line) { return line.size() <= 30; }), count(text.lines.size()));
}

double repeated_line_characters(const FilterText& text) {
  std::unordered_set<std::u32string_view> seen;
  std::size_t repeated = 0;
  std::size_t all = 0;
  for (const std::u32string_view line : text.lines) {
    all += line.size();
    if (!stripped(line).empty() && !seen.insert(line).second) repeated += line.size();
  }
  return share(count(repeated), count(all));
}

double line_ends_per_word(const FilterText& text) {
  return share(count(text.lines.size() - 1), count(text.tokens.size()));
}

double upper_lines(const FilterText& text) { return lines_where(text, upper_line); }
double numeric_lines(const FilterText& text) { return lines_where(text, numeric_line); }
double counter_lines(const FilterText& text) {
  return lines_where(text, [&](std::u32string_view line) { return counter_line(text, line); });
}
double one_word_lines(const FilterText& text) { return lines_where(text, one_word_line); }

double removed_words(const FilterText& text) {
  std::size_t removed = 0;
  std::size_t all = 0;
  for (const std::u32string_view line : text.lines) {
    const std::size_t words = split_white(line).size();
    all += words;
    if (upper_line(line) || numeric_line(line) || counter_line(text, line) || one_word_line(line)) removed += words;
  }
  return share(count(removed), count(all));
}

double characters(const FilterText& text) { return count(text.text.size()); }
double addresses(const FilterText& text) { return mail_addresses(text.text) + network_addresses(text.text); }
double personal_data(const FilterText& text) { return addresses(text) + phone_numbers(text.text); }
double lost_marks(const FilterText& text) { return text.mark_lost ? 1 : 0; }

}  // namespace wardmark::survival
