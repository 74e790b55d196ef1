#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm.h>
#include <doctest/doctest.h>
#include <gumbo.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "core/error.h"
#include "io/atomic_file.h"
#include "text_markers/json_lines.h"
#include "text_markers/mark_text.h"
#include "text_markers/plain_text.h"

using namespace wardmark;

namespace {

namespace fs = std::filesystem;

const std::string kProse =
    "The river rose in the night and took the lower field. Nobody had expected it so early in the year. Men came with "
    "lanterns and stood along the bank until morning. By noon the water had gone down again.";

std::string passages_of(std::string_view format, std::string_view text) {
  std::string all;
  for (const Passage& p : find_text_format(format)->passages(text)) {
    all += std::string(text.substr(p.begin, p.end - p.begin)) + "|";
  }
  return all;
}

/// As a reader of Markdown would show it.
std::string rendered(std::string_view text) {
  cmark_gfm_core_extensions_ensure_registered();
  cmark_parser* parser = cmark_parser_new(CMARK_OPT_UNSAFE);
  for (const char* name : {"table", "strikethrough", "autolink", "tasklist"}) {
    cmark_parser_attach_syntax_extension(parser, cmark_find_syntax_extension(name));
  }
  cmark_parser_feed(parser, text.data(), text.size());
  cmark_node* document = cmark_parser_finish(parser);
  char* html = cmark_render_html(document, CMARK_OPT_UNSAFE, cmark_parser_get_syntax_extensions(parser));
  const std::string copy = html;
  std::free(html);
  cmark_node_free(document);
  cmark_parser_free(parser);
  return copy;
}

/// Every node of a parsed page in order: tags, attributes, texts.
void list_nodes(const GumboNode* node, std::string& list) {
  if (node->type != GUMBO_NODE_ELEMENT) {
    list += "text " + std::string(node->v.text.text) + "\n";
    return;
  }
  const GumboElement& element = node->v.element;
  list += "<" + std::to_string(element.tag);
  for (unsigned i = 0; i < element.attributes.length; ++i) {
    const auto* attribute = static_cast<const GumboAttribute*>(element.attributes.data[i]);
    list += " " + std::string(attribute->name) + "=" + attribute->value;
  }
  list += ">\n";
  for (unsigned i = 0; i < element.children.length; ++i) {
    list_nodes(static_cast<const GumboNode*>(element.children.data[i]), list);
  }
  list += "</>\n";
}

std::string tree_of(std::string_view html) {
  GumboOutput* output = gumbo_parse_with_options(&kGumboDefaultOptions, html.data(), html.size());
  std::string list;
  list_nodes(output->root, list);
  gumbo_destroy_output(&kGumboDefaultOptions, output);
  return list;
}

/// `text` without the one place where `part` stands in it.
std::string without(std::string text, const std::string& part) {
  const std::size_t at = text.find(part);
  REQUIRE(at != std::string::npos);
  text.erase(at, part.size());
  CHECK(text.find(part) == std::string::npos);
  return text;
}

/// Marks every document of a file with one fixed sentence.
struct Marker {
  GhostRecipe recipe;
  Subkey key{ByteView(Bytes(32, 3))};
  DocumentDraw documents{key, 1};
  Thresholds thresholds{UINT64_MAX};
  std::vector<std::string> sentences{"A ghost sentence marks this text and reads alpha beta gamma."};
  Marker() {
    recipe.list = &wordlists().front();
    recipe.sentences = 1;
    recipe.min_words = 20;
    recipe.templates = default_templates();
  }
  MarkedText operator()(ByteView file, std::string_view format) const {
    return mark_text(file, "file", *find_text_format(format), {recipe, documents, key, thresholds, sentences});
  }
};

}  // namespace

