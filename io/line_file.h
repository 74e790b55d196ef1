#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "core/bytes.h"

namespace wardmark {

/// Reads a file in pieces and holds no descriptor between them, so that thousands may be read at once. Not thread-safe.
class PieceFile {
 public:
  explicit PieceFile(std::filesystem::path path, std::size_t piece = 32768);
  /// What follows what was read before, at most a piece; empty at the end. Error(read_failed).
  ByteView next();

 private:
  std::filesystem::path path_;
  std::uint64_t at_ = 0;
  Bytes piece_;
};

/// Complete lines of such a file: what follows the last line end is left out. Not thread-safe.
class LineFile {
 public:
  explicit LineFile(std::filesystem::path path) : file_(std::move(path)) {}
  LineFile(const LineFile&) = delete;
  LineFile& operator=(const LineFile&) = delete;
  /// The next line without its end; nothing at the end of the file. Error(read_failed).
  std::optional<std::string> next();

 private:
  PieceFile file_;
  ByteView rest_;
};

}  // namespace wardmark
