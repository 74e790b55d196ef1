#include "cli/text_suspect.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iostream>

#include "core/error.h"
#include "io/atomic_file.h"
#include "io/item_id.h"
#include "verify/suspect_protocol.h"
#include "verify/text_protocol.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;

constexpr std::int32_t kLaterLayouts = 0x616b3432, kMostSize = 1 << 19;

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
    const TextRequest request = parse_text_request(line);
    switch (request.kind) {
      case TextRequest::Kind::hello:
        return text_hello_reply({name, true, true, static_cast<std::size_t>(model.context())});
      case TextRequest::Kind::continue_:
        return continuations_reply(request.id, model.continued(request.prompts, request.tokens));
      case TextRequest::Kind::score: {
        std::vector<TextInContext> items;
        for (const TextItem& item : request.items) items.push_back({item.context, item.text});
        std::vector<std::vector<double>> scores;
        for (const std::vector<float>& row : model.scored(items)) scores.emplace_back(row.begin(), row.end());
        return text_scores_reply(request.id, scores);
      }
      case TextRequest::Kind::bye:
        return {};
    }
    return {};
  } catch (const Error& error) {
    return error_reply(error.what());
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
