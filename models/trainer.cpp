#include "models/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

#include "models/network_state.h"
#include "models/pictures.h"
#include "models/prediction.h"
#include "models/sampling.h"
#include "models/seeds.h"
#include "models/sgd.h"
#include "models/training_state.h"

namespace wardmark {
namespace {

constexpr std::int64_t kProbe = 1000;  // training pictures looked at where the batches' own logits are not to be had

std::shared_ptr<Network> new_network(const Recipe& recipe, const PixelSet& set, const Compute& compute) {
  NetworkShape shape;
  shape.channels = set.channels;
  shape.side = std::min(set.height, set.width);
  shape.classes = recipe.outputs > 0 ? recipe.outputs : static_cast<int>(set.classes.size());
  shape.width = recipe.width;
  const std::shared_ptr<Network> network = build_network(find_network(recipe.architecture), shape);
  network->to(compute.device);
  use_channels_last(*network);
  return network;
}

// The last layer comes last in a network's state, its weight and its bias; for other classes it stays fresh.
void load_begin(Network& network, TensorMap begin) {
  const NamedTensors fresh = state_of(network);
  for (std::size_t i = fresh.size() < 2 ? 0 : fresh.size() - 2; i < fresh.size(); ++i) {
    const auto& [name, tensor] = fresh[i];
    const auto found = begin.find(name);
    if (found != begin.end() && found->second.sizes() != tensor.sizes()) found->second = tensor.clone();
  }
  load_state(network, begin);
}

class Run {
 public:
  Run(const Recipe& recipe, const PixelSet& train, const PixelSet* validation, const TrainControl& control,
      const Compute& compute)
      : recipe_(recipe), set_(train), control_(control), compute_(compute), pictures_(train, compute.device) {
    if (recipe.outputs > 0) {
      items_ = torch::arange(pictures_.size(), torch::kLong);
      held_out_ = torch::empty({0}, torch::kLong);
    } else if (validation) {
      items_ = torch::arange(pictures_.size(), torch::kLong);
      given_validation_.emplace(*validation, compute.device);
      held_out_ = torch::arange(given_validation_->size(), torch::kLong);
    } else {
      Split split = stratified_split(set_.labels, recipe.validation_share, recipe.seed);
      items_ = std::move(split.train);
      held_out_ = std::move(split.validation);
    }
    padding_ = crop_padding(train);
    steps_ = steps_of_epoch(items_.size(0), recipe.batch);
    start(control.checkpoint || !control.resume.empty() ? run_identity(recipe, train, validation) : "");
  }

  Trained finish() {
    bool stopped = false;
    while (static_cast<int>(state_.records.size()) < recipe_.epochs && !stopped) stopped = !epoch();
    Trained trained;
    trained.last = model_;
    trained.best = model_;
    if (!state_.best.empty()) {
      trained.best.network = new_network(recipe_, set_, compute_);
      load_state(*trained.best.network, state_.best);
      trained.best.network->eval();
    }
    model_.network->eval();
    trained.best_epoch = state_.best_epoch;
    trained.records = state_.records;
    trained.stopped = stopped;
    return trained;
  }

 private:
  void start(const std::string& identity) {
    torch::manual_seed(draw_seed(recipe_.seed, Draw::weights));
    model_.network = new_network(recipe_, set_, compute_);
    sgd_.emplace(model_.network->parameters(), recipe_.momentum, recipe_.weight_decay);
    if (control_.resume.empty()) {
      if (control_.begin) load_begin(*model_.network, *control_.begin);
      const Normalisation scale = measure_normalisation(set_, items_);
      state_.scale = {{"mean", scale.mean}, {"std", scale.std}};
    } else {
      state_ = read_checkpoint(control_.resume, identity);
      restore();
    }
    state_.identity = identity;
    model_.mean = state_.scale.at("mean").to(compute_.device);
    model_.std = state_.scale.at("std").to(compute_.device);
  }

  void restore() {
    restore_training(state_, *model_.network, *sgd_);
    if (!state_.scale.contains("mean") || !state_.scale.contains("std") ||
        static_cast<int>(state_.records.size()) > recipe_.epochs)
      throw Error(Code::model_format, "checkpoint: parts are missing", "remove the file to train from the start");
  }

  // False when it was asked to stop.
  bool epoch() {
    const auto begin = std::chrono::steady_clock::now();
    const auto number = static_cast<std::int64_t>(state_.records.size());
    const torch::Tensor order = epoch_order(set_.labels, items_, recipe_.balanced, recipe_.seed, number);
    model_.network->train();
    double loss = 0;
    torch::Tensor right = torch::zeros({}, torch::TensorOptions(torch::kLong).device(compute_.device));
    for (std::int64_t step = 0; step < steps_; ++step) {
      if (control_.stop && control_.stop()) return false;
      const std::int64_t from = batch_begin(order.size(0), steps_, step);
      const std::int64_t to = batch_begin(order.size(0), steps_, step + 1);
      loss += one_step(number, step, order.slice(0, from, to), right);
      if (control_.report)
        control_.report->progress("training", progress(number, step + 1), progress(recipe_.epochs, 0), 0);
    }
    EpochRecord record;
    record.epoch = static_cast<int>(number);
    record.loss = loss / static_cast<double>(steps_);
    record.train_accuracy =
        control_.hooks.loss ? probe(order) : right.item<double>() / static_cast<double>(order.size(0));
    record.rate = rate(number, steps_ - 1);
    const HitRates scores = validate();
    record.validation_accuracy = scores.accuracy;
    record.validation_balanced = scores.balanced;
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    record.seconds = took.count();
    keep(record);
    return true;
  }