TEST_CASE("sentence ends: not after abbreviations, inside quotes, brackets or code, nor at the passage's end") {
  CHECK(sentence_ends("One came. Two left.") == std::vector<std::size_t>{9});
  CHECK(sentence_ends("Mr. Smith came. He left.") == std::vector<std::size_t>{15});
  CHECK(sentence_ends("It was 3.5 metres. Then it fell.") == std::vector<std::size_t>{18});
  CHECK(sentence_ends("He said \"Go. Now.\" and left. She stayed.") == std::vector<std::size_t>{28});
  CHECK(sentence_ends("See (Fig. 2. The rest) here. It ends.") == std::vector<std::size_t>{28});
  CHECK(sentence_ends("Call `a. B` first. Then rest.") == std::vector<std::size_t>{18});
  CHECK(sentence_ends("Only one sentence here.").empty());
  CHECK(sentence_ends("Wait... There it is.").empty());
  CHECK(sentence_ends("\u732b\u3067\u3042\u308b\u3002\u540d\u524d\u306f\u307e\u3060\u3002") ==
        std::vector<std::size_t>{15});
}

TEST_CASE("plain text: wrapped and one-line paragraphs are taken; verse, lists and tables are not") {
  const std::string wrapped =
      "The river rose in the night and took the lower\nfield of the farm beside the mill. Nobody had ever\nexpected "
      "it.";
  CHECK(passages_of("text", wrapped + "\n\n" + kProse + "\n") == wrapped + "|" + kProse + "|");
  CHECK(passages_of("text",
                    "Tyger Tyger. Burning bright,\nIn the forests. Of the night;\nWhat immortal. Hand or eye\n") == "");
  CHECK(passages_of("text",
                    "a   1   2.0   17.4   name   44\nb   1   3.0   15.4   other   41\nc   4   5.5   1.2   x   3\n") ==
        "");
  CHECK(passages_of("text", kProse + "\r" + kProse) == kProse + "|" + kProse + "|");
  CHECK(passages_of("text", "") == "");
}

TEST_CASE("markdown: paragraphs and list items alone") {
  const std::string text =
      "---\ntitle: Front. Matter.\n---\n# Heading. Here.\n\nFirst one. Second one.\n\n- Item one. Item two.\n\n"
      "> Quoted. Words.\n\n    code. Block.\n\n```\nFenced. Code.\n```\n\n| A. B. | C. D. |\n|---|---|\n| e. F. | g "
      "|\n\n"
      "<div>Raw. Html.</div>\n\n{% tag %} Templ. Ate.\n\n[ref]: http://example.org\n";
  CHECK(passages_of("markdown", text) == "First one. Second one.|- Item one. Item two.|");
}

TEST_CASE("html: visible paragraphs of the body alone") {
  const std::string text =
      "<html><head><title>T. T.</title></head><body><p>One here. Two here.</p><nav><p>N. N.</p></nav>"
      "<p hidden>H. H.</p><p style='display:none'>S. S.</p><div class='sidebar'><p>B. B.</p></div><pre>P. P.</pre>"
      "<li>Three. Four.</li><!-- <p>C. C.</p> --><script>var a='<p>J. J.</p>';</script></body></html>";
  CHECK(passages_of("html", text) == "One here. Two here.|Three. Four.|");
}

TEST_CASE("text formats: the contract of every row that is one document") {
  const std::string material = kProse + "\n\n" + kProse + " Again.\n\n<p>" + kProse + " Once more.</p>\n\n- " + kProse;
  const Marker marker;
  for (const TextFormat& format : text_formats()) {
    if (format.passages == nullptr) continue;
    CAPTURE(format.name);
    CHECK(format.help.find('\n') == std::string_view::npos);
    std::size_t last = 0;
    for (const Passage& p : format.passages(material)) {
      CHECK(p.begin >= last);
      CHECK(p.end > p.begin);
      CHECK(p.end <= material.size());
      last = p.end;
    }
    const MarkedText marked = marker(bytes_of(material), format.name);
    REQUIRE(marked.splices.size() == 1);
    std::vector<Insertion> insertions;
    const Bytes out = splice(bytes_of(material), marked.splices, insertions);
    CHECK(text_of(unsplice(out, insertions)) == material);
    CHECK(text_of(out).find(marker.sentences[0]) != std::string_view::npos);
    for (const char* odd : {"", "\n", "<", "&#x;", "```", "- ", "\r\r\n", "<p>a. B", "\xC3\xA9. \xC3\x89"}) {
      CHECK(marker(bytes_of(odd), format.name).splices.empty());
    }
  }
}

