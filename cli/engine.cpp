#include "cli/engine.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "core/error.h"

namespace wardmark {
namespace fs = std::filesystem;

std::optional<fs::path> find_program(const std::string& name) {
  std::error_code ignored;
  const fs::path here = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  for (const fs::path& place : {here / name, here.parent_path() / "libexec" / "wardmark" / name}) {
    if (::access(place.c_str(), X_OK) == 0) return place;
  }
  return std::nullopt;
}

std::optional<fs::path> find_engine() { return find_program("wardmark-nn"); }

namespace {

[[noreturn]] void start_engine(std::vector<std::string> words) {
  const auto engine = find_engine();
  if (!engine) {
    throw Error(Code::engine_missing, "this command trains networks and needs wardmark-nn, which is not installed",
                "install the package wardmark-nn");
  }
  words.at(0) = engine->string();
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  ::execv(engine->c_str(), pointers.data());
  throw Error(Code::engine_missing, engine->string() + ": cannot be started: " + std::strerror(errno),
              "reinstall the package wardmark-nn");
}

}  // namespace

void become_engine(int argc, const char* const* argv) { start_engine({argv, argv + argc}); }

void become_engine() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::vector<std::string> words;
  for (std::string word; std::getline(file, word, '\0');) words.push_back(word);
  start_engine(std::move(words));
}

}  // namespace wardmark
