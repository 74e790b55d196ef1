#include <doctest/doctest.h>

#include <cctype>
#include <cmath>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/random.h"
#include "text_markers/corpus_search.h"

using namespace wardmark;

namespace {

const GhostSentences& book() {
  static const GhostSentences b = [] {
    GhostRecipe recipe;
    recipe.list = &wordlists().front();
    recipe.templates = default_templates();
    return GhostSentences(recipe, Subkey(ByteView(Bytes(32, 6))));
  }();
  return b;
}

const ScanIndex& index() {
  static const ScanIndex i = [] {
    std::vector<ScanTarget> targets;
    for (std::uint32_t s = 0; s < 10; ++s) {
      for (std::uint32_t c = 0; c < 20; ++c) targets.push_back({s, c, c == 3});
    }
    return ScanIndex(book(), targets);
  }();
  return i;
}

std::vector<ScanHit> scan(std::string_view text, std::size_t piece = 1 << 20) {
  std::vector<ScanHit> hits;
  CorpusScanner scanner(index(), [&](const ScanHit& hit) { hits.push_back(hit); });
  for (std::size_t at = 0; at < text.size(); at += piece) scanner.feed(bytes_of(text.substr(at, piece)));
  scanner.finish();
  return hits;
}

std::string join(const std::vector<std::string>& words, std::string_view between) {
  std::string text;
  for (const std::string& w : words) text += (text.empty() ? "" : std::string(between)) + w;
  return text;
}

std::vector<std::string> words_of(std::uint32_t s, std::uint32_t c) {
  std::vector<std::string> words;
  for (const std::uint32_t w : book().words(s, c)) words.emplace_back(book().recipe().list->words[w]);
  return words;
}

}  // namespace

TEST_CASE("scan: a released sentence is found as it is, with its place, in pieces of any size") {
  const std::string phrase = book().phrase(4, 3);
  const std::string text = "Some words before. " + book().text(4, 3) + " And after it " + phrase + "; end";
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, text.size()}) {
    const auto hits = scan(text, piece);
    REQUIRE(hits.size() == 2);
    for (const ScanHit& hit : hits) {
      CHECK(index().targets()[hit.target].sentence == 4);
      CHECK(index().targets()[hit.target].released);
      CHECK(hit.variant == Variant::exact);
      CHECK(text.substr(hit.offset, hit.end - hit.offset) == phrase);
    }
  }
}

TEST_CASE("scan: case, punctuation, line ends and JSON's escapes do not hide a sentence") {
  const auto words = words_of(2, 7);
  for (const char* between : {"\n", "\r\n> ", ", ", "\t", "\\n", " - ", "_"}) {
    CAPTURE(between);
    const auto hits = scan("x " + join(words, between) + " y");
    REQUIRE(hits.size() == 1);
    CHECK(hits[0].variant == Variant::reformatted);
    CHECK(!index().targets()[hits[0].target].released);
  }
  std::string loud = join(words, " ");
  for (char& c : loud) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  REQUIRE(scan(loud).size() == 1);
  CHECK(scan(loud)[0].variant == Variant::reformatted);
}

TEST_CASE("scan: any one or two words missing or replaced are tolerated, three are not") {
  const auto words = words_of(9, 3);
  const std::size_t n = words.size();
  for (std::size_t a = 0; a < n; ++a) {
    for (std::size_t b = a; b < n; ++b) {
      for (const bool replace : {false, true}) {
        std::vector<std::string> kept;
        for (std::size_t w = 0; w < n; ++w) {
          if (w != a && w != b)
            kept.push_back(words[w]);
          else if (replace)
            kept.emplace_back("other");
        }
        const auto hits = scan("before it " + join(kept, " ") + " after");
        REQUIRE(hits.size() == 1);
        CHECK(hits[0].variant == Variant::partial);
        CHECK(hits[0].missing == (a == b ? 1 : 2));
      }
    }
  }
  CHECK(scan(join({words.begin() + 3, words.end()}, " ")).empty());
  CHECK(scan(join({words.begin(), words.end() - 3}, " ")).empty());
}

TEST_CASE("scan: words in another order, or of two sentences, are no hit") {
  auto words = words_of(1, 3);
  std::swap(words[1], words[2]);
  std::swap(words[5], words[6]);
  std::swap(words[9], words[10]);
  CHECK(scan(join(words, " ")).empty());
  auto mixed = words_of(1, 3);
  const auto other = words_of(2, 3);
  std::copy(other.begin(), other.begin() + 6, mixed.begin());
  CHECK(scan(join(mixed, " ")).empty());
}

TEST_CASE("scan: the chance of a false hit is far below one, and grows with text and sentences") {
  const double small = index().false_hit_log10(1000000, 30);
  CHECK(small < -20);
  CHECK(index().false_hit_log10(10000000, 30) == doctest::Approx(small + 1));
  CHECK(index().false_hit_log10(1000000, 300) == doctest::Approx(small + 1));
  // 66 pairs of missing words, 15 over 9 ways to place ten words behind the first: 5005.
  CHECK(small == doctest::Approx(6 + std::log10(30.0) + std::log10(66.0 * 5005.0) - 10 * std::log10(7768.0)));
}

