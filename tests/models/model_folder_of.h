#pragma once
#include <filesystem>
#include <fstream>
#include <iterator>

#include "models/model_folder.h"

namespace wardmark::testing {

/// A folder on the disk, as the engine hands it to whoever opens a model.
inline ModelFolder folder_at(const std::filesystem::path& path) {
  ModelFolder folder;
  folder.name = path.string();
  for (const auto& entry : std::filesystem::directory_iterator(path)) folder.files.insert(entry.path().filename());
  folder.read = [path](const std::string& file) {
    std::ifstream stream(path / file, std::ios::binary);
    return Bytes{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  };
  return folder;
}

}  // namespace wardmark::testing
