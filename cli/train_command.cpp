#include <CLI/CLI.hpp>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/command.h"
#include "cli/stop_signal.h"
#include "cli/training_options.h"
#include "core/error.h"
#include "core/key.h"
#include "io/atomic_file.h"
#include "io/item_id.h"
#include "models/classifier_file.h"
#include "models/network.h"
#include "models/safetensors.h"
#include "models/trainer.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr auto kCheckpoint = ".checkpoint";

struct TrainArgs {
  TrainingArgs training;
  ReleasedArgs released;
  std::string data;
  std::string validation;
  std::string output;
  std::string architecture = "resnet18";
  double width = 0.25;
  int epochs = 15;
  int batch = 128;
  double rate = 0.1;
  std::string schedule = "one-cycle";
  std::string begin;
  bool balanced = false;
  bool plain = false;
  bool best = false;
  bool resume = false;
  bool overwrite = false;
};

fs::path with_suffix(const std::string& base, const char* suffix) { return base + suffix; }

void check_output(const TrainArgs& args) {
  if (args.output.empty()) throw Error(Code::usage, "no output was named", "add -o MODEL");
  for (const char* suffix : {".safetensors", ".json"}) {
    const fs::path file = with_suffix(args.output, suffix);
    const bool unfinished = args.resume && fs::exists(with_suffix(args.output, kCheckpoint));
    if (fs::exists(file) && !args.overwrite && !unfinished) {
      throw Error(Code::output_exists, shown(file) + ": exists", "give --overwrite to replace it");
    }
  }
}

Recipe recipe_of(const TrainArgs& args) {
  Recipe recipe;
  recipe.architecture = args.architecture;
  recipe.width = args.width;
  recipe.epochs = args.epochs;
  recipe.batch = args.batch;
  recipe.rate = args.rate;
  recipe.decay = args.schedule == "cosine" ? Decay::cosine : Decay::one_cycle;
  recipe.crop_and_flip = !args.plain;
  recipe.balanced = args.balanced;
  recipe.seed = args.training.seed;
  check_recipe(recipe);
  return recipe;
}

// Weights to begin with; their digest becomes part of the recipe.
std::optional<TensorMap> read_begin(const TrainArgs& args, Recipe& recipe) {
  if (args.begin.empty()) return std::nullopt;
  const Bytes bytes = read_file(args.begin);
  recipe.tag = "begin:" + to_hex(digest(nullptr, "begin", {bytes}));
  return read_safetensors(bytes).tensors;
}

json number(double value) { return std::isfinite(value) ? json(std::round(value * 1e6) / 1e6) : json(); }

void report(const TrainArgs& args, const Trained& trained, const PixelSet& set, const Compute& compute,
            Console& console) {
  const EpochRecord& last = trained.records.back();
  if (!console.style().json) {
    char text[256];
    std::snprintf(
        text, sizeof(text),
        "%s: %s on %zu pictures of %zu classes, %zu epochs, %s; training accuracy %.1f %%, validation %.1f %% "
        "(balanced %.1f %%, best epoch %d)\n",
        args.output.c_str(), args.architecture.c_str(), set.size(), set.classes.size(), trained.records.size(),
        compute.text().c_str(), 100 * last.train_accuracy, 100 * last.validation_accuracy,
        100 * last.validation_balanced, trained.best_epoch + 1);
    console.result(text);
    return;
  }
  json epochs = json::array();
  for (const EpochRecord& r : trained.records) {
    epochs.push_back({{"epoch", r.epoch + 1},
                      {"loss", number(r.loss)},
                      {"train_accuracy", number(r.train_accuracy)},
                      {"validation_accuracy", number(r.validation_accuracy)},
                      {"validation_balanced_accuracy", number(r.validation_balanced)},
                      {"seconds", number(r.seconds)}});
  }
  console.result(json{{"schema", "wardmark.train/1"},
                      {"model", printable(args.output)},
                      {"architecture", args.architecture},
                      {"classes", set.classes},
                      {"items", set.size()},
                      {"compute", compute.text()},
                      {"best_epoch", trained.best_epoch + 1},
                      {"epochs", epochs}}
                     .dump(-1, ' ', false, json::error_handler_t::replace) +
                 "\n");
}

