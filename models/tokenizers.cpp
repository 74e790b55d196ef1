#include <algorithm>
#include <array>

#include "core/error.h"
#include "models/llama2c_tokenizer.h"
#include "models/tokenizer.h"
#include "models/tokenizer_json.h"

namespace wardmark {
namespace {

std::unique_ptr<Tokenizer> byte_level(ByteLevelModel model, const ModelFolder& folder) {
  if (folder.has("tokenizer_config.json")) apply_tokenizer_config(folder.read("tokenizer_config.json"), model);
  return std::make_unique<ByteLevelBpe>(std::move(model));
}

/// Llama 1 and 2 folders bring a tokenizer.json that is not byte-level beside the tokenizer.model it was made from.
bool has_tokenizer_json(const ModelFolder& folder) {
  return folder.has("tokenizer.json") &&
         text_of(folder.read("tokenizer.json")).find("\"ByteLevel\"") != std::string_view::npos;
}
bool has_vocabulary(const ModelFolder& folder) {
  return (folder.has("vocab.json") && folder.has("merges.txt")) ||
         (folder.has("encoder.json") && folder.has("vocab.bpe"));
}
#ifdef WARDMARK_SENTENCEPIECE
bool has_sentencepiece(const ModelFolder& folder) { return folder.has("tokenizer.model"); }
#endif
bool has_llama2c(const ModelFolder& folder) { return folder.has("tokenizer.bin"); }

constexpr auto kKinds = std::to_array<TokenizerKind>({
    {"byte-level BPE", "tokenizer.json", has_tokenizer_json, open_tokenizer_json},
    {"byte-level BPE of GPT-2", "vocab.json and merges.txt", has_vocabulary, open_vocabulary_and_merges},
#ifdef WARDMARK_SENTENCEPIECE
    {"sentencepiece", "tokenizer.model", has_sentencepiece, open_sentencepiece},
#endif
    {"llama2.c", "tokenizer.bin", has_llama2c, open_llama2c_tokenizer},
});

}  // namespace

std::span<const TokenizerKind> tokenizer_kinds() { return kKinds; }

std::unique_ptr<Tokenizer> open_tokenizer(const ModelFolder& folder) {
  for (const TokenizerKind& kind : kKinds) {
    if (kind.recognises(folder)) return kind.open(folder);
  }
  std::string known;
  for (const TokenizerKind& kind : kKinds)
    known += (known.empty() ? "" : "; ") + std::string(kind.files) + " (" + std::string(kind.name) + ")";
  throw Error(Code::model_format, folder.name + ": no tokenizer of a known kind", "one of: " + known);
}

std::unique_ptr<Tokenizer> open_tokenizer_json(const ModelFolder& folder) {
  return byte_level(parse_tokenizer_json(folder.read("tokenizer.json")), folder);
}

std::unique_ptr<Tokenizer> open_vocabulary_and_merges(const ModelFolder& folder) {
  const bool own = folder.has("vocab.json");
  return byte_level(parse_vocabulary_and_merges(folder.read(own ? "vocab.json" : "encoder.json"),
                                                folder.read(own ? "merges.txt" : "vocab.bpe")),
                    folder);
}

std::unique_ptr<Tokenizer> open_llama2c_tokenizer(const ModelFolder& folder) {
  return std::make_unique<Llama2cTokenizer>(parse_scored_words(folder.read("tokenizer.bin")));
}

}  // namespace wardmark