TEST_CASE("place: never in a paragraph that comes twice; in the second half where there is a place") {
  const Subkey key(ByteView(Bytes(32, 3)));
  const std::string twice = kProse + "\n\n" + kProse;
  CHECK(choose_places(twice, plain_passages(twice), key, "d").empty());
  std::string text;
  for (const char* name : {"Anna", "Berta", "Clara", "Dora"}) text += kProse + " So said " + name + " then.\n\n";
  for (int i = 0; i < 40; ++i) {
    const auto places = choose_places(text, plain_passages(text), key, std::to_string(i));
    REQUIRE(places.size() == 1);
    CHECK(places[0] >= text.size() / 2);
    CHECK(text[places[0] - 1] == '.');
  }
}

TEST_CASE("encodings: byte order marks, UTF-16 and line ends come back as they were; others are refused") {
  const Marker marker;
  const auto wide = [&](bool big) {
    std::string bytes = big ? "\xFE\xFF" : "\xFF\xFE";
    for (const char c : kProse) bytes += big ? std::string{'\0', c} : std::string{c, '\0'};
    return bytes;
  };
  for (const std::string& file : {"\xEF\xBB\xBF" + kProse, wide(true), wide(false), kProse + "\r\n"}) {
    const MarkedText marked = marker(bytes_of(file), "text");
    REQUIRE(marked.splices.size() == 1);
    std::vector<Insertion> insertions;
    const Bytes out = splice(bytes_of(file), marked.splices, insertions);
    const EncodedText back(out);
    CHECK(back.text().find(". " + marker.sentences[0] + " ") != std::string_view::npos);
    CHECK(text_of(unsplice(out, insertions)) == file);
  }
  const auto code_of = [&](const std::string& file) {
    try {
      marker(bytes_of(file), "text");
      return Code::bug;
    } catch (const Error& error) {
      return error.code();
    }
  };
  Marker latin;
  latin.recipe.latin1 = true;
  const std::string file = "Caf\xE9 \x93quoted\x94. " + kProse;
  const MarkedText marked = latin(bytes_of(file), "text");
  REQUIRE(marked.splices.size() == 1);
  std::vector<Insertion> insertions;
  const Bytes out = splice(bytes_of(file), marked.splices, insertions);
  CHECK(text_of(out).find(". " + latin.sentences[0] + " ") != std::string_view::npos);
  CHECK(text_of(unsplice(out, insertions)) == file);
  latin.sentences = {"A ghost \u20ac sentence."};
  CHECK_THROWS_AS(latin(bytes_of(file), "text"), Error);
  CHECK(code_of("caf\xE9") == Code::text_encoding);
  CHECK(code_of(std::string("a\0b", 3)) == Code::text_binary);
  CHECK(code_of("\xFF\xFE\x3D") == Code::text_encoding);
  CHECK(code_of(std::string("\xFF\xFE\x3D\xD8", 4)) == Code::text_encoding);
}

TEST_CASE("json lines: another reader sees the same records plus the sentence; broken lines are kept and named") {
  Marker marker;
  marker.recipe.field = "body";
  marker.recipe.id_field = "id";
  const std::string escaped =
      nlohmann::json("\u201CHello\u201D is said. " + kProse + "\nTab\there. Caf\u00e9 \"x\".").dump(-1, ' ', true);
  const std::string file = "{\"id\": 1, \"body\": " + escaped +
                           ", \"n\": [1, {\"body\": \"inner\"}]}\n{broken\n{\"id\": 2}\n\n" +
                           "{\"body\": 5, \"id\": 3}\n{\"id\": \"x\", \"body\": \"<p>" + kProse + "</p>\"}\n" +
                           "{\"body\":\"" + kProse + "\",\"id\":\"last\"}";
  const MarkedText marked = marker(bytes_of(file), "jsonl");
  CHECK(marked.documents == 6);
  CHECK(marked.faults == 4);
  REQUIRE(marked.splices.size() == 2);
  CHECK(marked.splices[0].document == "1");
  CHECK(marked.splices[1].document == "last");
  std::vector<Insertion> insertions;
  const Bytes out = splice(bytes_of(file), marked.splices, insertions);
  CHECK(text_of(unsplice(out, insertions)) == file);
  std::string_view before = file;
  std::string_view after = text_of(out);
  std::size_t changed = 0;
  while (!before.empty()) {
    const auto line = [](std::string_view& text) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      const std::string_view taken = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      return taken;
    };
    const std::string_view b = line(before);
    const std::string_view a = line(after);
    if (a == b) continue;
    ++changed;
    auto was = nlohmann::json::parse(b);
    auto is = nlohmann::json::parse(a);
    auto body = is["body"].get<std::string>();
    const std::size_t at = body.find(" " + marker.sentences[0]);
    REQUIRE(at != std::string::npos);
    is["body"] = body.erase(at, marker.sentences[0].size() + 1);
    CHECK(is == was);
  }
  CHECK(changed == 2);
  CHECK(after.empty());
}

