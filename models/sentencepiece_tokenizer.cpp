#include <sentencepiece_processor.h>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "models/tokenizer.h"

namespace wardmark {
namespace {

using nlohmann::json;

class SentencePiece final : public Tokenizer {
 public:
  SentencePiece(ByteView model, std::optional<bool> begin) {
    const auto status = processor_.LoadFromSerializedProto(text_of(model));
    if (!status.ok()) {
      throw Error(Code::model_format,
                  std::string("tokenizer.model: no sentencepiece model: ") + status.error_message());
    }
    if (processor_.GetPieceSize() < 1) throw Error(Code::model_format, "tokenizer.model: an empty vocabulary");
    // Llama's own files, which say nothing, mean yes.
    if (begin.value_or(true)) begin_ = processor_.bos_id();
  }

  std::vector<Token> encode(std::string_view text) const override {
    const auto encoded = processor_.EncodeAsImmutableProto(text);
    std::vector<Token> tokens;
    tokens.reserve(encoded.pieces_size());
    for (const auto& piece : encoded.pieces())
      tokens.push_back({static_cast<std::int32_t>(piece.id()), piece.begin(), piece.end()});
    return tokens;
  }

  std::string decode(std::span<const std::int32_t> ids) const override {
    std::vector<int> known;
    for (const std::int32_t id : ids) {
      if (id >= 0 && id < size()) known.push_back(id);
    }
    return processor_.DecodeIds(known);
  }

  std::int32_t size() const override { return processor_.GetPieceSize(); }
  std::int32_t begin_id() const override { return begin_; }

 private:
  sentencepiece::SentencePieceProcessor processor_;
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
