#include "cli/text_corpus.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "core/error.h"
#include "io/atomic_file.h"
#include "io/item_id.h"
#include "text_markers/documents.h"
#include "text_markers/text_encoding.h"
#include "text_markers/text_format.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> text_files(const fs::path& path) {
  if (!fs::exists(path)) throw Error(Code::input_missing, shown(path) + ": does not exist");
  std::vector<fs::path> files;
  if (!fs::is_directory(path)) return {path};
  for (const auto& entry : fs::recursive_directory_iterator(path)) {
    if (entry.is_regular_file() && text_format_for(entry.path().string()) != nullptr) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace

void each_document_of(const TextCorpusArgs& corpus, const std::function<void(std::string_view text)>& sink,
                      Report& report) {
  GhostRecipe recipe;
  recipe.field = corpus.field;
  std::size_t documents = 0;
  for (const fs::path& path : text_files(corpus.path)) {
    const TextFormat* format = text_format_for(path.string());
    if (format == nullptr) throw Error(Code::input_missing, shown(path) + ": no text in a format that is known");
    try {
      const Bytes bytes = read_file(path);
      const EncodedText encoded(bytes);
      std::string buffer;
      each_document(encoded.text(), path.string(), *format, recipe, [&](const Document& document) {
        ++documents;
        sink(document_text(encoded.text(), document, buffer));
      });
    } catch (const Error& error) {
      report.refused(shown(path), error);
    }
  }
  if (documents == 0) throw Error(Code::input_empty, shown(corpus.path) + ": no text");
}

}  // namespace wardmark