TEST_CASE("json files: a list of objects or one; another reader sees the same plus the sentence; broken ones stay") {
  Marker marker;
  marker.recipe.field = "body";
  marker.recipe.id_field = "id";
  const std::string record = "{\"body\": " + nlohmann::json(kProse).dump() + ", \"id\": ";
  const std::string list = "[" + record + "1, \"x\": [1, {}]},\n {\"id\": 2},\n " + record + "\"c\"} ]\n";
  for (const std::string& file : {list, "  " + record + "7}"}) {
    const MarkedText marked = marker(bytes_of(file), "json");
    REQUIRE(!marked.splices.empty());
    CHECK(marked.faults == (file == list ? 1 : 0));
    std::vector<Insertion> insertions;
    const Bytes out = splice(bytes_of(file), marked.splices, insertions);
    CHECK(text_of(unsplice(out, insertions)) == file);
    nlohmann::json is = nlohmann::json::parse(text_of(out));
    nlohmann::json was = nlohmann::json::parse(file);
    const auto strip = [&](nlohmann::json& object) {
      if (!object.contains("body")) return;
      auto body = object["body"].get<std::string>();
      const std::size_t at = body.find(" " + marker.sentences[0]);
      REQUIRE(at != std::string::npos);
      object["body"] = body.erase(at, marker.sentences[0].size() + 1);
    };
    if (is.is_array()) {
      for (auto& object : is) strip(object);
    } else {
      strip(is);
    }
    CHECK(is == was);
  }
  for (const std::string& broken :
       {list + "x", list.substr(0, list.size() - 3), std::string("[1, 2]"), std::string("3")}) {
    const MarkedText marked = marker(bytes_of(broken), "json");
    CHECK(marked.splices.empty());
    CHECK(marked.faults == 1);
  }
}

TEST_CASE("tables: quoted and bare fields, line ends inside quotes; broken rows are kept and named") {
  Marker marker;
  marker.recipe.field = "body";
  marker.recipe.id_field = "id";
  const std::string file = "\xEF\xBB\xBFid,body,n\r\n1,\"He said \"\"go\"\" twice.\r\n" + kProse + "\",5\r\n\r\n2," +
                           kProse + ",6\r\n3,short\r\n4,\"a\"b,7\r\n5,x,8\r\n6,\"never closed. " + kProse;
  const MarkedText marked = marker(bytes_of(file), "csv");
  CHECK(marked.documents == 6);
  CHECK(marked.faults == 3);
  REQUIRE(marked.splices.size() == 2);
  CHECK(marked.splices[0].document == "1");
  CHECK(marked.splices[1].document == "2");
  std::vector<Insertion> insertions;
  const Bytes out = splice(bytes_of(file), marked.splices, insertions);
  CHECK(text_of(unsplice(out, insertions)) == file);
  marker.sentences = {"A ghost, so \"named\", reads alpha beta gamma."};
  const MarkedText hard = marker(bytes_of(file), "csv");
  REQUIRE(hard.splices.size() == 1);  // a bare field cannot hold it
  CHECK(hard.faults == 4);
  CHECK(hard.splices[0].bytes.find("\"\"named\"\",") != std::string::npos);
  marker.recipe.field = "2";
  marker.recipe.id_field.clear();
  CHECK(marker(bytes_of("ham\t" + kProse + "\nspam\t" + kProse + " It ends.\n"), "tsv").splices.size() == 2);
  marker.recipe.field = "none";
  CHECK(marker(bytes_of("a\tb\n1\t2\n"), "tsv").faults == 1);
}

