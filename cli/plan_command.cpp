#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/ghost_options.h"
#include "cli/key_options.h"
#include "cli/release_options.h"
#include "cli/stop_signal.h"
#include "core/statistics.h"
#include "io/atomic_file.h"

namespace wardmark {
namespace {

struct PlanArgs {
  ReleaseArgs release;
  GhostArgs ghost;
  KeyOptions key;
  std::string output;
  unsigned jobs = default_jobs();
};

std::string figure(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

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
            figure("%.3g", smallest_p(plan.test.pool, plan.classes.size())) + ", level of each of " +
            counted(plan.test.suspects, "suspect") + " " + figure("%.3g", plan.test.alpha / plan.test.suspects) + "\n";
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

ExitStatus make(const PlanArgs& args, Console& console) {
  if (args.release.private_paths) console.hide_paths();
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
  const std::string text = format_plan(*plan, key);
  const ExitStatus status = write_plan_text(
      args, text, console,
      plan_json(*plan, input, args.output, console).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
      plan_text(*plan, input, args.output, console));
  if (args.output == "-") return status;
  for (const std::string& reminder : input.reader->survey().reminders) console.say(reminder);
  console.say(
      "one public clean copy of an item reveals the mark of its class: leave items out that are public already");
  return ExitStatus::ok;
}

}  // namespace

void declare_plan(CLI::App& app, Action& action) {
  auto args = std::make_shared<PlanArgs>();
  add_release_options(app, args->release);
  add_ghost_options(app, args->ghost);
  add_key_options(app, args->key);
  app.add_option("-o,--output", args->output, "the plan file; - is stdout")->required()->type_name("FILE");
  app.add_option("-j,--jobs", args->jobs, "threads")->check(CLI::Range(1, 4096))->capture_default_str();
  action = [args](Console& console) { return make(*args, console); };
}

}  // namespace wardmark
