#include "text_markers/edited_text.h"

#include <doctest/doctest.h>

#include "core/error.h"

using namespace wardmark;

namespace {

const std::vector<std::string> kTexts = {"Archive line: one two three.", "Archive line: four five six."};
const std::vector<std::uint32_t> kBoth = {0, 1};

std::string freed(const std::string& text, const std::vector<std::uint32_t>& sentences = kBoth, bool latin1 = false) {
  GhostRecipe recipe;
  recipe.latin1 = latin1;
  const Bytes out = without(bytes_of(text), find_sentences(bytes_of(text), recipe, sentences, kTexts));
  return std::string(text_of(ByteView(out)));
}

std::string utf16(std::string_view ascii) {
  std::string out = "\xff\xfe";
  for (const char c : ascii) out += {c, '\0'};
  return out;
}

}  // namespace

TEST_CASE("sentences go with one of the spaces around them, wherever an editor moved them") {
  CHECK(freed("A day. Archive line: one two three. A night.") == "A day. A night.");
  CHECK(freed("Archive line: one two three. A night.") == "A night.");
  CHECK(freed("A day. Archive line: one two three.\n") == "A day.\n");
  CHECK(freed("A day. Archive line: one two three. Archive line: four five six. A night.") == "A day. A night.");
  CHECK(freed("Archive line: one two three.") == "");
  CHECK(freed("A day.\nArchive line: four five six.\nA night.") == "A day.\n\nA night.");
  CHECK(freed("Two: Archive line: one two three. And again: Archive line: one two three.") == "Two: And again:");
}

TEST_CASE("only what was asked for and stands word for word is taken out") {
  CHECK(freed("A. Archive line: one two three. B.", {1}) == "A. Archive line: one two three. B.");
  CHECK(freed("A. Archive line: one Two three. B.") == "A. Archive line: one Two three. B.");
  CHECK(freed("A. Archive line: one two three, B.") == "A. Archive line: one two three, B.");
}

TEST_CASE("the span that marking writes goes along, other markup stays") {
  const std::string span = "<span lang=\"en\" translate=\"no\" data-nosnippet>";
  CHECK(freed("<p>A. " + span + "Archive line: one two three.</span> B.</p>") == "<p>A. B.</p>");
  CHECK(freed("<p><span class=\"x\">Archive line: one two three.</span> B.</p>") ==
        "<p><span class=\"x\"></span> B.</p>");
  CHECK(freed("<p>A. " + span + "<b>Archive line: one two three.</b></span> B.</p>") ==
        "<p>A. " + span + "<b></b></span> B.</p>");
}

TEST_CASE("bytes of other encodings are cut at their characters") {
  CHECK(freed(utf16("A. Archive line: one two three. B.")) == utf16("A. B."));
  CHECK(freed("Caf\xe9. Archive line: one two three. B.", kBoth, true) == "Caf\xe9. B.");
  CHECK(freed("Caf\xc3\xa9. Archive line: one two three. B.") == "Caf\xc3\xa9. B.");
  CHECK_THROWS_AS(freed("Caf\xe9. Archive line: one two three. B."), Error);
}