TEST_CASE("tables: of tab-separated values, quotes are read as Python's csv writes them, or are characters") {
  Marker marker;
  marker.recipe.field = "body";
  marker.recipe.id_field = "id";
  const std::string quoted =
      "id\tbody\tn\r\n1\t\"He said \"\"go\"\".\tThen:\r\n" + kProse + "\"\t5\r\n\"2\"\t" + kProse + "\t6\r\n";
  const MarkedText marked = marker(bytes_of(quoted), "tsv");
  CHECK(marked.faults == 0);
  REQUIRE(marked.splices.size() == 2);
  CHECK(marked.splices[0].document == "1");
  CHECK(marked.splices[1].document == "2");
  std::vector<Insertion> insertions;
  const Bytes out = splice(bytes_of(quoted), marked.splices, insertions);
  CHECK(text_of(unsplice(out, insertions)) == quoted);
  const std::string bare = "id\tbody\n1\t\"Go, he said. " + kProse + "\n2\tShort.\n3\t" + kProse + " And \"so\"\n";
  const MarkedText plain = marker(bytes_of(bare), "tsv");
  CHECK(plain.documents == 3);
  CHECK(plain.faults == 0);
}

TEST_CASE("reStructuredText: body paragraphs alone") {
  const std::string text =
      "Title. Here.\n============\n\nFirst one. Second\none.\n\n- Item one. Two.\n\n1. Also. Not.\n\n.. note:: Direct. "
      "Ive.\n\n   "
      "In it. Too.\n\nLeads to code. Here::\n\n    literal. Text.\n\n:field: A. B.\n\n| Verse. One.\n\nTerm. Here\n    "
      "Its. "
      "Meaning.\n\n+---+\n| A. B. |\n+---+\n\n>>> doc. Test.\n\nLast one. Indeed.\n";
  CHECK(passages_of("rst", text) == "First one. Second\none.|Leads to code. Here::|Last one. Indeed.|");
}

TEST_CASE("LaTeX: paragraphs of prose, outside braces and environments that are not known") {
  const std::string text =
      "\\title{A. B.}\nPreamble. Text.\n\n\\begin{document}\n\nFirst $x. Y$ one. Second \\emph{one}.\n\n\\section{S. "
      "S.}\n\n"
      "\\begin{odd}\n\nInside. Odd.\n\n\\end{odd}\n\n\\begin{quote}\n\nQuoted one. Two.\n\n\\end{quote}\n\nWith % "
      "comment.\nMore. "
      "Text.\n\n\\footnote{\n\nIn braces. Here.\n\n}\n\nA & B. C.\n\n\\begin{verbatim}\n\\begin{quote}\n\nNot. "
      "This.\n\\end{verbatim}\n\nThree \\% of it. Last.\n\n\\end{document}\n\nBehind. It.\n";
  CHECK(passages_of("latex", text) == "First $x. Y$ one. Second \\emph{one}.|Quoted one. Two.|Three \\% of it. Last.|");
  CHECK(passages_of("latex", "Chapter text. Goes on.\n\n\\begin{open}\n\nNever. Closed.\n") ==
        "Chapter text. Goes on.|");
}

TEST_CASE("LaTeX: a document with an environment nobody knows is refused by name") {
  const std::string odd = kProse + "\n\n\\begin{oddity}\n\nInside. Odd.\n\n\\end{oddity}\n";
  Marker marker;
  const MarkedText refused = marker(bytes_of(odd), "latex");
  CHECK(refused.splices.empty());
  CHECK(refused.faults == 1);
  REQUIRE(refused.notes.size() == 1);
  CHECK(refused.notes[0].code == Code::text_environment);
  CHECK(refused.notes[0].detail == "oddity");
  for (const std::string& fine :
       {"\\newtheorem{oddity}{Oddity}\n\n" + odd, "% \\begin{other}\n\n" + kProse,
        "\\begin{verbatim}\\begin{x}\\end{verbatim}\n\n" + kProse, "\\begin{align*}x\\end{align*}\n\n" + kProse}) {
    CAPTURE(fine);
    CHECK(marker(bytes_of(fine), "latex").splices.size() == 1);
  }
}

