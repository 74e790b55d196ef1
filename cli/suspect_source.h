#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace wardmark {

/// What TorchScript and ONNX files do not say of themselves, as typed.
struct ForeignModel {
  std::string size;
  int channels = 3;
  std::string normalise = "0..1", outputs = "logits";
};

/// `--size`, `--channels`, `--normalise`, `--outputs`, each with `prefix` before its name: "suspect-".
void add_foreign_options(CLI::App& app, const std::string& prefix, ForeignModel& model);

/// How a model behind an address is asked, as typed.
struct RemoteModel {
  std::string key_file;
  double rate = 0, seconds = 60;
  unsigned retries = 5;
  std::string api, model;  ///< of text models: a row of cli/http_api.cpp, and the name it asks by; empty: our own
};

/// `--suspect-key-file`, `--rate`, `--retries`, `--timeout`.
void add_remote_options(CLI::App& app, RemoteModel& model);

/// `--api`, `--model`: of text models.
void add_api_options(CLI::App& app, RemoteModel& model);
/// `--reference-api`, `--reference-model`, `--reference-key-file`: the same of a reference model.
void add_reference_api_options(CLI::App& app, RemoteModel& model);

/// True of examiner:NAME: somebody else asks the suspect (cli/blind_package.h).
bool is_examined(const std::string& suspect);
/// True of http:// and https://.
bool is_address(const std::string& suspect);

/// A suspect as named, and how it is started.
struct SuspectSource {
  std::string suspect;  ///< exec:PROGRAM, http(s)://..., or a file
  ForeignModel foreign;
  RemoteModel remote;
  std::string device = "auto";
  unsigned jobs = 1;
};

/// What a suspect is asked and within which limits, as typed.
struct Asking {
  SuspectSource source;
  std::string classes;  ///< file that names its answers
  std::string access = "labels";
  double seconds = 600;
  std::uint64_t memory_mib = 0;
};

/// `--suspect`, `--access`, `--suspect-classes`, the limits, where it computes, and the options of foreign and remote
/// models.
void add_asking_options(CLI::App& app, Asking& asking, const std::string& help);

/// The words of the command that speaks for a suspect: PROGRAM itself, wardmark-http for an address, or
/// wardmark-nn, which reads files below `folder` only. Error(input_missing), (engine_missing).
std::vector<std::string> suspect_command(const SuspectSource& source, const std::filesystem::path& folder);

/// What stands for the suspect in the list of tests: a digest of the file, or of all files of the folder, and how it is
/// asked, of the command, or of the address.
std::string suspect_identity(const SuspectSource& source);

/// Lines of a file of class names, without line ends; none where no file is named.
std::vector<std::string> label_lines(const std::string& file);

}  // namespace wardmark
