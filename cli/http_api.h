#pragma once
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "verify/text_suspect.h"

namespace wardmark {

/// How one kind of language model server is asked: one prompt a request, greedily, without streaming, every decoding
/// parameter said. Readers of replies throw Error(suspect_reply) for anything that is not what was asked for: no value
/// is ever made up.
struct TextApi {
  std::string_view name;  ///< "vllm"
  std::string_view continue_path;
  std::string_view score_path;  ///< empty: the server tells no log-probabilities of a given text
  nlohmann::json (*continue_body)(const std::string& model, const std::string& prompt, unsigned tokens);
  std::string (*continuation)(const nlohmann::json& reply, const std::string& prompt);
  nlohmann::json (*score_body)(const std::string& model, const std::string& prompt) = nullptr;
  std::vector<double> (*scores)(const nlohmann::json& reply, const TextItem& item) = nullptr;
};

/// The only list of server kinds.
std::span<const TextApi> text_apis();
/// By name, or null.
const TextApi* find_text_api(std::string_view name);

/// A token of a scored prompt as a server tells it.
struct ToldToken {
  std::string text;
  double score = 0;
  bool scored = false;  ///< false: the server says null
};

/// Scores of the tokens that hold a part of the item's text. `told` is the prompt's tokens from its first on, one
/// special token before them at most, generated ones behind. A token that holds the end of the context as well counts.
/// Error where the tokens are not those of context + text, where two special tokens begin it, or a score is missing.
std::vector<double> scores_within(const std::vector<ToldToken>& told, const TextItem& item);

}  // namespace wardmark