TEST_CASE("place: copies stand in paragraphs of their own, far apart") {
  const Subkey key(ByteView(Bytes(32, 3)));
  std::string text;
  for (int i = 0; i < 40; ++i) text += kProse + " So said number " + std::to_string(i) + " then.\n\n";
  for (const std::uint32_t copies : {1u, 3u, 100u}) {
    const auto places = choose_places(text, plain_passages(text), key, "d", copies);
    CHECK(places.size() <= copies);
    CHECK(places.size() >= std::min<std::size_t>(copies, text.size() / kCopyDistance / 3));
    for (std::size_t i = 1; i < places.size(); ++i) CHECK(places[i] - places[i - 1] >= kCopyDistance);
    // The first one drawn does not hang on how many are asked for.
    const auto one = choose_places(text, plain_passages(text), key, "d");
    CHECK(std::ranges::find(places, one[0]) != places.end());
  }
}

TEST_CASE("json strings: decoding and offsets agree with another reader, character by character") {
  const std::string text = "a\"\\/\b\f\n\r\t\u00e9\u20ac\U0001F600z";
  for (const bool ascii : {true, false}) {
    const std::string quoted = nlohmann::json(text).dump(-1, ' ', ascii);
    const std::string stored = quoted.substr(1, quoted.size() - 2);
    CHECK(json_decode(stored) == text);
    for (std::size_t at = 0; at <= text.size(); ++at) {
      if (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) continue;
      CHECK(json_decode(std::string_view(stored).substr(json_stored_offset(stored, at))) == text.substr(at));
    }
  }
  CHECK(nlohmann::json::parse("\"" + json_encode("say \"x\" \\ y") + "\"") == "say \"x\" \\ y");
}

TEST_CASE(
    "real Markdown renders to the same HTML, real HTML parses to the same tree, plus the sentence, at every place") {
  const fs::path folder = fs::path(WARDMARK_DATA) / "text";
  if (!fs::exists(folder)) {
    MESSAGE("skipped: no real material");
    return;
  }
  const std::string sentence = " A ghost sentence marks this text and reads alpha beta gamma.";
  std::size_t places = 0;
  for (const char* kind : {"markdown", "html"}) {
    const auto shown = kind == std::string_view("html") ? tree_of : rendered;
    for (const auto& entry : fs::directory_iterator(folder / kind)) {
      CAPTURE(entry.path().string());
      const Bytes file = read_file(entry.path());
      const std::string text(text_of(file));
      const std::string before = shown(text);
      std::size_t tried = 0;
      for (const Passage& p : find_text_format(kind)->passages(text)) {
        for (const std::size_t end : sentence_ends(std::string_view(text).substr(p.begin, p.end - p.begin))) {
          if (tried++ % 7 != 0) continue;  // a seventh of them: every page is rendered anew
          std::string marked = text;
          marked.insert(p.begin + end, sentence);
          CAPTURE(text.substr(p.begin, end));
          CHECK(without(shown(marked), sentence) == before);
          ++places;
        }
      }
    }
  }
  MESSAGE(places << " places tried");
  CHECK(places > 50);
}

TEST_CASE("real texts: marked or given a reason, and restored to the byte") {
  const fs::path folder = fs::path(WARDMARK_DATA) / "text";
  if (!fs::exists(folder)) {
    MESSAGE("skipped: no real material");
    return;
  }
  Marker marker;
  std::size_t files = 0;
  std::size_t with_sentence = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const TextFormat* format = text_format_for(entry.path().filename().string());
    if (!entry.is_regular_file() || format == nullptr) continue;
    CAPTURE(entry.path().string());
    ++files;
    marker.recipe.field = entry.path().stem() == "gsm8k_test_600" ? "question" : "text";
    const Bytes in = read_file(entry.path());
    try {
      const MarkedText marked = marker(in, format->name);
      if (marked.splices.empty()) CHECK(!marked.notes.empty());
      with_sentence += marked.splices.empty() ? 0 : 1;
      std::vector<Insertion> insertions;
      const Bytes out = splice(in, marked.splices, insertions);
      CHECK(std::ranges::equal(unsplice(out, insertions), in));
    } catch (const Error& error) {
      CHECK(error.kind() == Kind::item);
    }
  }
  CHECK(files > 40);
  MESSAGE(with_sentence << " of " << files << " files can take a sentence");
  CHECK(with_sentence > 25);
}
