#include <CLI/CLI.hpp>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/ghost_options.h"
#include "cli/key_options.h"
#include "cli/ledger.h"
#include "cli/open_record.h"
#include "cli/published.h"
#include "cli/rehearsal.h"
#include "cli/release_options.h"
#include "cli/stop_signal.h"
#include "cli/suspect_verdict.h"
#include "cli/test_pictures.h"
#include "core/statistics.h"
#include "io/atomic_file.h"

namespace wardmark {
namespace {

struct PlanArgs {
  ReleaseArgs release;
  GhostArgs ghost;
  KeyOptions key;
  std::string output;
  Asking asking;
  std::uint64_t queries = 0;
  bool power = false;
  unsigned jobs = default_jobs();
};

nlohmann::json plan_json(const Plan& plan, const OpenInput& input, const std::string& file, const Console& console) {
  nlohmann::json classes = nlohmann::json::array();
  for (const ClassCount& c : input.classes) {
    classes.push_back({{"name", c.name}, {"items", c.items}, {"example", console.item_text(c.example)}});
  }
  return {{"schema", "wardmark.plan-report/1"},
          {"plan", file},
          {"release", to_hex(ByteView(plan.id))},
          {"name", plan.release_name},
          {"method", plan.method},
          {"items", plan.items.size()},
          {"classes", classes},
          {"pool", plan.test.pool},
          {"smallest_p", smallest_p(plan.test.pool, plan.classes.size())},
          {"level", plan.test.alpha / plan.test.suspects},
          {"commitment_1", to_hex(plan.commitment_1)}};
}

std::string plan_text(const Plan& plan, const OpenInput& input, const std::string& file, const Console& console) {
  std::string text;
  for (const ClassCount& c : input.classes) {
    text += "class " + printable(c.name) + ": " + counted(c.items, "item") + ", e.g. " +
            printable(console.item_text(c.example)) + "\n";
  }
  text += counted(plan.items.size(), "item") + " in " + std::to_string(plan.classes.size()) + " classes, method " +
          plan.method + ", release '" + printable(plan.release_name) + "'\n";
  if (!plan.classes.empty()) {
    text += "test: " + counted(plan.test.pool, "candidate key") + ", smallest p " +
            figure(smallest_p(plan.test.pool, plan.classes.size())) + ", level of each of " +
            counted(plan.test.suspects, "suspect") + " " + figure(plan.test.alpha / plan.test.suspects) + "\n";
  }
  text += "commitment 1: " + to_hex(plan.commitment_1) + "\n" + file + "\n";
  return text;
}

ExitStatus write_plan_text(const PlanArgs& args, const std::string& text, Console& console, const std::string& json,
                           const std::string& summary) {
  if (args.output == "-") {
    console.result(text);
    return ExitStatus::ok;
  }
  write_file(args.output, bytes_of(text), 0600);
  console.result(console.style().json ? json + "\n" : summary);
  console.say("the plan is private: keep it with the key; publish or time-stamp commitment 1 only");
  return ExitStatus::ok;
}

/// Texts: what `mark` will follow.
ExitStatus make_ghost(const PlanArgs& args, const OwnerKey& key, Console& console, const std::atomic<bool>& stop) {
  const std::string& input = args.release.input.input;
  if (input.empty()) throw Error(Code::usage, "no corpus was named");
  const TextTree tree = scan_texts(input);
  GhostRelease release{
      text_release_name(args.release.release, input, key), {}, args.release.beacon_network, args.release.beacon_round};
  GhostArgs ghost = args.ghost;
  const auto fraction = args.release.method.parameters.find("fraction");
  if (fraction != args.release.method.parameters.end()) ghost.fraction = std::strtod(fraction->second.c_str(), nullptr);
  std::optional<Plan> plan = make_ghost_plan(tree, ghost, release, key, console, stop);
  if (!plan) return ExitStatus::stopped;
  const std::string text = format_plan(*plan, key);
  const nlohmann::json json{{"schema", "wardmark.plan-report/1"},
                            {"plan", args.output},
                            {"release", to_hex(ByteView(plan->id))},
                            {"name", plan->release_name},
                            {"method", plan->method},
                            {"items", plan->items.size()},
                            {"pool", plan->test.pool},
                            {"commitment_1", to_hex(plan->commitment_1)}};
  const std::string summary = counted(plan->items.size(), "file") + ", " + counted(args.ghost.sentences, "sentence") +
                              " of " + counted(plan->test.pool, "candidate") + " each, release '" +
                              printable(plan->release_name) + "'\ncommitment 1: " + to_hex(plan->commitment_1) + "\n" +
                              args.output + "\n";
  return write_plan_text(args, text, console, json.dump(), summary);
}

/// What a test of this release could find: a clean model is asked about keys that no release will use. Writes nothing.
ExitStatus foretell(const PlanArgs& args, Console& console) {
  const StopSignal stop;
  if (args.asking.source.suspect.empty())
    throw Error(Code::usage, "--power: no model was named", "name one that never saw the release: --suspect MODEL");
  if (args.release.test.empty())
    throw Error(Code::usage, "--power: no test pictures were named", "name clean pictures with classes: --test DATA");
  const MethodInfo& method = chosen_method(args.release.method);
  if (method.needs_engine || !method.verifiable) {
    throw Error(Code::usage, "--power: '" + args.release.method.method + "' cannot be tried before it is made",
                "protect, then `verify images --rehearse` before anything is published");
  }
  // Spare keys are as good as any: without an owner's key, those of a random one.
  const OwnerKey key = has_key(args.key) ? load_key(args.key, console) : OwnerKey::generate();
  const OpenInput input = open_input(args.release, method, args.jobs, console);
  std::optional<Plan> plan = make_plan(args.release, input, method, key, args.jobs, console, stop.requested());
  if (!plan) return ExitStatus::stopped;
  const ReleaseKeys keys = release_keys(*plan, key);
  const TestSource source{args.release.test, args.release.test_labels, args.release.input.classes,
                          args.release.test_splits, args.queries};
  const TestPictures pictures =
      choose_test_pictures(source, {*plan, {}, {}}, keys.pool_root.derive("query-order"), console);
  console.say(counted(plan->test.pool, "candidate key") + " x " + counted(plan->classes.size(), "mark") + " x " +
              counted(pictures.pictures.size(), "picture") + " = " +
              std::to_string(plan->test.pool * plan->classes.size() * pictures.pictures.size()) + " queries");
  Asking asking = args.asking;
  asking.source.jobs = args.jobs;
  return rehearse(*plan, keys, questions_of(*plan, keys, source, pictures), pictures, asking,
                  std::filesystem::temp_directory_path(), console);
}

ExitStatus make(const PlanArgs& args, Console& console) {
  if (args.release.private_paths) console.hide_paths();
  if (args.power) return foretell(args, console);
  if (args.output.empty()) throw Error(Code::usage, "no plan file was named", "-o FILE");
  const StopSignal stop;
  const OwnerKey key = load_key(args.key, console);
  if (args.output != "-" && std::filesystem::exists(args.output)) {
    throw Error(Code::output_exists, args.output + ": exists", "remove it, or choose another name");
  }
  if (args.release.method.method == "ghost") return make_ghost(args, key, console, stop.requested());
  const MethodInfo& method = chosen_method(args.release.method);
  const OpenInput input = open_input(args.release, method, args.jobs, console);
  budget_of(recipe_of(args.release), method);
  std::optional<Plan> plan = make_plan(args.release, input, method, key, args.jobs, console, stop.requested());
  if (!plan) return ExitStatus::stopped;
  console.number_items(ids_of(*plan));
  check_parameters(*plan, method);
  const auto ledger = Ledger::of(args.key, key, console);
  if (ledger) ledger->check(*plan, 0, !args.release.release.empty(), console);
  const std::string text = format_plan(*plan, key);
  const ExitStatus status = write_plan_text(
      args, text, console,
      plan_json(*plan, input, args.output, console).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
      plan_text(*plan, input, args.output, console));
  if (args.output == "-") return status;
  for (const std::string& reminder : input.reader->survey().reminders) console.say(reminder);
  say_published(args.release.published, console);
  return ExitStatus::ok;
}

}  // namespace

void declare_plan(CLI::App& app, Action& action) {
  auto args = std::make_shared<PlanArgs>();
  add_release_options(app, args->release);
  add_ghost_options(app, args->ghost);
  add_key_options(app, args->key);
  auto* output = app.add_option("-o,--output", args->output, "the plan file; - is stdout")->type_name("FILE");
  auto* power = app.add_flag("--power", args->power,
                             "write no plan: ask a clean model about spare keys, and say what a test could find")
                    ->excludes(output)
                    ->group("Power");
  add_asking_options(app, args->asking, "with --power: a model of the task that never saw the release");
  app.get_option("--suspect")->needs(power);
  app.add_option("--queries", args->queries, "with --power: ask no more than this")
      ->type_name("Q")
      ->needs(power)
      ->group("Asking");
  app.add_option("-j,--jobs", args->jobs, "threads")->check(CLI::Range(1, 4096))->capture_default_str();
  app.add_option("--beacon", args->release.beacon_network,
                 "the network of --beacon-network, with --beacon-after or --beacon-round: drand:quicknet")
      ->type_name("NAME")
      ->excludes(app.get_option("--beacon-network"))
      ->group("Release");
  app.get_option("--beacon-round")->remove_needs(app.get_option("--beacon-network"));
  app.get_option("--beacon-after")->remove_needs(app.get_option("--beacon-network"));
  action = [args](Console& console) {
    resolve_preset(args->release.method);
    return make(*args, console);
  };
}

}  // namespace wardmark
