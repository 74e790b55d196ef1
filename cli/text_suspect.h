#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "cli/console.h"
#include "cli/exit_status.h"
#include "models/model_folder.h"
#include "models/text_model.h"

namespace wardmark {

/// A language model on the disk: a folder of Hugging Face, or a .bin of llama2.c with its vocabulary.
struct TextCheckpoint {
  ModelFolder folder;
  std::string checkpoint;                        ///< name of the .bin in `folder`; empty for a folder of Hugging Face
  std::vector<std::filesystem::path> locations;  ///< folders that opening it reads
};

/// True for a folder, and for a .bin that begins as those of llama2.c do.
bool names_text_model(const std::string& path);
/// `tokenizer`: the file that cuts texts for a .bin; empty for tokenizer.bin or tokN.bin (N words) beside it.
/// Error(input_missing) where there is none.
TextCheckpoint text_checkpoint(const std::string& path, const std::string& tokenizer);

/// Answers one line of the protocol for texts (docs/suspect-protocol.md) with one line. Never throws Error: it becomes
/// an answer. Empty after bye.
std::string answer_text(TextModel& model, const std::string& name, const std::string& line);
/// Standard input to the end.
ExitStatus serve_text(TextModel& model, const std::string& name, Console& console);

}  // namespace wardmark
