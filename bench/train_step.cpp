// train-step [--steps N] [--warm-up N] [--threads N] [--precision auto|fp32|bf16] [--width W] [--batch N]
//
// Times whole training steps of resnet18 on random pictures of 32 x 32 x 3, cut and flipped on the way, as `wardmark
// train` makes them. One JSON object on stdout: seconds of each step, threads, precision. bench/train_step.py compares
// it with python3-torch.
#include <chrono>
#include <cstring>
#include <iostream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <thread>

#include "models/trainer.h"

namespace {

using Clock = std::chrono::steady_clock;

// Notes when each step ends.
struct Stopwatch : wardmark::Report {
  std::vector<Clock::time_point> ends;
  void progress(std::string_view, std::uint64_t, std::uint64_t, std::uint64_t) override {
    ends.push_back(Clock::now());
  }
  void warning(std::string_view, const wardmark::Note&) override {}
  void refused(std::string_view, const wardmark::Error&) override {}
};

wardmark::PixelSet random_set(std::size_t count) {
  wardmark::PixelSet set;
  set.height = set.width = 32;
  set.channels = 3;
  std::mt19937 random(1);
  for (int k = 0; k < 10; ++k) set.classes.push_back(std::to_string(k));
  for (std::size_t i = 0; i < count; ++i) set.labels.push_back(static_cast<std::int64_t>(i % 10));
  set.samples.resize(count * set.item_samples());
  for (std::uint8_t& sample : set.samples) sample = static_cast<std::uint8_t>(random() & 255);
  return set;
}

int run(int argc, char** argv) {
  using namespace wardmark;
  std::size_t steps = 20, warm_up = 3;
  int threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  std::string precision = "auto";
  Recipe recipe;
  recipe.epochs = 10000;  // stopped long before
  recipe.validation_share = 0;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string option = argv[i], value = argv[i + 1];
    if (option == "--steps") {
      steps = std::stoul(value);
    } else if (option == "--warm-up") {
      warm_up = std::stoul(value);
    } else if (option == "--threads") {
      threads = std::stoi(value);
    } else if (option == "--precision") {
      precision = value;
    } else if (option == "--width") {
      recipe.width = std::stod(value);
    } else if (option == "--batch") {
      recipe.batch = std::stoi(value);
    } else {
      std::cerr << "train-step: unknown option: " << option << "\n";
      return 2;
    }
  }
  set_threads(threads);
  const Compute compute = choose_compute(DeviceChoice::cpu, parse_precision(precision));
  const PixelSet set = random_set(static_cast<std::size_t>(recipe.batch) * 8);
  Stopwatch watch;
  TrainControl control;
  control.report = &watch;
  control.stop = [&] { return watch.ends.size() > warm_up + steps; };
  train(recipe, set, nullptr, control, compute);

  std::vector<double> seconds;
  for (std::size_t i = warm_up; i + 1 < watch.ends.size(); ++i)
    seconds.push_back(std::chrono::duration<double>(watch.ends[i + 1] - watch.ends[i]).count());
  std::cout << nlohmann::json{{"seconds", seconds}, {"threads", threads}, {"precision", compute.bf16 ? "bf16" : "fp32"}}
            << "\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "train-step: " << error.what() << "\n";
    return 4;
  }
}
