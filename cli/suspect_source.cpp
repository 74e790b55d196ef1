#include "cli/suspect_source.h"

#include <algorithm>
#include <filesystem>

#include "cli/engine.h"
#include "core/error.h"
#include "core/key.h"
#include "io/atomic_file.h"
#include "io/item_id.h"

namespace wardmark {

namespace fs = std::filesystem;

std::vector<std::string> suspect_command(const std::string& suspect, const std::string& device, unsigned jobs) {
  if (suspect.starts_with("exec:")) return {"/bin/sh", "-c", "exec " + suspect.substr(5)};
  if (!fs::exists(suspect)) throw Error(Code::input_missing, shown(suspect) + ": does not exist");
  if (!suspect.ends_with(".safetensors")) {
    throw Error(Code::usage, "--suspect " + shown(suspect) + ": no .safetensors file",
                "other models are asked through a program: --suspect 'exec:PROGRAM', see docs/suspect-protocol.md");
  }
  const auto engine = find_engine();
  if (!engine) {
    throw Error(Code::engine_missing, "a model of wardmark's own needs wardmark-nn, which is not installed",
                "install the package wardmark-nn");
  }
  return {engine->string(), "suspect", fs::absolute(suspect).string(), "--device", device, "-j", std::to_string(jobs)};
}

std::string suspect_identity(const std::string& suspect) {
  if (suspect.starts_with("exec:")) return to_hex(digest(nullptr, "suspect-command", {bytes_of(suspect)}));
  const Bytes weights = read_file(suspect);
  return to_hex(digest(nullptr, "suspect-weights", {weights}));
}

std::vector<std::string> label_lines(const std::string& file) {
  if (file.empty()) return {};
  const Bytes bytes = read_file(file);
  std::vector<std::string> lines;
  std::string_view text = text_of(ByteView(bytes));
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.emplace_back(line);
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return lines;
}

}  // namespace wardmark
