#include "models/tokenizer.h"

#include <doctest/doctest.h>

#include <cstring>
#include <map>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "models/llama2c_tokenizer.h"
#include "models/tokenizer_json.h"
#include "small_sets.h"

using namespace wardmark;
using namespace wardmark::testing;
using nlohmann::json;

namespace {

ModelFolder folder_of(std::map<std::string, std::string> files) {
  ModelFolder folder;
  folder.name = "model";
  for (const auto& [name, text] : files) folder.files.insert(name);
  folder.read = [files](const std::string& name) {
    const ByteView bytes = bytes_of(files.at(name));
    return Bytes(bytes.begin(), bytes.end());
  };
  return folder;
}

/// 256 bytes, then "th", "the", " the" and one special word.
json small_vocabulary() {
  json words = json::object();
  for (std::size_t byte = 0; byte < 256; ++byte) words[byte_symbols().at(byte)] = byte;
  words["th"] = 256;
  words["the"] = 257;
  words["\u0120the"] = 258;
  return words;
}

json small_tokenizer() {
  const json bytes = {{"type", "ByteLevel"}, {"add_prefix_space", false}};
  return {{"pre_tokenizer", bytes},
          {"added_tokens", {{{"id", 259}, {"content", "<s>"}, {"special", true}, {"lstrip", true}}}},
          {"model", {{"type", "BPE"}, {"vocab", small_vocabulary()}, {"merges", {"t h", "th e", "\u0120 the"}}}}};
}

std::unique_ptr<Tokenizer> opened(const json& described, const std::string& config = {}) {
  std::map<std::string, std::string> files = {{"tokenizer.json", described.dump()}};
  if (!config.empty()) files["tokenizer_config.json"] = config;
  return open_tokenizer(folder_of(files));
}

std::vector<std::int32_t> ids_of(const Tokenizer& tokenizer, std::string_view text) {
  std::vector<std::int32_t> ids;
  for (const Token& token : tokenizer.encode(text)) ids.push_back(token.id);
  return ids;
}

using Ids = std::vector<std::int32_t>;

std::string llama2c_file() {
  std::string file;
  const auto put = [&](auto value) { file.append(reinterpret_cast<const char*>(&value), sizeof value); };
  const auto word = [&](const std::string& text, float score) {
    put(score);
    put(static_cast<std::int32_t>(text.size()));
    file += text;
  };
  put(std::int32_t{8});
  for (int i = 0; i < 259; ++i) word("<" + std::to_string(i) + ">", 0);
  word(" ", -1);
  word("a", -2);
  word("b", -3);
  word("ab", -4);
  word(" a", -5);
  return file;
}

}  // namespace

TEST_CASE("the table of tokenizers names its files, and the first that fits counts") {
  for (const TokenizerKind& kind : tokenizer_kinds()) {
    CHECK(!kind.name.empty());
    CHECK(!kind.files.empty());
    CHECK(!kind.recognises(folder_of({})));
  }
  const Error error = error_of([] { open_tokenizer(folder_of({{"readme.md", "x"}})); });
  CHECK(error.code() == Code::model_format);
  CHECK(std::string(error.hint()).find("tokenizer.json") != std::string::npos);
  const auto both =
      open_tokenizer(folder_of({{"tokenizer.json", small_tokenizer().dump()}, {"tokenizer.bin", llama2c_file()}}));
  CHECK(both->size() == 260);
}

TEST_CASE("byte pairs are merged by rank inside pieces, and say where they stand") {
  const auto tokenizer = opened(small_tokenizer());
  CHECK(ids_of(*tokenizer, "the the t h") == Ids{257, 258, 32, 't', 32, 'h'});
  CHECK(ids_of(*tokenizer, "\xC3\xA9") == Ids{0xC3, 0xA9});
  const auto tokens = tokenizer->encode("x the\n");
  REQUIRE(tokens.size() == 3);
  CHECK((tokens[1].begin == 1 && tokens[1].end == 5));
  CHECK(tokenizer->decode(ids_of(*tokenizer, "na\xC3\xAFve the 'the'")) == "na\xC3\xAFve the 'the'");
  CHECK(tokenizer->decode(Ids{-1, 256, 4000}) == "th");
  CHECK(tokenizer->begin_id() == -1);
  CHECK(tokenizer->encode("").empty());
  const std::string torn = "a\xC3\xA9\xC3(\xFF\xE2\x82";
  CHECK(tokenizer->decode(ids_of(*tokenizer, torn)) == torn);
}

TEST_CASE("added tokens are found before anything is cut, with the space they strip") {
  const auto tokenizer = opened(small_tokenizer());
  const auto tokens = tokenizer->encode("t  <s>the");
  REQUIRE(tokens.size() == 3);
  CHECK(tokens[1].id == 259);
  CHECK((tokens[1].begin == 1 && tokens[1].end == 6));
  CHECK(tokens[2].id == 257);
}

TEST_CASE("the token in front of texts comes from the template or the configuration") {
  json described = small_tokenizer();
  described["post_processor"] = {
      {"type", "Sequence"},
      {"processors",
       {{{"type", "ByteLevel"}},
        {{"type", "TemplateProcessing"},
         {"single", {{{"SpecialToken", {{"id", "<s>"}, {"type_id", 0}}}}, {{"Sequence", {{"id", "A"}}}}}}}}}};
  CHECK(opened(described)->begin_id() == 259);
  CHECK(opened(described, R"({"add_bos_token":false})")->begin_id() == -1);
  CHECK(opened(small_tokenizer(), R"({"add_bos_token":true,"bos_token":{"content":"<s>"}})")->begin_id() == 259);
  CHECK(opened(small_tokenizer(), R"({"bos_token":"<s>"})")->begin_id() == -1);
  CHECK(error_of([] { opened(small_tokenizer(), R"({"add_bos_token":true,"bos_token":"<t>"})"); }).code() ==
        Code::model_format);
}

