#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/training_options.h"
#include "models/language_trainer.h"
#include "models/tokenizer.h"

namespace wardmark {

/// How a language model is made, as typed.
struct LanguageArgs {
  std::string model = "gpt-mini";  ///< a row of language_sizes(), or the folder of a model to train further
  std::int32_t vocabulary = 4096;
  LanguageRecipe recipe;
  TrainingArgs compute;
};
/// `--model`, `--vocabulary`, `--context`, `--batch`, `--epochs`, `--rate`, `--seed`, `--device`, `--precision`, `-j`.
void add_language_options(CLI::App& app, LanguageArgs& args);

/// Hands out texts one by one, the same each time it is called.
using Texts = std::function<void(const std::function<void(std::string_view)>& sink)>;

/// A model before its training, or behind it, and what of its folder stays as it is.
struct TrainedFolder {
  std::shared_ptr<LanguageModel> model;
  std::unique_ptr<Tokenizer> tokenizer;
  std::int32_t end = -1;  ///< stands behind each document
  std::map<std::string, Bytes> files;
};

/// A fresh model with a vocabulary of its texts, or the model of a folder. Error(parameter), (model_format).
TrainedFolder begin_language(const LanguageArgs& args, const Texts& texts, const Compute& compute);

/// All texts as tokens. Error(model_format) where the tokenizer has words that the model lacks.
std::vector<std::int32_t> language_tokens(const TrainedFolder& folder, const Texts& texts, const std::string& name);

/// The folder as Hugging Face's transformers read it: complete, or not there. One of that name is put aside as
/// DIR.old-N, never deleted.
void write_language_folder(const std::filesystem::path& output, TrainedFolder& folder);

}  // namespace wardmark
