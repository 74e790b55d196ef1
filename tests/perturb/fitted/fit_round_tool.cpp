// fit-round WORK: what a fit of striped pictures began with and came to, as files that another program can follow.
//   start.safetensors  pictures (N, H, W, C), labels, network/NAME of small_cnn before the first step
//   round1.em, round1.salm  checkpoints after the first round of the reference schedule
//   pil.safetensors    noise (N, H, W, C) + 128 of pil
//   seeds.json         what pil draws from: weights, order of each epoch, first noise of each epoch; order of em's
//   batches
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "core/random.h"
#include "models/network_state.h"
#include "models/safetensors.h"
#include "models/seeds.h"
#include "perturb/fitted/fits.h"
#include "tests/models/small_sets.h"

using namespace wardmark;
using namespace wardmark::testing;

namespace {

constexpr int kEpochs = 30;
constexpr int kBatches = 10;

void write(const std::string& path, ByteView bytes) { std::ofstream(path, std::ios::binary) << text_of(bytes); }

FitInput input_of(const PixelSet& set, double rho) {
  std::array<std::uint8_t, 32> bytes{};
  bytes[0] = 9;
  FitSettings settings;
  settings.schedule = Schedule::reference;
  settings.carrier = 0;
  settings.rho = rho;
  settings.mask = MaskRule::own;
  settings.surrogates = {"small_cnn"};
  FitInput input{set, {}, Subkey(bytes), settings, {}, 8};
  for (std::size_t c = 0; c < set.classes.size(); ++c) input.slots.push_back(static_cast<std::uint32_t>(c));
  return input;
}

Bytes first_round(const FitInput& input, std::string_view method) {
  Bytes kept;
  FitControl control;
  control.checkpoint = [&](const Bytes& bytes) { kept = bytes; };
  control.stop = [&] { return !kept.empty(); };
  fit(input, method, control, Compute{});
  return kept;
}

}  // namespace

int main(int count, char** words) {
  if (count != 2) {
    std::cerr << "fit-round WORK\n";
    return 2;
  }
  const std::string work = std::string(words[1]) + "/";
  set_threads(1);
  PixelSet set = striped_set(120, 16, 3, 3, 5);
  for (std::size_t i = 0; i < set.size(); ++i) set.ids.push_back(std::to_string(1000 + i));
  const FitInput input = input_of(set, 1);
  const std::uint64_t seed = Stream(input.pool_key.derive("fit"), "seed").u64();

  torch::manual_seed(draw_seed(seed, Draw::weights));
  const auto network = build_network(find_network("small_cnn"), {3, 16, 3, 0.25});
  TensorMap start;
  for (const auto& [name, tensor] : state_of(*network)) start["network/" + name] = tensor;
  start["labels"] = torch::tensor(set.labels, torch::kLong);
  start["pictures"] = torch::tensor(std::vector<std::uint8_t>(set.samples.begin(), set.samples.end()), torch::kByte)
                          .view({120, 16, 16, 3});
  write(work + "start.safetensors", write_safetensors(start, {}));
  write(work + "round1.em", first_round(input, "em"));
  write(work + "round1.salm", first_round(input_of(set, 0.3), "salm"));

  const auto linear = fit(input, "pil", {}, Compute{});
  std::vector<std::uint8_t> noise;
  for (const std::int8_t v : linear->noise) noise.push_back(static_cast<std::uint8_t>(v + 128));
  write(work + "pil.safetensors",
        write_safetensors({{"noise", torch::tensor(noise, torch::kByte).view({120, 16, 16, 3})}}, {}));
  nlohmann::json seeds = {{"weights", draw_seed(seed, Draw::weights)}};
  for (int epoch = 0; epoch < kEpochs; ++epoch) {
    seeds["order"].push_back(draw_seed(seed, Draw::order, epoch));
    seeds["step"].push_back(draw_seed(seed, Draw::step, epoch, 0));
  }
  for (int batch = 0; batch < kBatches; ++batch) seeds["batch"].push_back(draw_seed(seed, Draw::order, batch));
  std::ofstream(work + "seeds.json") << seeds;
  return 0;
}