TEST_CASE("splits in sequence, whole words and a space in front") {
  json described = small_tokenizer();
  described["pre_tokenizer"] = {
      {"type", "Sequence"},
      {"pretokenizers",
       {{{"type", "Digits"}, {"individual_digits", true}},
        {{"type", "Split"}, {"pattern", {{"Regex", "[a-z]"}}}, {"behavior", "Isolated"}, {"invert", false}},
        {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}}}}};
  CHECK(ids_of(*opened(described), "the") == Ids{'t', 'h', 'e'});
  described = small_tokenizer();
  described["pre_tokenizer"]["add_prefix_space"] = true;
  const auto tokens = opened(described)->encode("the");
  REQUIRE(tokens.size() == 1);
  CHECK(tokens[0].id == 258);
  CHECK((tokens[0].begin == 0 && tokens[0].end == 3));
  described = small_tokenizer();
  described["model"]["merges"] = json::array();
  CHECK(ids_of(*opened(described), "the") == Ids{'t', 'h', 'e'});
  described["model"]["ignore_merges"] = true;
  CHECK(ids_of(*opened(described), "the") == Ids{257});
}

TEST_CASE("a vocabulary that was written is read as the same") {
  ByteLevelModel model = parse_tokenizer_json(bytes_of(small_tokenizer().dump()));
  const std::string text = write_tokenizer_json(model);
  const ByteLevelModel again = parse_tokenizer_json(bytes_of(text));
  CHECK(again.words == model.words);
  CHECK(again.merges.size() == model.merges.size());
  CHECK(again.patterns == model.patterns);
  CHECK(ids_of(ByteLevelBpe(again), "the <s>the") == ids_of(ByteLevelBpe(model), "the <s>the"));
}

TEST_CASE("broken and unknown vocabularies are refused") {
  const auto refused = [](auto change) {
    json described = small_tokenizer();
    change(described);
    const Error error = error_of([&] { opened(described); });
    INFO(error.what());
    CHECK(error.code() == Code::model_format);
  };
  refused([](json& d) { d["model"]["vocab"].erase("a"); });
  refused([](json& d) { d["model"]["vocab"]["a"] = 1 << 30; });
  refused([](json& d) { d["model"]["vocab"]["a"] = -1; });
  refused([](json& d) { d["model"]["vocab"]["a"] = "a"; });
  refused([](json& d) { d["model"]["vocab"]["a"] = 5; });
  refused([](json& d) { d["model"]["merges"].push_back("t q"); });
  refused([](json& d) { d["model"]["merges"].push_back("t h e"); });
  refused([](json& d) { d["model"]["merges"].push_back(7); });
  refused([](json& d) { d["model"]["byte_fallback"] = true; });
  refused([](json& d) { d["model"]["type"] = "Unigram"; });
  refused([](json& d) { d["normalizer"] = {{"type", "NFKC"}}; });
  refused([](json& d) { d["added_tokens"][0]["id"] = 1 << 30; });
  refused([](json& d) { d["added_tokens"][0]["content"] = ""; });
  refused([](json& d) {
    d["pre_tokenizer"] = {{"type", "Sequence"},
                          {"pretokenizers",
                           {{{"type", "Split"}, {"pattern", {{"Regex", "(["}}}, {"behavior", "Isolated"}},
                            {{"type", "ByteLevel"}, {"add_prefix_space", false}}}}};
  });
  const std::string whole = small_tokenizer().dump();
  CHECK(error_of([&] { parse_tokenizer_json(bytes_of(whole).first(whole.size() / 2)); }).code() == Code::model_format);
  CHECK(error_of([] { parse_vocabulary_and_merges(bytes_of("[]"), {}); }).code() == Code::model_format);
}

TEST_CASE("a pattern that runs away is stopped") {
  const SplitPattern pattern("(?:a|aa)+(?!a|c)");
  std::string text(4000, 'a');
  text.back() = 'c';
  CHECK(error_of([&] { pattern.split(text); }).code() == Code::model_format);
}

TEST_CASE("words with scores are joined best first") {
  const auto tokenizer = open_tokenizer(folder_of({{"tokenizer.bin", llama2c_file()}}));
  CHECK(ids_of(*tokenizer, "ab") == Ids{259, 262});
  CHECK(ids_of(*tokenizer, "a") == Ids{263});
  CHECK(ids_of(*tokenizer, "c") == Ids{259, 3 + 'c'});
  CHECK(tokenizer->decode(ids_of(*tokenizer, "abc")) == "abc");
  const auto tokens = tokenizer->encode("ab");
  CHECK((tokens[0].begin == 0 && tokens[0].end == 0 && tokens[1].begin == 0 && tokens[1].end == 2));
  const std::string file = llama2c_file();
  for (const std::size_t length : {std::size_t{0}, std::size_t{3}, std::size_t{6}, file.size() - 1, std::size_t{2000}})
    CHECK(error_of([&] { parse_scored_words(bytes_of(file).first(length)); }).code() == Code::model_format);
  std::string claims = file;
  const std::int32_t much = 2'000'000'000;
  std::memcpy(claims.data() + 8, &much, 4);
  CHECK(error_of([&] { parse_scored_words(bytes_of(claims)); }).code() == Code::model_format);
}
