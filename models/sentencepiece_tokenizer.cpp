#include <dlfcn.h>

#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/error.h"
#include "models/sentencepiece_module.h"
#include "models/tokenizer.h"

namespace wardmark {
namespace {

using nlohmann::json;

const wardmark_sentencepiece& library() {
  // Found beside the program (its run path), and never closed. Its symbols go before those of the program.
  static void* const module = ::dlopen("wardmark-sentencepiece.so", RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
  static void* const entry = module == nullptr ? nullptr : ::dlsym(module, "wardmark_sentencepiece_functions");
  if (entry == nullptr) {
    throw Error(Code::engine_missing, "vocabularies of sentencepiece need wardmark-sentencepiece.so",
                "reinstall the package wardmark-nn");
  }
  return *reinterpret_cast<const wardmark_sentencepiece* (*)()>(entry)();
}

class SentencePiece final : public Tokenizer {
 public:
  SentencePiece(ByteView model, std::optional<bool> begin) : library_(library()) {
    std::array<char, 200> reason{};
    model_ = library_.open(text_of(model).data(), model.size(), reason.data(), reason.size());
    if (model_ == nullptr)
      throw Error(Code::model_format, "tokenizer.model: no model of sentencepiece: " + std::string(reason.data()),
                  "the file is damaged, or of another kind");
    // Llama's own files, which say nothing, mean yes.
    if (begin.value_or(true)) begin_ = library_.begin_id(model_);
  }
  ~SentencePiece() override { library_.close(model_); }
  SentencePiece(const SentencePiece&) = delete;
  SentencePiece& operator=(const SentencePiece&) = delete;

  std::vector<Token> encode(std::string_view text) const override {
    std::vector<Token> tokens;
    const auto add = [](void* to, std::int32_t id, std::uint32_t begin, std::uint32_t end) {
      static_cast<std::vector<Token>*>(to)->push_back({id, begin, end});
    };
    library_.encode(model_, text.data(), text.size(), add, &tokens);
    return tokens;
  }

  std::string decode(std::span<const std::int32_t> ids) const override {
    std::vector<std::int32_t> known;
    for (const std::int32_t id : ids) {
      if (id >= 0 && id < size()) known.push_back(id);
    }
    std::string text;
    const auto set = [](void* to, const char* bytes, std::size_t size) {
      static_cast<std::string*>(to)->assign(bytes, size);
    };
    library_.decode(model_, known.data(), known.size(), set, &text);
    return text;
  }

  std::int32_t size() const override { return library_.size(model_); }
  std::int32_t begin_id() const override { return begin_; }

 private:
  const wardmark_sentencepiece& library_;
  void* model_ = nullptr;
  std::int32_t begin_ = -1;
};

}  // namespace

std::unique_ptr<Tokenizer> open_sentencepiece(const ModelFolder& folder) {
  std::optional<bool> begin;
  if (folder.has("tokenizer_config.json")) {
    const json config = json::parse(text_of(folder.read("tokenizer_config.json")), nullptr, false);
    if (!config.is_object()) throw Error(Code::model_format, "tokenizer_config.json is no JSON object");
    if (const auto add = config.find("add_bos_token"); add != config.end() && add->is_boolean())
      begin = add->get<bool>();
  }
  return std::make_unique<SentencePiece>(folder.read("tokenizer.model"), begin);
}

}  // namespace wardmark
