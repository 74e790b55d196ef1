#include "models/tokenizer_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/error.h"

namespace wardmark {
namespace {

using nlohmann::json;

/// A vocabulary may have holes, but no few bytes may claim gigabytes.
constexpr std::int64_t kMostHoles = 65536;

[[noreturn]] void refuse(const std::string& what) {
  throw Error(Code::model_format, "tokenizer: " + what,
              "byte-level BPE is read from tokenizer.json, other vocabularies from tokenizer.model");
}

json parsed(ByteView file, const char* what) {
  json object = json::parse(text_of(file), nullptr, false);
  if (!object.is_object()) refuse(std::string(what) + " is no JSON object");
  return object;
}

const json& member(const json& object, const char* key) {
  static const json none;
  if (!object.is_object()) return none;
  const auto found = object.find(key);
  return found == object.end() ? none : *found;
}

std::string text_in(const json& object, const char* key) {
  const json& value = member(object, key);
  return value.is_string() ? value.get<std::string>() : std::string();
}

bool flag_in(const json& object, const char* key, bool otherwise = false) {
  const json& value = member(object, key);
  return value.is_boolean() ? value.get<bool>() : otherwise;
}

std::int32_t id_of(const json& value, std::int64_t limit) {
  if (!value.is_number_integer() || value.get<std::int64_t>() < 0 || value.get<std::int64_t>() >= limit)
    refuse("an id is no number from 0 to " + std::to_string(limit - 1) + ": " + value.dump().substr(0, 40));
  return value.get<std::int32_t>();
}

void place(ByteLevelModel& model, std::int32_t id, const std::string& word, bool plain) {
  const auto at = static_cast<std::size_t>(id);
  if (at >= model.words.size()) {
    model.words.resize(at + 1);
    model.plain.resize(at + 1, true);
  }
  if (!model.words[at].empty() && model.words[at] != word) refuse("two words share the id " + std::to_string(id));
  model.words[at] = word;
  model.plain[at] = plain;
}

using Ids = std::unordered_map<std::string, std::int32_t>;

Ids read_vocabulary(const json& vocabulary, ByteLevelModel& model) {
  if (!vocabulary.is_object() || vocabulary.empty()) refuse("the vocabulary is no object of words and ids");
  Ids ids;
  const auto limit = static_cast<std::int64_t>(vocabulary.size()) + kMostHoles;
  for (const auto& [word, id] : vocabulary.items()) {
    ids[word] = id_of(id, limit);
    place(model, ids[word], word, false);
  }
  return ids;
}

void add_merge(const Ids& ids, const std::string& left, const std::string& right, ByteLevelModel& model) {
  const auto l = ids.find(left), r = ids.find(right), whole = ids.find(left + right);
  if (l == ids.end() || r == ids.end() || whole == ids.end())
    refuse("a merge of words that the vocabulary lacks: " + (left + " " + right).substr(0, 80));
  model.merges.push_back({l->second, r->second, whole->second});
}

void read_merge(const Ids& ids, std::string_view line, ByteLevelModel& model) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || line.find(' ', space + 1) != std::string_view::npos)
    refuse("a merge is not two words: " + std::string(line.substr(0, 80)));
  add_merge(ids, std::string(line.substr(0, space)), std::string(line.substr(space + 1)), model);
}

void read_model(const json& described, ByteLevelModel& model) {
  const std::string type = text_in(described, "type");
  if (!type.empty() && type != "BPE") refuse("its model is " + type.substr(0, 40) + ", not byte-level BPE");
  if (flag_in(described, "byte_fallback")) refuse("BPE with byte fallback is not byte-level BPE");
  for (const char* affix : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    if (!text_in(described, affix).empty()) refuse(std::string(affix) + " is not known to byte-level BPE");
  }
  const Ids ids = read_vocabulary(member(described, "vocab"), model);
  const json& merges = member(described, "merges");
  if (!merges.is_array()) refuse("no list of merges");
  for (const json& merge : merges) {
    if (merge.is_string()) {
      read_merge(ids, merge.get_ref<const std::string&>(), model);
    } else if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()) {
      add_merge(ids, merge[0].get<std::string>(), merge[1].get<std::string>(), model);
    } else {
      refuse("a merge is not two words: " + merge.dump(-1, ' ', false, json::error_handler_t::replace).substr(0, 80));
    }
  }
  model.whole_words = flag_in(described, "ignore_merges");
  if (const auto unknown = ids.find(text_in(described, "unk_token")); unknown != ids.end())
    model.unknown = unknown->second;
}

