#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "cli/console.h"
#include "cli/dataset_options.h"
#include "cli/key_options.h"
#include "cli/training_set.h"
#include "models/device.h"

namespace CLI {
class App;
}

namespace wardmark {

/// Options of all commands that train networks, as typed.
struct TrainingArgs {
  InputArgs input;  ///< label source, classes, format; its own path is not used
  std::string size;
  std::string device = "auto";
  std::string precision = "auto";
  std::uint64_t seed = 0;
  unsigned jobs = 0;
};

/// Labels, classes, format, --size, --device, --precision, --seed, --jobs.
void add_training_options(CLI::App& app, TrainingArgs& args);
/// `-k`, `--record` of a command that reads a release.
struct ReleasedArgs {
  KeyOptions key;
  std::string record;
};
void add_released_options(CLI::App& app, ReleasedArgs& args, const std::string& of);
/// What the record of the release at `path` says of its items; absent without a key. Errors of load_key() and
/// open_record(); (usage) for --record without a key.
std::optional<RecordedItems> recorded_items(const ReleasedArgs& args, const std::string& path, Console& console);

/// The options with which a data set at `path` is opened.
DatasetOptions training_dataset(const TrainingArgs& args, const std::string& path);
/// "64" or "96x64"; Error(usage) otherwise.
PictureSize parse_size(const std::string& text);
/// Sets torch's threads and settles device and precision.
Compute start_compute(const TrainingArgs& args);
/// Cores this process may use.
unsigned allowed_cores();

}  // namespace wardmark
