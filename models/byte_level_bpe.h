#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "models/split_pattern.h"
#include "models/tokenizer.h"

namespace wardmark {

/// The characters that stand for the 256 bytes in vocabularies of this kind, as UTF-8: printable ones for themselves,
/// the rest from U+0100 on (openai/gpt-2, bytes_to_unicode).
const std::array<std::string, 256>& byte_symbols();
/// The bytes that a word of a vocabulary stands for; nullopt where a character stands for none.
std::optional<std::string> bytes_of_symbols(std::string_view word);

/// A token that is looked for before anything is cut.
struct AddedToken {
  std::int32_t id = 0;
  std::string content;
  bool strip_left = false, strip_right = false;  ///< takes the white space beside it in
  bool normalised = false;                       ///< looked for after those that are not
};

/// All that the files of a byte-level vocabulary say.
struct ByteLevelModel {
  std::vector<std::string> words;  ///< by id, in symbols or as plain text of added tokens; empty: no such id
  std::vector<bool> plain;         ///< by id: an added token, whose word is no symbols
  struct Merge {
    std::int32_t left, right, whole;
  };
  std::vector<Merge> merges;  ///< by rank
  std::vector<AddedToken> added;
  std::vector<std::string> patterns = {std::string(kGpt2Pattern)};  ///< each cuts what the one before it left
  bool prefix_space = false;                                        ///< a space is put before texts without one
  bool whole_words = false;  ///< a piece that is a word of the vocabulary is not merged ("ignore_merges")
  std::int32_t unknown = -1;
  std::int32_t begin = -1;
};

/// Byte pairs merged by rank inside the pieces of a pattern (arXiv 1508.07909 on bytes). Cost: n log n a piece.
class ByteLevelBpe final : public Tokenizer {
 public:
  /// Error(model_format) for ids outside the vocabulary, and bytes without a word where there is no unknown token.
  explicit ByteLevelBpe(ByteLevelModel model);
  std::vector<Token> encode(std::string_view text) const override;
  std::string decode(std::span<const std::int32_t> ids) const override;
  std::int32_t size() const override { return static_cast<std::int32_t>(model_.words.size()); }
  std::int32_t begin_id() const override { return model_.begin; }

 private:
  struct Rule {
    std::uint32_t rank;
    std::int32_t whole;
  };
  struct Part {
    std::string_view text;
    std::int32_t id = -1;  ///< of an added token; else still to be cut
  };
  std::vector<Part> cut_added(std::vector<Part> parts, bool normalised) const;
  void cut_pieces(std::string_view text, std::size_t pattern, std::vector<std::string_view>& pieces) const;
  void merge(std::string_view piece, std::uint32_t at, std::vector<Token>& tokens) const;

  ByteLevelModel model_;
  std::vector<SplitPattern> patterns_;
  std::vector<std::string> decoded_;  ///< by id
  std::array<std::int32_t, 256> bytes_{};
  std::unordered_map<std::uint64_t, Rule> rules_;
  std::unordered_map<std::string_view, std::int32_t> by_bytes_;  ///< into decoded_, with whole_words
};

}  // namespace wardmark
