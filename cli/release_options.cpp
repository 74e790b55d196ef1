#include "cli/release_options.h"

#include <sched.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>

#include "cli/dataset_formats.h"
#include "cli/judgement.h"
#include "cli/published.h"
#include "cli/study_options.h"
#include "cli/test_pictures.h"
#include "cli/time_stamp.h"
#include "core/error.h"
#include "io/groups.h"
#include "io/item_id.h"
#include "perturb/fit.h"
#include "perturb/scan.h"

namespace wardmark {
namespace {

/// What a scan found that is no item, counted by code, with examples.
void say_left_out(const Survey& survey, Console& console) {
  std::map<Code, std::pair<std::uint64_t, std::string>> groups;
  for (const Companion& c : survey.companions) {
    auto& [count, example] = groups[c.code];
    if (count++ == 0) example = c.path;
  }
  for (const auto& [code, group] : groups) {
    const std::string text = counted(group.first, "file") + ": " + std::string(info(code).meaning) +
                             (console.paths_hidden() ? "" : ", e.g. " + printable(group.second)) + " [" +
                             std::string(name(code)) + "]";
    if (code == Code::left_litter || code == Code::carried_sidecar || code == Code::carried_asked)
      console.detail(text);
    else
      console.say(text);
  }
  constexpr std::size_t kShown = 5;
  for (std::size_t i = 0; i < survey.notes.size() && i < kShown; ++i) {
    console.warning(survey.notes[i].first, survey.notes[i].second);
  }
  if (survey.notes.size() > kShown) console.say("and " + counted(survey.notes.size() - kShown, "more remark"));
}

}  // namespace

void add_private_paths(CLI::App& app, bool& hidden) {
  app.add_flag("--private-paths", hidden, "print items as numbers, their places in the plan, instead of paths")
      ->group("Messages");
}

std::vector<std::string> ids_of(const Survey& survey) {
  std::vector<std::string> ids;
  for (const Item& item : survey.items) ids.push_back(item.id);
  return ids;
}

std::vector<std::string> ids_of(const Plan& plan) {
  std::vector<std::string> ids;
  for (const PlanItem& item : plan.items) ids.push_back(item.withdrawn && !ids.empty() ? ids.back() : item.id);
  return ids;
}

void add_release_options(CLI::App& app, ReleaseArgs& args) {
  add_private_paths(app, args.private_paths);
  add_input_options(app, args.input);
  add_method_options(app, args.method);
  add_study_options(app, args.input.study);
  constexpr auto group = "Release";
  std::vector<std::string> formats;
  for (const OutputFormat& row : output_formats()) formats.emplace_back(row.name);
  app.add_option("--output-format", args.input.output_format, "write every image in this format instead of its own")
      ->check(CLI::IsMember(formats))
      ->group(group);
  app.add_option("--jpeg-quality", args.input.jpeg_quality,
                 "write JPEG files with the usual tables of this quality instead of their own")
      ->check(CLI::Range(1, 100))
      ->type_name("Q")
      ->group(group);
  app.add_option("--carry", args.input.carry,
                 "copy files that are no images, too, where they match one of these patterns (a list)")
      ->type_name("GLOB")
      ->group(group);
  app.add_option("--release", args.release, "name of the release; two names share no mark (default: the input's name)")
      ->type_name("NAME")
      ->group(group);
  add_published_option(app, args.published);
  app.add_option("--group", args.group,
                 "items that one coin of --twins decides: item, a column of --labels FILE.csv, or a CSV with the "
                 "columns path,group")
      ->type_name("item|COLUMN|FILE")
      ->capture_default_str()
      ->group(group);
  app.add_option("--alpha", args.alpha, "level of a later claim")
      ->check(CLI::Range(1e-9, 0.1))
      ->capture_default_str()
      ->group(group);
  app.add_option("--suspects", args.suspects, "models that will be tested; each at alpha / N")
      ->check(CLI::Range(1, 100000))
      ->type_name("N")
      ->capture_default_str()
      ->group(group);
  app.add_option("--pool", args.pool, "candidate keys (default: from classes, alpha and suspects)")
      ->check(CLI::Range(1, 10000000))
      ->type_name("M")
      ->group(group);
  app.add_option("--images-per-class", args.images_per_class, "clean images a test will use per class")
      ->check(CLI::Range(1, 1000000))
      ->type_name("N")
      ->capture_default_str()
      ->group(group);
  auto* test = app.add_option("--test", args.test,
                              "clean pictures with classes that a later test will ask about, named before the draw")
                   ->type_name("DATA")
                   ->group(group);
  app.add_option("--test-labels", args.test_labels, "where their classes come from, as in --labels")
      ->type_name("SOURCE")
      ->capture_default_str()
      ->needs(test)
      ->group(group);
  app.add_option("--test-splits", args.test_splits, "arrays of an .npz to take (default: test)")
      ->type_name("LIST")
      ->needs(test)
      ->group(group);
  app.add_option("--spare-slots", args.spare_slots, "marks kept for classes that come later")
      ->check(CLI::Range(0, 100000))
      ->type_name("N")
      ->capture_default_str()
      ->group(group);
  auto* network = app.add_option("--beacon-network", args.beacon_network,
                                 "public randomness beacon that will decide the draw, e.g. drand:quicknet")
                      ->type_name("NAME")
                      ->group(group);
  auto* round = app.add_option("--beacon-round", args.beacon_round, "its round, not yet published")
                    ->type_name("N")
                    ->needs(network)
                    ->group(group);
  app.add_option("--beacon-after", args.beacon_after,
                 "its first round after this time, UTC: 2027-01-31 or 2027-01-31T12:00:00Z")
      ->type_name("TIME")
      ->needs(network)
      ->excludes(round)
      ->group(group);
}

Settings recipe_of(const ReleaseArgs& args) {
  Settings recipe = output_settings(args.method, args.input.output_format, args.input.splits, args.input.study);
  if (args.input.jpeg_quality > 0) recipe.emplace_back("jpeg-quality", std::to_string(args.input.jpeg_quality));
  if (!args.input.carry.empty()) recipe.emplace_back("carry", args.input.carry);
  return recipe;
}

namespace {

/// Two versions differ by a share of the method's own noise. A bound below that noise would cut both to the same.
void check_twins_bound(const MethodArgs& typed, const Settings& recipe, const MethodInfo& method) {
  const Budget budget = budget_of(recipe, method);
  const bool cut = std::ranges::any_of(budget.clinical, [&](const Amount& bound) {
    return bound.unit != Unit::window || bound.value < budget.epsilon.value_or(0) - 1e-9;
  });
  if (!typed.epsilon.empty() && !cut) return;
  throw Error(Code::parameter, "--twins: on a study two versions need a bound that is a share of the window",
              "add --epsilon 8/255, which both versions share");
}

}  // namespace

Settings recipe_of(const ReleaseArgs& args, const DatasetFormat& format, const MethodInfo& method) {
  Settings recipe = recipe_of(args);
  const bool bound = !args.method.epsilon.empty() || !args.method.max_change.empty();
  if (format.name == "dicom" && method.effect == Effect::additive && !bound) {
    recipe.insert(recipe.begin(), {"epsilon", std::string(kDefaultBound)});
  }
  return recipe;
}

OpenInput open_input(const ReleaseArgs& release, const MethodInfo& method, unsigned jobs, Console& console) {
  const InputArgs& args = release.input;
  OpenInput input;
  input.options = dataset_options(args);
  input.format = &dataset_format_for(input_path(args), input.options);
  const Settings recipe = recipe_of(release, *input.format, method);
  input.options.study = study_options(recipe, method);
  input.options.jobs = jobs;
  check_study_options(*input.format, recipe, method);
  if (input.format->name == "dicom" && makes_twins(method, chosen_parameters(release.method, method))) {
    check_twins_bound(release.method, recipe, method);
  }
  input.reader = input.format->open(input_path(args), input.options);
  console.number_items(ids_of(input.reader->survey()));
  say_left_out(input.reader->survey(), console);
  if (recipe != recipe_of(release)) {
    console.say("bound: " + std::string(kDefaultBound) + ", what keeps 40 dB in the window; --epsilon sets another");
  }
  const bool labelled = input.options.labels.from != LabelSource::From::none;
  if (method.needs_labels || labelled) {
    try {
      input.classes = check_classes(input.reader->survey().items, args.many_classes);
    } catch (const Error&) {
      if (method.needs_labels) throw;
    }
  }
  if (method.needs_labels && input.classes.size() < 8) {
    console.say("note: with " + std::to_string(input.classes.size()) +
                " classes a later test needs many candidate keys, hence many queries; 8 or more classes need 20");
  }
  return input;
}

std::string release_name(const ReleaseArgs& args, const OwnerKey& key) {
  if (!args.release.empty()) return label_text(args.release);
  if (key.rank() == OwnerKey::Rank::release) return key.release_name();
  std::filesystem::path path = std::filesystem::absolute(input_path(args.input)).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  const std::string name = label_text(path.filename().string());
  return name.empty() ? "release" : name;
}

std::optional<BeaconPromise> promised_round(const ReleaseArgs& args) {
  if (args.beacon_network.empty()) {
    if (args.beacon_round == 0 && args.beacon_after.empty()) return std::nullopt;
    throw Error(Code::usage, "a beacon round without its network", "name it: --beacon drand:quicknet");
  }
  if (args.beacon_after.empty()) return BeaconPromise{args.beacon_network, args.beacon_round};
  return first_round_after(args.beacon_network, args.beacon_after);
}

std::optional<Plan> make_plan(const ReleaseArgs& args, const OpenInput& input, const MethodInfo& method,
                              const OwnerKey& key, unsigned jobs, Console& console, const std::atomic<bool>& stop) {
  Plan plan;
  plan.release_name = release_name(args, key);
  plan.format = input.format->name == "list" ? "folder" : input.format->name;  // a list of files makes a tree
  plan.method = method.name;
  plan.parameters = chosen_parameters(args.method, method);
  plan.output = recipe_of(args, *input.format, method);
  for (const ClassCount& c : input.classes) plan.classes.push_back({c.name, c.items});
  plan.spare_slots = args.spare_slots;
  plan.test = {args.alpha, args.suspects, args.pool, args.images_per_class, {}};
  if (!args.test.empty()) {
    const TestSource source{args.test, args.test_labels, args.input.classes, args.test_splits};
    plan.test.pictures = test_candidates(source, class_names_of(plan));
  }
  plan.beacon = promised_round(args);
  const NameKeys names(key.name_key(plan.release_name));
  const Subkey ledger = key.ledger_key();
  plan.items = hash_items(*input.reader, plan.classes, names, jobs, console, stop, &ledger);
  if (stop) return std::nullopt;
  if (args.group != "item") {
    if (!makes_twins(method, plan.parameters)) {
      throw Error(Code::usage, "--group: only twins are drawn by group", "add --twins S, or leave out --group");
    }
    assign_groups(args.group, input.options.labels, plan.items);
  }
  plan.companions = input.reader->survey().companions;
  leave_public_out(args.published, plan, console);
  const bool claims = method.verifiable && method.needs_labels;
  complete_plan(plan, key, claims);
  return plan;
}

unsigned default_jobs() {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 1;
  return static_cast<unsigned>(CPU_COUNT(&allowed));
}

}  // namespace wardmark
