#pragma once
#include <string>
#include <vector>

#include "io/dataset_format.h"

namespace CLI {
class App;
}

namespace wardmark {

/// The options that say what an input is, as typed.
struct InputArgs {
  std::string input;
  std::string labels = "folder";
  std::string classes;
  std::string files_from;
  bool nul = false;
  std::string root;
  std::string splits = "train";
  std::string format;
  std::string output_format;
  int jpeg_quality = 0;  ///< 0: each JPEG with its own tables
  std::string carry;     ///< patterns, with commas
  std::uint64_t max_megapixels = 268;
  bool many_classes = false;
  StudyOptions study;
};

void add_input_options(CLI::App& app, InputArgs& args);
/// Reads --files-from; Error(usage) for contradictions.
DatasetOptions dataset_options(const InputArgs& args);
/// The parts of a list with commas.
std::vector<std::string> split_list(const std::string& text);
/// Path for messages, and the default release name's source.
std::filesystem::path input_path(const InputArgs& args);

}  // namespace wardmark
