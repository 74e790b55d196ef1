#include "text_markers/edited_text.h"

#include <algorithm>
#include <string_view>

#include "text_markers/text_encoding.h"

namespace wardmark {
namespace {

constexpr std::string_view kSpanEnd = "</span>";

struct Place {
  std::size_t begin, end;
  std::uint32_t sentence;
};

/// Takes the span around a sentence along, where it is the one that marking writes.
void widen_to_span(std::string_view text, Place& place) {
  if (!text.substr(place.end).starts_with(kSpanEnd)) return;
  const std::size_t open = text.rfind("<span ", place.begin);
  if (open == std::string_view::npos) return;
  const std::string_view tag = text.substr(open, place.begin - open);
  if (!tag.ends_with("translate=\"no\" data-nosnippet>") || tag.find('>') != tag.size() - 1) return;
  place.begin = open;
  place.end += kSpanEnd.size();
}

/// One of the two spaces between which the sentence stands, or the one beside it at an end of its paragraph.
void widen_to_space(std::string_view text, Place& place) {
  const bool before = place.begin > 0 && text[place.begin - 1] == ' ';
  const bool after = place.end < text.size() && text[place.end] == ' ';
  if (before) {
    --place.begin;
  } else if (after) {
    ++place.end;
  }
}

}  // namespace

std::vector<FoundSentence> find_sentences(ByteView file, const GhostRecipe& recipe,
                                          std::span<const std::uint32_t> sentences,
                                          const std::vector<std::string>& texts) {
  const EncodedText encoded(file, recipe.latin1);
  const std::string_view text = encoded.text();
  std::vector<Place> places;
  for (const std::uint32_t s : sentences) {
    const std::string& wanted = texts.at(s);
    for (std::size_t at = text.find(wanted); at != std::string_view::npos; at = text.find(wanted, at + wanted.size())) {
      Place place{at, at + wanted.size(), s};
      widen_to_span(text, place);
      widen_to_space(text, place);
      places.push_back(place);
    }
  }
  std::ranges::sort(places, {}, &Place::begin);
  StoredOffsets offsets(encoded);
  std::vector<FoundSentence> found;
  std::size_t done = 0;
  for (Place& place : places) {
    place.begin = std::max(place.begin, done);  // two in a row share the space between them
    if (place.end <= place.begin) continue;
    const std::size_t begin = offsets.at(place.begin), end = offsets.at(place.end);
    found.push_back({begin, end - begin, place.sentence});
    done = place.end;
  }
  return found;
}

Bytes without(ByteView file, std::span<const FoundSentence> found) {
  Bytes out;
  std::size_t done = 0;
  for (const FoundSentence& f : found) {
    out.insert(out.end(), file.begin() + static_cast<std::ptrdiff_t>(done),
               file.begin() + static_cast<std::ptrdiff_t>(f.at));
    done = f.at + f.length;
  }
  out.insert(out.end(), file.begin() + static_cast<std::ptrdiff_t>(done), file.end());
  return out;
}

}  // namespace wardmark
