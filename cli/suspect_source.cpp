#include "cli/suspect_source.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/engine.h"
#include "cli/http_api.h"
#include "core/error.h"
#include "core/key.h"
#include "io/atomic_file.h"
#include "io/item_id.h"

namespace wardmark {

namespace fs = std::filesystem;

bool is_examined(const std::string& suspect) { return suspect.starts_with("examiner:"); }

bool is_address(const std::string& suspect) {
  return suspect.starts_with("http://") || suspect.starts_with("https://");
}

void add_foreign_options(CLI::App& app, const std::string& prefix, ForeignModel& model) {
  constexpr auto group = "TorchScript and ONNX";
  app.add_option("--" + prefix + "size", model.size, "pictures the model takes, in pixels")
      ->type_name("N|WxH")
      ->group(group);
  app.add_option("--" + prefix + "channels", model.channels, "3: RGB, 1: grey")
      ->check(CLI::IsMember({1, 3}))
      ->capture_default_str()
      ->group(group);
  app.add_option("--" + prefix + "normalise", model.normalise,
                 "how samples become numbers: 0..1, -1..1, 0..255, imagenet, or a mean and a deviation a channel in "
                 "units of 0..1, M,M,M/S,S,S")
      ->type_name("HOW")
      ->capture_default_str()
      ->group(group);
  app.add_option("--" + prefix + "outputs", model.outputs, "what the outputs are: logits or probabilities")
      ->check(CLI::IsMember({"logits", "probabilities"}))
      ->capture_default_str()
      ->group(group);
}

namespace {

constexpr auto kRemote = "Models behind an address";

/// `api` and `name`: as the options are called.
void add_server_options(CLI::App& app, RemoteModel& model, const char* api, const char* name) {
  std::string help = "what the server speaks (default: the lines of docs/suspect-protocol.md):";
  std::vector<std::string> names;
  for (const TextApi& row : text_apis()) {
    help += " " + std::string(row.name);
    names.emplace_back(row.name);
  }
  app.add_option(api, model.api, help)->check(CLI::IsMember(names))->type_name("NAME")->group(kRemote);
  app.add_option(name, model.model, "name of the model, for servers that hold several")
      ->type_name("NAME")
      ->group(kRemote);
}

void add_key_file(CLI::App& app, RemoteModel& model, const char* name) {
  app.add_option(name, model.key_file, "file whose first line is sent as bearer token")
      ->check(CLI::ExistingFile)
      ->type_name("FILE")
      ->group(kRemote);
}

}  // namespace

void add_remote_options(CLI::App& app, RemoteModel& model) {
  add_key_file(app, model, "--suspect-key-file");
  app.add_option("--rate", model.rate, "most requests a second (default: no limit)")
      ->check(CLI::Range(0.001, 1e6))
      ->type_name("R")
      ->group(kRemote);
  app.add_option("--retries", model.retries, "tries after refusals for load and lost connections")
      ->check(CLI::Range(0, 100))
      ->type_name("N")
      ->capture_default_str()
      ->group(kRemote);
  app.add_option("--timeout", model.seconds, "longest wait for one answer, in seconds")
      ->check(CLI::Range(0.1, 3600.0))
      ->type_name("S")
      ->capture_default_str()
      ->group(kRemote);
}

void add_api_options(CLI::App& app, RemoteModel& model) { add_server_options(app, model, "--api", "--model"); }

void add_reference_api_options(CLI::App& app, RemoteModel& model) {
  add_server_options(app, model, "--reference-api", "--reference-model");
  add_key_file(app, model, "--reference-key-file");
}

void add_asking_options(CLI::App& app, Asking& asking, const std::string& help) {
  constexpr auto group = "Asking";
  app.add_option("--suspect", asking.source.suspect, help)->type_name("FILE|URL|exec:PROGRAM")->group(group);
  app.add_option("--access", asking.access, "what the suspect is asked for: labels, or scores where it has them")
      ->check(CLI::IsMember({"labels", "scores"}))
      ->capture_default_str()
      ->group(group);
  app.add_option("--suspect-classes", asking.classes, "file that names the suspect's answers, one a line")
      ->type_name("FILE")
      ->group(group);
  add_foreign_options(app, "suspect-", asking.source.foreign);
  add_remote_options(app, asking.source.remote);
  app.add_option("--suspect-seconds", asking.seconds, "longest wait for an answer")
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str()
      ->group(group);
  app.add_option("--suspect-memory", asking.memory_mib, "address space of the suspect in MiB; 0: no limit")
      ->type_name("MIB")
      ->capture_default_str()
      ->group(group);
  app.add_option("--device", asking.source.device, "where a model in a file computes: auto, cpu or gpu")
      ->check(CLI::IsMember({"auto", "cpu", "gpu"}))
      ->capture_default_str()
      ->group(group);
}

namespace {

std::vector<std::string> remote_command(const SuspectSource& source) {
  const auto program = find_program("wardmark-http");
  if (!program) {
    throw Error(Code::engine_missing, "a model behind an address needs wardmark-http, which is not installed",
                "build it with libcurl, or ask the model through a program: --suspect 'exec:PROGRAM'");
  }
  const std::size_t host = source.suspect.find("://") + 3;
  if (source.suspect.substr(host, source.suspect.find_first_of("/?#", host) - host).find('@') != std::string::npos) {
    throw Error(Code::usage, "--suspect: a name or password in an address would stand in lists and reports",
                "--suspect-key-file FILE");
  }
  const RemoteModel& r = source.remote;
  std::vector<std::string> words = {program->string(),         source.suspect, "--retries",
                                    std::to_string(r.retries), "--seconds",    std::to_string(r.seconds)};
  if (r.rate > 0) words.insert(words.end(), {"--rate", std::to_string(r.rate)});
  if (!r.api.empty()) words.insert(words.end(), {"--api", r.api});
  if (!r.model.empty()) words.insert(words.end(), {"--model=" + r.model});
  if (!r.key_file.empty()) words.insert(words.end(), {"--key-file", fs::absolute(r.key_file).string()});
  return words;
}

}  // namespace

std::vector<std::string> suspect_command(const SuspectSource& source, const fs::path& folder) {
  if (is_examined(source.suspect)) {
    throw Error(Code::usage, "--suspect " + source.suspect + ": an examiner asks this suspect, this program does not",
                "--blind DIR makes the questions, --answers DIR takes what was answered");
  }
  if (source.suspect.starts_with("exec:")) return {"/bin/sh", "-c", "exec " + source.suspect.substr(5)};
  if (is_address(source.suspect)) return remote_command(source);
  if (!fs::exists(source.suspect)) throw Error(Code::input_missing, shown(source.suspect) + ": does not exist");
  const auto engine = find_engine();
  if (!engine) {
    throw Error(Code::engine_missing, "a model in a file needs wardmark-nn, which is not installed",
                "install the package wardmark-nn, or ask the model through a program: --suspect 'exec:PROGRAM'");
  }
  std::vector<std::string> words = {engine->string(),
                                    "suspect",
                                    fs::absolute(source.suspect).string(),
                                    "--confine",
                                    fs::absolute(folder).string(),
                                    "--device",
                                    source.device,
                                    "-j",
                                    std::to_string(source.jobs)};
  if (!source.foreign.size.empty()) {
    const ForeignModel& f = source.foreign;
    for (const auto& [name, value] : {std::pair<const char*, std::string>{"--size", f.size},
                                      {"--channels", std::to_string(f.channels)},
                                      {"--normalise", f.normalise},
                                      {"--outputs", f.outputs}}) {
      // One word, so that a value like -1..1 is no option.
      words.push_back(std::string(name) + "=" + value);
    }
  }
  return words;
}

namespace {

/// Of the plain files of a folder with their names, sorted; not of those below.
std::string folder_identity(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  std::string all;
  for (const fs::path& file : files) {
    const Bytes bytes = read_file(file);
    all += to_hex(digest(nullptr, "suspect-file", {bytes_of(file.filename().string()), bytes}));
  }
  return to_hex(digest(nullptr, "suspect-folder", {bytes_of(all)}));
}

}  // namespace

std::string suspect_identity(const SuspectSource& source) {
  if (is_examined(source.suspect)) return to_hex(digest(nullptr, "suspect-examined", {bytes_of(source.suspect)}));
  if (source.suspect.starts_with("exec:"))
    return to_hex(digest(nullptr, "suspect-command", {bytes_of(source.suspect)}));
  if (is_address(source.suspect)) {
    const RemoteModel& r = source.remote;
    if (r.api.empty() && r.model.empty()) return to_hex(digest(nullptr, "suspect-address", {bytes_of(source.suspect)}));
    return to_hex(digest(nullptr, "suspect-address", {bytes_of(source.suspect), bytes_of(r.api), bytes_of(r.model)}));
  }
  if (fs::is_directory(source.suspect)) return folder_identity(source.suspect);
  const Bytes weights = read_file(source.suspect);
  if (source.foreign.size.empty()) return to_hex(digest(nullptr, "suspect-weights", {weights}));
  const ForeignModel& f = source.foreign;
  const std::string how = f.size + " " + std::to_string(f.channels) + " " + f.normalise + " " + f.outputs;
  return to_hex(digest(nullptr, "suspect-weights", {weights, bytes_of(how)}));
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
