// models-tokens FOLDER FILE...: the tokens of each text file, a line of ids each, by the tokenizer in FOLDER. Exit
// status 1 with a line on stderr when something is refused, or the tokens' bytes are not where they say.
#include <iostream>

#include "core/error.h"
#include "model_folder_of.h"
#include "models/tokenizer.h"

namespace {

int run(const char* path, int count, char** files) {
  using namespace wardmark;
  const ModelFolder folder = testing::folder_at(path);
  const auto tokenizer = open_tokenizer(folder);
  for (int i = 0; i < count; ++i) {
    std::ifstream stream(files[i], std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    std::uint32_t reached = 0;
    std::string line;
    for (const Token& token : tokenizer->encode(text)) {
      line += std::to_string(token.id) + " ";
      if (token.begin > token.end || token.end > text.size() || token.end < reached) {
        std::cerr << files[i] << ": token " << token.id << " stands at " << token.begin << " to " << token.end << "\n";
        return 1;
      }
      reached = token.end;
    }
    std::cout << line << "\n";
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  try {
    return run(argv[1], argc - 2, argv + 2);
  } catch (const std::exception& error) {
    std::cerr << argv[1] << ": " << error.what() << "\n";
    return 1;
  }
}
