#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/dataset.h"
#include "io/byte_stream.h"
#include "text_markers/text_format.h"

namespace wardmark {

/// One file of a corpus.
struct TextFile {
  std::string id;
  std::filesystem::path real;  ///< relative to the root; empty where the corpus is one file
  std::uint64_t bytes = 0;
  const TextFormat* format = nullptr;  ///< null: of no format that is marked; copied as it is
  Packing packing = Packing::none;     ///< by its name; of a file without format none
};

/// A corpus: a folder or one file.
struct TextTree {
  std::filesystem::path root;
  std::vector<TextFile> files;        ///< sorted by id
  std::vector<Companion> companions;  ///< links and litter: not written

  std::filesystem::path path(const TextFile& file) const { return file.real.empty() ? root : root / file.real; }
  /// Where the file goes in an output tree of the same shape.
  std::filesystem::path output(const std::filesystem::path& out, const TextFile& file) const {
    return file.real.empty() ? out : out / file.real;
  }
  /// The file's text, unpacked. Error(item_unreadable).
  Bytes read(const TextFile& file) const;
  /// Index of the file of that id, or files.size().
  std::size_t find(std::string_view id) const;
};

/// Lists a corpus. `forced` is taken for every file instead of what its extension says. Links are not followed,
/// records and litter not entered. Error(input_missing), (read_failed), (name_collision).
TextTree scan_texts(const std::filesystem::path& input, const TextFormat* forced = nullptr);

}  // namespace wardmark