void read_added(const json& added, ByteLevelModel& model) {
  if (added.is_null()) return;
  if (!added.is_array()) refuse("added_tokens is no list");
  const auto limit = static_cast<std::int64_t>(model.words.size() + added.size()) + kMostHoles;
  for (const json& described : added) {
    AddedToken token;
    token.content = text_in(described, "content");
    if (token.content.empty()) refuse("an added token without content");
    if (flag_in(described, "single_word")) refuse("added tokens that are whole words only are not supported");
    token.id = id_of(member(described, "id"), limit);
    token.strip_left = flag_in(described, "lstrip");
    token.strip_right = flag_in(described, "rstrip");
    token.normalised = flag_in(described, "normalized", !flag_in(described, "special"));
    place(model, token.id, token.content, true);
    model.added.push_back(std::move(token));
  }
}

/// Appends what one pre-tokeniser does; true when it turned bytes into symbols, behind which nothing may follow.
bool read_pre_tokenizer(const json& described, ByteLevelModel& model) {
  const std::string type = text_in(described, "type");
  if (type == "ByteLevel") {
    const bool space = flag_in(described, "add_prefix_space", true);
    if (space && !model.patterns.empty()) refuse("a space is put in front of pieces, not of texts");
    model.prefix_space = space;
    if (flag_in(described, "use_regex", true)) model.patterns.emplace_back(kGpt2Pattern);
    return true;
  }
  if (type == "Digits") {
    model.patterns.emplace_back(flag_in(described, "individual_digits") ? R"(\p{N})" : R"(\p{N}+)");
    return false;
  }
  const json& pattern = member(member(described, "pattern"), "Regex");
  if (type == "Split" && pattern.is_string() && text_in(described, "behavior") == "Isolated" &&
      !flag_in(described, "invert")) {
    model.patterns.push_back(pattern.get<std::string>());
    return false;
  }
  refuse("the pre-tokeniser " + described.dump(-1, ' ', false, json::error_handler_t::replace).substr(0, 80) +
         " is not supported");
}

void read_pre_tokenizers(const json& described, ByteLevelModel& model) {
  model.patterns.clear();
  if (text_in(described, "type") != "Sequence") {
    if (!read_pre_tokenizer(described, model)) refuse("its words are not bytes");
    return;
  }
  const json& parts = member(described, "pretokenizers");
  bool bytes = false;
  for (const json& part : parts) {
    if (bytes) refuse("pre-tokenisers behind ByteLevel are not supported");
    bytes = read_pre_tokenizer(part, model);
  }
  if (!bytes) refuse("its words are not bytes");
}

std::int32_t id_of_word(const ByteLevelModel& model, const std::string& word) {
  const auto found = std::ranges::find(model.words, word);
  return word.empty() || found == model.words.end() ? -1 : static_cast<std::int32_t>(found - model.words.begin());
}

/// The special token in front of a TemplateProcessing's single text.
void read_template(const json& described, ByteLevelModel& model) {
  if (text_in(described, "type") == "Sequence") {
    const json& parts = member(described, "processors");
    if (!parts.is_array()) return;
    for (const json& part : parts) {
      if (text_in(part, "type") == "TemplateProcessing") read_template(part, model);
    }
    return;
  }
  const json& single = member(described, "single");
  if (text_in(described, "type") != "TemplateProcessing" || !single.is_array() || single.empty()) return;
  const std::string word = text_in(member(single.front(), "SpecialToken"), "id");
  if (word.empty()) return;
  model.begin = id_of_word(model, word);
  if (model.begin < 0) refuse("the token in front of texts is not in the vocabulary: " + word.substr(0, 40));
}

}  // namespace

