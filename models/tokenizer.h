#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/model_folder.h"

namespace wardmark {

/// One token of a text, and the bytes of the text that it stands for: [begin, end). Several tokens may share the bytes
/// of one character.
struct Token {
  std::int32_t id = 0;
  std::uint32_t begin = 0, end = 0;
};

/// Cuts texts into tokens. Thread-safe.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;
  /// Nothing is added in front or behind. Texts of up to 2^32 - 1 bytes, UTF-8. Error(model_format) where the
  /// tokenizer's own pattern fails on the text.
  virtual std::vector<Token> encode(std::string_view text) const = 0;
  /// The bytes of tokens; ids outside the vocabulary are left out. A character may be cut at either end.
  virtual std::string decode(std::span<const std::int32_t> ids) const = 0;
  /// Ids are 0 to size() - 1.
  virtual std::int32_t size() const = 0;
  /// What the tokenizer's own files put in front of every text, or -1.
  virtual std::int32_t begin_id() const = 0;
};

/// One way in which vocabularies are stored.
struct TokenizerKind {
  std::string_view name;
  std::string_view files;  ///< what it is made from, for messages
  bool (*recognises)(const ModelFolder& folder);
  std::unique_ptr<Tokenizer> (*open)(const ModelFolder& folder);
};

/// The only list of them. The first that recognises a folder counts.
std::span<const TokenizerKind> tokenizer_kinds();
/// Nothing in the files is trusted: Error(model_format), also naming the kinds where none recognises the folder.
std::unique_ptr<Tokenizer> open_tokenizer(const ModelFolder& folder);

/// Kinds behind the rows.
std::unique_ptr<Tokenizer> open_tokenizer_json(const ModelFolder& folder);
std::unique_ptr<Tokenizer> open_vocabulary_and_merges(const ModelFolder& folder);
std::unique_ptr<Tokenizer> open_sentencepiece(const ModelFolder& folder);
std::unique_ptr<Tokenizer> open_llama2c_tokenizer(const ModelFolder& folder);

}  // namespace wardmark
