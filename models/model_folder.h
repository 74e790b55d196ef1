#pragma once
#include <functional>
#include <set>
#include <string>

#include "core/bytes.h"

namespace wardmark {

/// The files beside each other that make up a language model. Who opens it reads them: nothing here knows a disk.
struct ModelFolder {
  std::string name;             ///< for messages
  std::set<std::string> files;  ///< names, without a folder
  /// Bytes of one of them.
  std::function<Bytes(const std::string& file)> read;
  bool has(const std::string& file) const { return files.contains(file); }
};

}  // namespace wardmark