ExitStatus train_one(const TrainArgs& args, Console& console) {
  const StopSignal stop;
  check_output(args);
  find_network(args.architecture);
  Recipe recipe = recipe_of(args);
  const std::optional<TensorMap> begin = read_begin(args, recipe);
  PictureSize size = parse_size(args.training.size);
  const unsigned jobs = args.training.jobs == 0 ? allowed_cores() : args.training.jobs;
  const DatasetOptions options = training_dataset(args.training, args.data);
  const auto recorded = recorded_items(args.released, args.data, console);
  const PixelSet set =
      read_pixel_set(args.data, options, Part::train, size, jobs, console, recorded ? &*recorded : nullptr);
  std::optional<PixelSet> validation;
  if (!args.validation.empty()) {
    const DatasetOptions there = training_dataset(args.training, args.validation);
    const Part part = holds_part(args.validation, there, Part::validation) ? Part::validation : Part::train;
    validation = read_pixel_set(args.validation, there, part, size, jobs, console);
  } else if (holds_part(args.data, options, Part::validation)) {
    validation = read_pixel_set(args.data, options, Part::validation, size, jobs, console);
  }
  if (validation && validation->classes != set.classes) {
    throw Error(Code::test_set, "the validation set has other classes than the training set");
  }
  const Compute compute = start_compute(args.training);
  const fs::path checkpoint = with_suffix(args.output, kCheckpoint);
  Bytes earlier;
  if (args.resume && fs::exists(checkpoint)) earlier = read_file(checkpoint);
  TrainControl control;
  control.resume = earlier;
  control.checkpoint = [&](const Bytes& bytes) { write_file(checkpoint, bytes); };
  control.stop = [&] { return stop.requested().load(); };
  control.report = &console;
  control.begin = begin ? &*begin : nullptr;
  const Trained trained = train(recipe, set, validation ? &*validation : nullptr, control, compute);
  console.end_progress();
  if (trained.stopped) {
    console.say("stopped early; the same command with --resume continues");
    return ExitStatus::stopped;
  }
  ClassifierInfo info;
  info.architecture = args.architecture;
  info.height = set.height;
  info.width = set.width;
  info.channels = set.channels;
  info.width_multiplier = args.width;
  info.classes = set.classes;
  info.recipe = recipe_json(recipe);
  const ClassifierFiles files = save_classifier(args.best ? trained.best : trained.last, info);
  write_file(with_suffix(args.output, ".safetensors"), files.weights);
  write_file(with_suffix(args.output, ".json"), files.description);
  std::error_code ignored;
  fs::remove(checkpoint, ignored);
  report(args, trained, set, compute, console);
  return ExitStatus::ok;
}

}  // namespace

void declare_train(CLI::App& app, Action& action) {
  auto args = std::make_shared<TrainArgs>();
  app.add_option("data", args->data, "data set with classes: folder tree, .npz or CIFAR .bin")
      ->required()
      ->type_name("DATA");
  app.add_option("-o,--output", args->output, "writes MODEL.safetensors and MODEL.json")->type_name("MODEL");
  add_released_options(app, args->released, "DATA, a release, which then gives the classes of its items");
  app.add_option("--validation", args->validation,
                 "data set on which the best epoch is chosen (default: the val arrays of an .npz, else a tenth)")
      ->type_name("DATA");
  std::string names;
  for (const NetworkInfo& network : networks()) names += (names.empty() ? "" : ", ") + std::string(network.name);
  constexpr auto group = "Recipe";
  app.add_option("--arch", args->architecture, "network: " + names)
      ->type_name("NAME")
      ->capture_default_str()
      ->group(group);
  app.add_option("--width", args->width, "multiplies the channels of every layer")->capture_default_str()->group(group);
  app.add_option("--epochs", args->epochs, "passes over the data")->capture_default_str()->group(group);
  app.add_option("--batch", args->batch, "pictures a step")->capture_default_str()->group(group);
  app.add_option("--rate", args->rate, "highest learning rate")->capture_default_str()->group(group);
  app.add_option("--schedule", args->schedule, "of the learning rate")
      ->check(CLI::IsMember({"one-cycle", "cosine"}))
      ->capture_default_str()
      ->group(group);
  app.add_option(
         "--begin", args->begin,
         "fine-tune: weights to begin with (safetensors, torchvision's names); a last layer for other classes is new")
      ->type_name("FILE")
      ->group(group);
  app.add_flag("--balanced", args->balanced, "every class as often as the others")->group(group);
  app.add_flag("--no-augmentation", args->plain, "neither crops nor flips")->group(group);
  app.add_flag("--best", args->best, "keep the best epoch by the validation pictures, not the last")->group(group);
  auto* resume = app.add_flag("--resume", args->resume, "continue an earlier run of the same command");
  app.add_flag("--overwrite", args->overwrite, "replace an existing model")->excludes(resume);
  add_training_options(app, args->training);
  action = [args](Console& console) { return train_one(*args, console); };
}

}  // namespace wardmark
