#include "cli/fitting.h"

#include <algorithm>

#include "cli/training_options.h"
#include "core/error.h"
#include "core/seal.h"
#include "io/atomic_file.h"
#include "models/network.h"
#include "perturb/fitted/fits.h"
#include "perturb/fitted/loop_transforms.h"
#include "perturb/protect.h"
#include "perturb/protect_item.h"

namespace wardmark {
namespace {

constexpr auto kPurpose = "fit-checkpoint";

/// Items to fit to: those with a class in the plan, or as many as the parameters allow, drawn by the key.
std::vector<ChosenItem> fitted_items(const ProtectJob& job, const ReleaseKeys& keys, std::size_t most) {
  const Plan& plan = *job.plan;
  const auto places = match_items(plan, job.input.reader->survey());
  std::vector<ChosenItem> items;
  for (const std::size_t n : keyed_sample(plan, keys, most)) {
    const std::uint32_t c = plan.items[n].class_index;
    if (places[n] && c != kNoClass) items.push_back({*places[n], plan.items[n].id, plan.classes.at(c).name});
  }
  std::ranges::sort(items, {}, &ChosenItem::place);
  return items;
}

int budget_in_255ths(const Budget& budget) {
  const int steps = budget.steps(255);
  if (steps < 1 || steps > 127) {
    throw Error(Code::parameter, "--epsilon: this method needs a budget from 1/255 to 127/255",
                "8/255 is the usual one");
  }
  return steps;
}

}  // namespace

void need_fitting() {}

void check_fit(const ProtectJob& job) {
  const FitSettings settings = fit_settings(*job.method, job.plan->parameters);
  for (const std::string& name : settings.surrogates) find_network(name);
  for (const std::string& name : settings.augment) {
    if (name != "all") find_loop_transform(name);
  }
  budget_in_255ths(job.budget);
}

std::shared_ptr<const FitState> new_fit(const ProtectArgs& args, const ProtectJob& job, const ReleaseKeys& keys,
                                        SalienceMap salience, Console& console, const std::atomic<bool>& stop) {
  const FitSettings settings = fit_settings(*job.method, job.plan->parameters);
  const int epsilon = budget_in_255ths(job.budget);
  TrainingArgs training;
  training.device = args.device;
  training.precision = args.precision;
  training.jobs = args.jobs;
  const Compute compute = start_compute(training);
  const std::vector<ChosenItem> items = fitted_items(job, keys, settings.sample);
  if (items.size() < job.plan->items.size()) {
    console.say("fitting to " + counted(items.size(), "item") + " of " + std::to_string(job.plan->items.size()) +
                "; the others get their class's texture alone");
  }
  PictureSize size{settings.train_size, settings.train_size, 0};
  const PixelSet pictures = read_pixel_set(*job.input.reader, items, size, args.jobs, nullptr, Frames::middle);
  FitInput input{pictures, {}, job.draw.pool_key, settings, std::move(salience), fitted_epsilon(settings, epsilon)};
  for (const std::string& name : pictures.classes) {
    const auto at = std::ranges::find(job.plan->classes, name, &PlanClass::name);
    input.slots.push_back(job.draw.slots.at(static_cast<std::size_t>(at - job.plan->classes.begin())));
  }
  const std::filesystem::path checkpoint = job.record->fit_checkpoint_path();
  Bytes earlier;
  if (!args.dry_run && std::filesystem::exists(checkpoint)) {
    earlier = unseal_bytes(keys.seal, kPurpose, read_file(checkpoint)).value_or(Bytes());
  }
  FitControl control;
  control.resume = earlier;
  control.stop = [&stop] { return stop.load(); };
  control.report = &console;
  if (!args.dry_run) {
    control.checkpoint = [&](const Bytes& bytes) {
      write_file(checkpoint, seal_bytes(keys.seal, kPurpose, bytes), 0600);
    };
  }
  std::optional<FitState> fitted = fit(input, job.method->name, control, compute);
  console.end_progress();
  if (!fitted) return nullptr;
  fitted->salience = std::move(input.salience);
  return std::make_shared<const FitState>(std::move(*fitted));
}

}  // namespace wardmark
