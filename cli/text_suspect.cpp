#include "cli/text_suspect.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "io/atomic_file.h"
#include "io/item_id.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kVersion = 1;
constexpr std::int32_t kLaterLayouts = 0x616b3432, kMostSize = 1 << 19;
constexpr std::size_t kMostItems = 1 << 20;

[[noreturn]] void refuse(const std::string& what) {
  throw Error(Code::suspect_reply, "suspect: " + what, "docs/suspect-protocol.md says what it answers");
}

std::string line_of(const json& message) { return message.dump(-1, ' ', false, json::error_handler_t::replace) + "\n"; }

const json& list_in(const json& message, const char* name) {
  const auto list = message.find(name);
  if (list == message.end() || !list->is_array() || list->size() > kMostItems)
    refuse(std::string(name) + " is no list");
  return *list;
}

std::string text_in(const json& item, const char* name) {
  if (!item.is_object() || !item.contains(name) || !item[name].is_string()) refuse(std::string(name) + " is no text");
  return item[name].get<std::string>();
}

std::int64_t whole_in(const json& message, const char* name) {
  if (!message.contains(name) || !message[name].is_number_integer()) refuse(std::string(name) + " is no whole number");
  return message[name].get<std::int64_t>();
}

json hello(const TextModel& model, const std::string& name, const json& message) {
  if (whole_in(message, "version") != kVersion) refuse("another version than 1");
  if (message.value("kind", json("images")) != "text") refuse("a language model, which answers \"kind\":\"text\"");
  return {{"wardmark", "hello"},
          {"version", kVersion},
          {"kind", "text"},
          {"name", name},
          {"access", {"continue", "score"}},
          {"context", model.context()}};
}

json continuations(TextModel& model, const json& message) {
  std::vector<std::string> prompts;
  for (const json& prompt : list_in(message, "prompts")) {
    if (!prompt.is_string()) refuse("a prompt is no text");
    prompts.push_back(prompt.get<std::string>());
  }
  const std::int64_t id = whole_in(message, "id");
  return {{"wardmark", "continuations"}, {"id", id}, {"texts", model.continued(prompts, whole_in(message, "tokens"))}};
}

json text_scores(TextModel& model, const json& message) {
  std::vector<TextItem> items;
  for (const json& item : list_in(message, "items")) items.push_back({text_in(item, "context"), text_in(item, "text")});
  const std::int64_t id = whole_in(message, "id");
  return {{"wardmark", "text-scores"}, {"id", id}, {"scores", model.scored(items)}};
}

/// The seven numbers a .bin of llama2.c begins with; zeros where the file is shorter.
std::array<std::int32_t, 7> llama2c_head(const fs::path& path) {
  std::array<std::int32_t, 7> head{};
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(head.data()), sizeof head);
  return file ? head : std::array<std::int32_t, 7>{};
}

/// The vocabulary of a .bin that was not named: tokenizer.bin, or tok512.bin for 512 words.
fs::path vocabulary_beside(const fs::path& checkpoint) {
  const fs::path usual = checkpoint.parent_path() / "tokenizer.bin";
  if (fs::exists(usual)) return usual;
  const auto head = llama2c_head(checkpoint);
  const fs::path counted =
      checkpoint.parent_path() / ("tok" + std::to_string(std::abs(static_cast<long>(head[5]))) + ".bin");
  if (fs::exists(counted)) return counted;
  throw Error(Code::input_missing,
              shown(checkpoint) + ": no vocabulary beside it: " + shown(usual) + " or " + shown(counted),
              "name it with --tokenizer FILE");
}

}  // namespace

bool names_text_model(const std::string& path) {
  if (fs::is_directory(path)) return true;
  if (!path.ends_with(".bin")) return false;
  const auto head = llama2c_head(path);
  const bool later = head[0] == kLaterLayouts;  // which are refused by name
  return later || std::all_of(head.begin(), head.begin() + 5, [](std::int32_t n) { return n > 0 && n <= kMostSize; });
}

TextCheckpoint text_checkpoint(const std::string& path, const std::string& tokenizer) {
  TextCheckpoint found;
  found.folder.name = shown(path);
  if (fs::is_directory(path)) {
    for (const auto& entry : fs::directory_iterator(path)) {
      if (entry.is_regular_file()) found.folder.files.insert(entry.path().filename().string());
    }
    found.folder.read = [path](const std::string& file) { return read_file(fs::path(path) / file); };
    found.locations = {path};
    return found;
  }
  if (!fs::exists(path)) throw Error(Code::input_missing, shown(path) + ": does not exist");
  const fs::path checkpoint = fs::absolute(path);
  const fs::path vocabulary = tokenizer.empty() ? vocabulary_beside(checkpoint) : fs::absolute(tokenizer);
  const std::string kind = vocabulary.extension() == ".json"    ? "tokenizer.json"
                           : vocabulary.extension() == ".model" ? "tokenizer.model"
                                                                : "tokenizer.bin";
  found.checkpoint = checkpoint.filename().string();
  found.folder.files = {found.checkpoint, kind};
  found.folder.read = [=](const std::string& file) { return read_file(file == kind ? vocabulary : checkpoint); };
  found.locations = {checkpoint.parent_path(), vocabulary.parent_path()};
  return found;
}

std::string answer_text(TextModel& model, const std::string& name, const std::string& line) {
  try {
    const json message = json::parse(line, nullptr, false);
    if (!message.is_object()) refuse("no JSON object: " + line.substr(0, 80));
    const json kind = message.value("wardmark", json());
    if (kind == "bye") return {};
    if (kind == "hello") return line_of(hello(model, name, message));
    if (kind == "continue") return line_of(continuations(model, message));
    if (kind == "score-text") return line_of(text_scores(model, message));
    refuse("an unknown request: " + kind.dump().substr(0, 40));
  } catch (const Error& error) {
    return line_of({{"wardmark", "error"}, {"text", error.what()}});
  }
}

ExitStatus serve_text(TextModel& model, const std::string& name, Console& console) {
  for (std::string line; std::getline(std::cin, line);) {
    const std::string reply = answer_text(model, name, line);
    if (reply.empty()) break;
    console.result(reply);
    console.flush_result();
  }
  return ExitStatus::ok;
}

}  // namespace wardmark
