#pragma once
#include <string>
#include <unordered_map>
#include <vector>

#include "models/tokenizer.h"

namespace wardmark {

/// The words of a tokenizer.bin of llama2.c: longest word, then score, length and bytes of each. Nothing in the file is
/// trusted: Error(model_format).
struct ScoredWords {
  std::vector<std::string> words;
  std::vector<float> scores;
};
ScoredWords parse_scored_words(ByteView file);

/// sentencepiece's BPE as llama2.c runs it: characters, or their bytes where there is no word for one, of which the
/// pair with the best score is joined first. Word 1 begins texts, and a space is put in front of them.
class Llama2cTokenizer final : public Tokenizer {
 public:
  explicit Llama2cTokenizer(ScoredWords words);
  std::vector<Token> encode(std::string_view text) const override;
  std::string decode(std::span<const std::int32_t> ids) const override;
  std::int32_t size() const override { return static_cast<std::int32_t>(words_.words.size()); }
  std::int32_t begin_id() const override { return 1; }

 private:
  std::int32_t word(const std::string& text) const;
  std::vector<Token> characters(std::string_view text) const;

  ScoredWords words_;
  std::unordered_map<std::string, std::int32_t> ids_;
};

}  // namespace wardmark