TEST_CASE("scan: pieces of any size, at any place of the 64-byte blocks, find the same as one byte at a time") {
  Stream draw(Subkey(ByteView(Bytes(32, 9))), "pieces");
  const auto hits_of = [&](const std::string& text, std::size_t piece) {
    std::vector<std::string> hits;
    CorpusScanner scanner(index(), [&](const ScanHit& hit) {
      hits.push_back(std::to_string(hit.target) + " " + std::to_string(hit.offset) + " " + std::to_string(hit.end) +
                     " " + std::string(name(hit.variant)));
    });
    for (std::size_t at = 0; at < text.size(); at += piece) {
      scanner.feed(bytes_of(std::string_view(text).substr(at, piece)));
    }
    scanner.finish();
    hits.push_back(std::to_string(scanner.words()));
    return hits;
  };
  for (int round = 0; round < 40; ++round) {
    std::string text;
    for (int part = 0; part < 6; ++part) {
      for (std::uint32_t n = draw.below(90); n > 0; --n) text += " aB\\n\\\\\n.\xC3\xA9z\"tr"[draw.below(15)];
      std::string sentence = book().phrase(draw.below(3), draw.below(4));
      if (part % 3 == 1) {
        for (char& c : sentence) c = c == ' ' ? '\n' : static_cast<char>(std::toupper(c));
      }
      if (part % 3 == 2) {
        for (std::size_t at = 0; (at = sentence.find(' ', at)) != std::string::npos; at += 2)
          sentence.replace(at, 1, "\\n");
      }
      text += part % 2 == 0 ? " " + sentence + "." : "\\n" + sentence + "\\\"";
    }
    const auto slow = hits_of(text, 1);
    CHECK(slow.size() > 6);
    for (const std::size_t piece : {2u, 63u, 64u, 65u, 127u, 1000000u}) CHECK(hits_of(text, piece) == slow);
  }
}

TEST_CASE("scan: no two words of a list are taken for one, also in scripts without capitals") {
  for (const Wordlist& list : wordlists()) {
    CAPTURE(list.name);
    GhostRecipe recipe;
    recipe.list = &list;
    recipe.words = 24;
    recipe.templates = default_templates();
    const GhostSentences sentences(recipe, Subkey(ByteView(Bytes(32, 8))));
    const ScanIndex one(sentences, {{0, 0, true}});
    const auto hits_of = [&](const std::string& text) {
      std::vector<Variant> hits;
      CorpusScanner scanner(one, [&](const ScanHit& hit) { hits.push_back(hit.variant); });
      scanner.feed(bytes_of(text));
      scanner.finish();
      return hits;
    };
    const std::string phrase = sentences.phrase(0, 0);
    CHECK(hits_of("x " + phrase + " y") == std::vector{Variant::exact});
    // Another bit in the middle of one word: that word is missing, the sentence is still found.
    std::string other = phrase;
    const std::size_t at = other.find(' ') + 2;
    if ((other[at] & 0x80) == 0) continue;
    other[at] = static_cast<char>(other[at] ^ 0x20);
    CHECK(hits_of("x " + other + " y") == std::vector{Variant::partial});
  }
}

TEST_CASE("search: for few sentences it passes over most of a text, and finds what the scanner finds") {
  Stream draw(Subkey(ByteView(Bytes(32, 4))), "sparse");
  const ScanIndex one(book(), {{0, 3, true}, {0, 4, false}});
  const auto told = [](const ScanHit& hit) {
    return std::to_string(hit.target) + " " + std::to_string(hit.offset) + " " + std::to_string(hit.end) + " " +
           std::string(name(hit.variant)) + " " + std::to_string(hit.missing);
  };
  std::size_t found = 0;
  for (int round = 0; round < 12; ++round) {
    std::string text;
    for (int part = 0; part < 5; ++part) {
      for (std::uint32_t n = draw.below(60000); n > 0; --n) text += "  aB\\n\\\\\n.\xC3\xA9z\"try"[draw.below(17)];
      std::vector<std::string> words = words_of(0, 3 + draw.below(3));
      if (part % 2 == 1) words.erase(words.begin() + draw.below(12));
      if (part % 3 == 1) words[draw.below(11)] = "REPLACED";
      std::string sentence = join(words, part % 3 == 2 ? "\\n" : part == 4 ? "  \n" : " ");
      if (part == 3) {
        for (char& c : sentence) c = static_cast<char>(std::toupper(c));
      }
      text += " " + sentence + ".";
    }
    std::vector<std::string> slow;
    CorpusScanner scanner(one, [&](const ScanHit& hit) { slow.push_back(told(hit)); });
    scanner.feed(bytes_of(text));
    scanner.finish();
    found += slow.size();
    for (const std::size_t piece : {std::size_t{7}, std::size_t{65536}, std::size_t{300000}, text.size()}) {
      std::vector<std::string> fast;
      CorpusSearch search(one, [&](const ScanHit& hit) { fast.push_back(told(hit)); });
      for (std::size_t at = 0; at < text.size(); at += piece) {
        search.feed(bytes_of(std::string_view(text).substr(at, piece)));
      }
      search.finish();
      CHECK(fast == slow);
      CHECK(search.words() == scanner.words());
      CHECK(search.bytes() == text.size());
    }
  }
  CHECK(found > 20);
}