ByteLevelModel parse_tokenizer_json(ByteView file) {
  const json whole = parsed(file, "tokenizer.json");
  ByteLevelModel model;
  if (!member(whole, "normalizer").is_null()) refuse("a normaliser beside byte-level BPE is not supported");
  read_pre_tokenizers(member(whole, "pre_tokenizer"), model);
  read_model(member(whole, "model"), model);
  read_added(member(whole, "added_tokens"), model);
  read_template(member(whole, "post_processor"), model);
  return model;
}

ByteLevelModel parse_vocabulary_and_merges(ByteView vocabulary, ByteView merges) {
  ByteLevelModel model;
  const Ids ids = read_vocabulary(parsed(vocabulary, "the vocabulary"), model);
  std::string_view rest = text_of(merges);
  for (bool first = true; !rest.empty(); first = false) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(rest.size(), end + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || (first && line.starts_with("#version"))) continue;
    read_merge(ids, line, model);
  }
  // The one special word of GPT-2's own vocabulary.
  const std::string end = "<|endoftext|>";
  if (const auto found = ids.find(end); found != ids.end()) {
    model.plain[static_cast<std::size_t>(found->second)] = true;
    model.added.push_back({found->second, end});
  }
  return model;
}

void apply_tokenizer_config(ByteView file, ByteLevelModel& model) {
  const json config = parsed(file, "tokenizer_config.json");
  const json& add = member(config, "add_bos_token");
  if (!add.is_boolean()) return;
  model.begin = -1;
  if (!add.get<bool>()) return;
  const json& token = member(config, "bos_token");
  const std::string word = token.is_string() ? token.get<std::string>() : text_in(token, "content");
  model.begin = id_of_word(model, word);
  if (model.begin < 0) refuse("the token in front of texts is not in the vocabulary: " + word.substr(0, 40));
}

std::string write_tokenizer_json(const ByteLevelModel& model) {
  json vocabulary = json::object(), merges = json::array(), added = json::array(), splits = json::array();
  for (std::size_t id = 0; id < model.words.size(); ++id) {
    if (!model.plain[id]) vocabulary[model.words[id]] = id;
  }
  const auto word = [&](std::int32_t id) { return model.words.at(static_cast<std::size_t>(id)); };
  for (const auto& merge : model.merges) merges.push_back(word(merge.left) + " " + word(merge.right));
  for (const AddedToken& token : model.added) {
    added.push_back({{"id", token.id},
                     {"content", token.content},
                     {"single_word", false},
                     {"lstrip", token.strip_left},
                     {"rstrip", token.strip_right},
                     {"normalized", token.normalised},
                     {"special", !token.normalised}});
  }
  const bool usual = model.patterns == std::vector<std::string>{std::string(kGpt2Pattern)};
  const json bytes = {
      {"type", "ByteLevel"}, {"add_prefix_space", model.prefix_space}, {"trim_offsets", true}, {"use_regex", usual}};
  for (const std::string& pattern : model.patterns) {
    splits.push_back(
        {{"type", "Split"}, {"pattern", {{"Regex", pattern}}}, {"behavior", "Isolated"}, {"invert", false}});
  }
  splits.push_back(bytes);
  const json sequence = {{"type", "Sequence"}, {"pretokenizers", splits}};
  const json bpe = {{"type", "BPE"},
                    {"dropout", nullptr},
                    {"unk_token", nullptr},
                    {"continuing_subword_prefix", nullptr},
                    {"end_of_word_suffix", nullptr},
                    {"fuse_unk", false},
                    {"byte_fallback", false},
                    {"ignore_merges", model.whole_words},
                    {"vocab", vocabulary},
                    {"merges", merges}};
  return json{{"version", "1.0"},          {"truncation", nullptr}, {"padding", nullptr},
              {"added_tokens", added},     {"normalizer", nullptr}, {"pre_tokenizer", usual ? bytes : sequence},
              {"post_processor", nullptr}, {"decoder", bytes},      {"model", bpe}}
      .dump();
}

}  // namespace wardmark
