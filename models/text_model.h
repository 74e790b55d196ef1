#pragma once
#include <memory>
#include <string>
#include <vector>

#include "models/language_model.h"
#include "models/tokenizer.h"

namespace wardmark {

/// A text, and what stands before it.
struct TextInContext {
  std::string context, text;
};

/// A language model with its tokenizer, as texts are put to it. Not thread-safe.
class TextModel {
 public:
  TextModel(std::shared_ptr<LanguageModel> model, std::unique_ptr<Tokenizer> tokenizer, const Compute& compute);

  /// Most tokens of a text with what stands before it: the model's own limit, at most kLongestServed.
  std::int64_t context() const { return context_; }
  static constexpr std::int64_t kLongestServed = 8192;

  /// What the model writes behind each prompt, always the likeliest token, up to `tokens` of them or one that ends a
  /// text. Prompts that do not fit with that into the context are cut at their front. Prompts of similar length are
  /// read together. Error(parameter) for `tokens` that leave no room, and for a prompt of nothing where the model's
  /// files name no token to begin with.
  std::vector<std::string> continued(const std::vector<std::string>& prompts, std::int64_t tokens);

  /// Natural logarithm of the probability of each token of each text that begins at or behind the end of its context;
  /// both are cut into tokens as one text. The first token of all is left out where nothing stands before it. Contexts
  /// that do not fit are cut at their front; Error(parameter) for a text that alone does not.
  std::vector<std::vector<float>> scored(const std::vector<TextInContext>& items);

 private:
  /// Ids, and how many of the last of them count.
  struct Row {
    std::size_t item = 0;
    std::vector<std::int64_t> ids;
    std::int64_t counted = 0;
  };
  std::vector<std::int64_t> ids_of(const std::vector<Token>& tokens) const;
  torch::Tensor padded(const std::vector<Row>& rows) const;
  std::vector<std::vector<Row>> batches(std::vector<Row> rows, std::int64_t more) const;
  void score(const std::vector<Row>& rows, std::vector<std::vector<float>>& scores);
  std::vector<std::vector<std::int64_t>> decode(const std::vector<Row>& rows, std::int64_t tokens);
  std::string behind(const std::vector<std::int64_t>& prompt, const std::vector<std::int64_t>& fresh) const;

  std::shared_ptr<LanguageModel> model_;
  std::unique_ptr<Tokenizer> tokenizer_;
  Compute compute_;
  std::int64_t context_;
};

/// A folder of Hugging Face, or one that holds a single .bin of llama2.c, named `checkpoint`. Error(model_format).
std::unique_ptr<TextModel> open_text_model(const ModelFolder& folder, const std::string& checkpoint,
                                           const Compute& compute);

}  // namespace wardmark