  double one_step(std::int64_t epoch, std::int64_t step, const torch::Tensor& index, torch::Tensor& right) {
    torch::Generator random = seeded_generator(draw_seed(recipe_.seed, Draw::step, epoch, step));
    torch::manual_seed(draw_seed(recipe_.seed, Draw::dropout, epoch, step));
    Batch batch;
    batch.epoch = epoch;
    batch.epochs = recipe_.epochs;
    batch.y = pictures_.labels().index_select(0, index.to(compute_.device));
    batch.x = recipe_.crop_and_flip ? pictures_.batch(index, draw_shifts(index.size(0), padding_, random))
                                    : pictures_.batch(index);
    if (control_.hooks.augment) control_.hooks.augment(batch, random);
    torch::Tensor loss;
    {
      const Autocast autocast(compute_);
      if (control_.hooks.loss) {
        loss = control_.hooks.loss(model_, batch, random);
      } else {
        const torch::Tensor logits = model_(batch.x);
        loss = batch_loss(logits, batch);
        right += logits.detach().argmax(1).eq(batch.y).sum();  // stays on the device: a GPU need not be waited for
      }
    }
    const double value = loss.item<double>();
    if (!std::isfinite(value)) {
      throw Error(Code::nan_loss,
                  "training: the loss is no finite number in epoch " + std::to_string(epoch + 1) + ", step " +
                      std::to_string(step + 1),
                  "a smaller learning rate, or --precision fp32");
    }
    sgd_->clear();  // here, as a loss may have made gradients of its own
    loss.backward();
    sgd_->step(rate(epoch, step));
    return value;
  }

  void keep(const EpochRecord& record) {
    // Without validation pictures no epoch is better than another and the last one counts.
    const bool measured = !std::isnan(record.validation_balanced);
    if (measured && (state_.best_epoch < 0 ||
                     record.validation_balanced >
                         state_.records[static_cast<std::size_t>(state_.best_epoch)].validation_balanced)) {
      state_.best = copied_state(*model_.network);
      state_.best_epoch = record.epoch;
    } else if (!measured) {
      state_.best_epoch = record.epoch;
    }
    state_.records.push_back(record);
    if (!control_.checkpoint) return;
    keep_training(state_, *model_.network, *sgd_);
    control_.checkpoint(write_checkpoint(state_));
  }

  double probe(const torch::Tensor& order) {
    if (recipe_.outputs > 0) return std::nan("");
    const torch::Tensor some = order.slice(0, 0, kProbe);
    return hit_rates(predict(model_, pictures_, some, compute_), pictures_.labels().cpu().index_select(0, some))
        .accuracy;
  }

  HitRates validate() {
    if (held_out_.size(0) == 0) return {std::nan(""), std::nan("")};
    const Pictures& pictures = given_validation_ ? *given_validation_ : pictures_;
    return hit_rates(predict(model_, pictures, held_out_, compute_),
                     pictures.labels().cpu().index_select(0, held_out_));
  }

  double rate(std::int64_t epoch, std::int64_t step) const {
    return learning_rate(recipe_.decay, recipe_.rate, epoch * steps_ + step, recipe_.epochs * steps_);
  }
  std::uint64_t progress(std::int64_t epoch, std::int64_t step) const {
    return static_cast<std::uint64_t>(epoch * steps_ + step);
  }

  const Recipe& recipe_;
  const PixelSet& set_;
  const TrainControl& control_;
  const Compute& compute_;
  Pictures pictures_;
  std::optional<Pictures> given_validation_;
  torch::Tensor items_, held_out_;
  std::int64_t padding_ = 0;
  std::int64_t steps_ = 0;
  Classifier model_;
  std::optional<Sgd> sgd_;
  Checkpoint state_;
};

}  // namespace

Trained train(const Recipe& recipe, const PixelSet& train, const PixelSet* validation, const TrainControl& control,
              const Compute& compute) {
  check_recipe(recipe);
  check_pixel_set(train, "training set");
  if (validation) {
    if (validation->size() == 0) throw Error(Code::input_empty, "validation set: no picture");
    if (!validation->same_shape(train) || validation->classes != train.classes)
      throw Error(Code::parameter, "validation set: its pictures or classes are not those of the training set");
  }
  return Run(recipe, train, validation, control, compute).finish();
}

}  // namespace wardmark
