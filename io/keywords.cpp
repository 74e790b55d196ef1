#include "io/keywords.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "core/error.h"
#include "io/byte_order.h"
#include "io/item_id.h"
#include "io/tiff_directory.h"
#include "io/tiff_page.h"

namespace wardmark {
namespace {

constexpr std::string_view kSubject = "dc:subject";
constexpr std::size_t kMostKeywords = 4096;

/// Text of XML with its references to characters put in.
std::string plain_text(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, char>, 5> kNames = {
      {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}}};
  std::string out;
  while (!text.empty()) {
    const auto name = std::ranges::find_if(kNames, [&](const auto& row) { return text.starts_with(row.first); });
    out += name == kNames.end() ? text.front() : name->second;
    text.remove_prefix(name == kNames.end() ? 1 : name->first.size());
  }
  const std::size_t begin = out.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return {};
  return out.substr(begin, out.find_last_not_of(" \t\r\n") - begin + 1);
}

bool is_utf8(std::string_view text) {
  std::size_t more = 0;
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (more > 0) {
      if (byte >> 6 != 2) return false;
      --more;
    } else if (byte >= 0x80) {
      more = byte >> 5 == 6 ? 1 : byte >> 4 == 14 ? 2 : byte >> 3 == 30 ? 3 : 0;
      if (more == 0) return false;
    }
  }
  return more == 0;
}

std::string from_latin1(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte >= 0x80) out += static_cast<char>(0xC0 | byte >> 6);
    out += byte >= 0x80 ? static_cast<char>(0x80 | (byte & 0x3F)) : c;
  }
  return out;
}

void add_keywords(ByteView record, std::vector<std::string>& keywords) {
  constexpr std::size_t kHead = 5;
  for (std::size_t at = 0; at + kHead <= record.size() && record[at] == 0x1C && keywords.size() < kMostKeywords;) {
    const std::size_t length = big16(record.data() + at + 3);
    if (length > record.size() - at - kHead) return;
    if (record[at + 1] == 2 && record[at + 2] == 25) {
      const std::string_view text = text_of(record.subspan(at + kHead, length));
      keywords.push_back(label_text(is_utf8(text) ? std::string(text) : from_latin1(text)));
    }
    at += kHead + length;
  }
}

}  // namespace

std::vector<std::string> xmp_subjects(ByteView file) {
  const std::string_view text = text_of(file);
  std::vector<std::string> subjects;
  const std::string open = '<' + std::string(kSubject), close = "</" + std::string(kSubject);
  for (std::size_t at = text.find(open); at != text.npos && subjects.size() < kMostKeywords;) {
    const std::size_t end = text.find(close, at);
    if (end == text.npos) break;
    const std::string_view list = text.substr(at, end - at);
    for (std::size_t item = list.find("<rdf:li"); item != list.npos; item = list.find("<rdf:li", item + 1)) {
      const std::size_t begin = list.find('>', item);
      const std::size_t behind = begin == list.npos ? begin : list.find('<', begin);
      if (behind == list.npos) break;
      const std::string word = plain_text(list.substr(begin + 1, behind - begin - 1));
      if (!word.empty() && is_utf8(word)) subjects.push_back(label_text(word));
    }
    at = text.find(open, end);
  }
  return subjects;
}

std::vector<std::string> iptc_keywords(ByteView file) {
  std::vector<std::string> keywords;
  const std::string_view text = text_of(file);
  constexpr std::string_view kResource{"8BIM\x04\x04", 6};
  for (std::size_t at = text.find(kResource); at != text.npos; at = text.find(kResource, at + 1)) {
    if (at + 7 > file.size()) break;
    const std::size_t name = (std::size_t{1} + file[at + 6] + 1) / 2 * 2;
    if (file.size() - at < 10 + name) break;
    const std::size_t size = big32(file.data() + at + 6 + name);
    const std::size_t begin = at + 10 + name;
    add_keywords(file.subspan(begin, std::min(size, file.size() - begin)), keywords);
    if (!keywords.empty()) return keywords;
  }
  const TiffBlock tiff(file);
  if (!tiff.recognised() && !tiff.recognised_big()) return keywords;
  const auto directory = tiff.directory(static_cast<std::size_t>(std::min<std::uint64_t>(tiff.first(), file.size())));
  for (const TiffEntry& entry : directory ? directory->entries : std::vector<TiffEntry>()) {
    if (entry.tag != tiff_tag::iptc || !entry.inside) continue;
    add_keywords(file.subspan(entry.value, static_cast<std::size_t>(entry.size)), keywords);
  }
  return keywords;
}

void label_by_keywords(const LabelSource& source, const std::vector<std::string>& classes,
                       const std::function<std::vector<Bytes>(const Item&)>& files, Survey& survey) {
  const auto keywords_of = source.keyword == kSubject ? xmp_subjects : iptc_keywords;
  std::vector<Item> kept;
  std::string example;
  for (Item& item : survey.items) {
    for (const Bytes& file : files(item)) {
      const std::vector<std::string> keywords = keywords_of(file);
      if (example.empty() && !keywords.empty()) example = keywords.front();
      const auto first = std::ranges::find_if(
          keywords, [&](const std::string& word) { return std::ranges::find(classes, word) != classes.end(); });
      if (first == keywords.end()) continue;
      item.label = *first;
      break;
    }
    if (item.label.empty()) {
      survey.companions.push_back({std::move(item.id), Code::left_unlabelled});
    } else {
      kept.push_back(std::move(item));
    }
  }
  if (kept.empty() && !survey.items.empty()) {
    throw Error(
        Code::labels_format, "no item has a keyword that --classes names",
        example.empty() ? "the items have no keywords of this kind" : "a keyword of the items is '" + example + "'");
  }
  survey.items = std::move(kept);
  std::ranges::sort(survey.companions, {}, &Companion::path);
}

}  // namespace wardmark
