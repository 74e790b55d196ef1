#pragma once
#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/error.h"
#include "io/atomic_file.h"

namespace wardmark {

/// An empty folder that vanishes with the test.
class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "wardmark-test-XXXXXX").native();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no scratch folder");
    path_ = name;
  }
  ~Scratch() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  /// Writes a file, folders included; returns its path.
  std::filesystem::path put(std::string_view name, std::string_view text) const {
    write_file(path_ / name, bytes_of(text));
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

/// Runs `work`, which must throw Error(code); returns its text and hint for further checks.
inline std::string refusal(Code code, const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    CHECK_MESSAGE(error.code() == code, error.what());
    return std::string(error.what()) + " | " + error.hint();
  }
  FAIL("nothing was refused");
  return {};
}

inline bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

inline std::string read_text(const std::filesystem::path& path) { return std::string(text_of(read_file(path))); }

}  // namespace wardmark
