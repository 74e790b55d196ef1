#include "medical/dicom_dataset.h"

#include <set>

#include "core/error.h"
#include "io/file_kind.h"
#include "io/item_id.h"
#include "medical/study_kind.h"
#include "medical/study_reader.h"
#include "medical/study_writer.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;

void add_folder(StudyReader& reader, const fs::path& root) {
  std::error_code error;
  auto it = fs::recursive_directory_iterator(root, error);
  for (; !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    const fs::path& path = it->path();
    const std::string real = path.lexically_relative(root).native();
    if (it->is_symlink()) {
      reader.companion(real, Code::left_link);
    } else if (it->is_directory()) {
      if (!is_litter_folder(path.native()) && !is_record_name(path.native())) continue;
      it.disable_recursion_pending();
      reader.companion(real, is_litter_folder(path.native()) ? Code::left_litter : Code::left_other);
    } else if (!it->is_regular_file()) {
      reader.companion(real, Code::left_other);
    } else if (is_dicom_file(path)) {
      reader.add(real, it->file_size());
    } else {
      reader.companion(real, kind_by_name(real) == FileKind::litter ? Code::left_litter : Code::left_other);
    }
  }
  if (error) throw Error(Code::read_failed, shown(root) + ": the folder cannot be read: " + error.message());
}

}  // namespace

std::unique_ptr<DatasetReader> open_study(const fs::path& input, const DatasetOptions& options) {
  std::error_code error;
  const bool folder = !options.files && fs::is_directory(input, error);
  const bool single = !options.files && !folder;
  fs::path root = options.files ? (options.root.empty() ? fs::path(".") : options.root)
                  : folder      ? input
                                : input.parent_path();
  auto reader = std::make_unique<StudyReader>(root, single, options);
  if (folder) add_folder(*reader, input);
  if (single) reader->add(input.filename().native(), fs::file_size(input));
  if (options.files) {
    std::set<std::string> listed;
    for (const std::string& file : *options.files) {
      const std::string real = clean_path(file);
      if (!listed.insert(real).second) continue;
      const auto size = fs::file_size(root / real, error);
      reader->add(real, error ? 0 : size);
    }
  }
  if (reader->survey().items.empty()) throw Error(Code::input_empty, shown(input) + ": holds no DICOM object");
  reader->scan();
  return reader;
}

std::unique_ptr<DatasetWriter> create_study_writer(const DatasetReader& reader, const fs::path& output,
                                                   const DatasetOptions& options) {
  const auto* study = dynamic_cast<const StudyReader*>(&reader);
  if (study == nullptr) broken_promise("a study writer for a reader of another kind");
  return std::make_unique<StudyWriter>(*study, output, options);
}

}  // namespace wardmark
