#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace wardmark {

/// What GPT-2 cuts texts with before bytes are merged (openai/gpt-2, src/encoder.py).
inline constexpr std::string_view kGpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

/// A regular expression that cuts a text into pieces: every match is one, and so is what lies between two matches.
/// PCRE2, with Unicode's classes. Thread-safe.
class SplitPattern {
 public:
  /// Error(model_format) for what is no expression, or longer than 64 KiB.
  explicit SplitPattern(std::string_view pattern);
  /// The pieces in order; together they are the text. Error(model_format) when matching takes more steps than any
  /// sensible expression needs.
  std::vector<std::string_view> split(std::string_view text) const;

 private:
  std::shared_ptr<void> code_;
};

}  // namespace wardmark
