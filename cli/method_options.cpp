#include "cli/method_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <numeric>
#include <set>

#include "cli/study_options.h"
#include "core/error.h"

namespace wardmark {
namespace {

std::optional<std::string> setting(const Settings& settings, std::string_view name) {
  const auto at = std::ranges::find(settings, name, &Settings::value_type::first);
  return at == settings.end() ? std::nullopt : std::optional(at->second);
}

}  // namespace

void add_method_options(CLI::App& app, MethodArgs& args) {
  constexpr auto group = "Method";
  std::string names;
  for (const MethodInfo& method : methods()) names += (names.empty() ? "" : ", ") + std::string(method.name);
  app.add_option("-m,--method", args.method,
                 "how to protect: " + names + ", or several with commas between (wardmark methods tells more)")
      ->type_name("METHOD")
      ->group(group);
  app.add_option(
         "--epsilon", args.epsilon,
         "additive methods: largest change of a sample, e.g. 8/255; of DICOM also 4HU, 1%window, 8/255window, 12stored")
      ->type_name("E")
      ->group(group);
  app.add_option("--max-change", args.max_change,
                 "clamp the change of every sample to this many stored steps; of DICOM also 20HU, 3%window")
      ->type_name("STEPS")
      ->group(group);
  std::set<std::string> declared;
  for (const MethodInfo& method : methods()) {
    for (const ParameterInfo& p : method.parameters) {
      const std::string name(p.name);
      if (!declared.insert(name).second) continue;
      std::string help(p.help);
      if (!p.default_text.empty()) help += " (default: " + std::string(p.default_text) + ")";
      app.add_option_function<std::string>(
             "--" + name, [&args, name](const std::string& value) { args.parameters[name] = value; }, help)
          ->type_name(std::string(p.value))
          ->group("Parameters of " + std::string(method.name));
    }
  }
}

const MethodInfo& chosen_method(const MethodArgs& args) {
  if (args.method.empty()) {
    throw Error(Code::method_missing, "no method was named",
                "add -m salm: a small change; -m cuda: visible on photographs, spelling it out is the consent");
  }
  return find_method(args.method);
}

Parameters chosen_parameters(const MethodArgs& args, const MethodInfo& method) {
  Parameters parameters;
  for (const auto& [name, value] : args.parameters) {
    const bool known = std::ranges::any_of(method.parameters, [&](const ParameterInfo& p) { return p.name == name; });
    if (!known) {
      throw Error(Code::parameter, "--" + name + ": not a parameter of method '" + std::string(method.name) + "'",
                  "wardmark methods lists them");
    }
    parameters.emplace_back(name, value);
  }
  return parameters;
}

Settings output_settings(const MethodArgs& args, const std::string& output_format, const std::string& splits,
                         const StudyOptions& study) {
  Settings settings;
  if (!args.epsilon.empty()) settings.emplace_back("epsilon", args.epsilon);
  if (!args.max_change.empty()) settings.emplace_back("max-change", args.max_change);
  if (!output_format.empty()) settings.emplace_back("output-format", output_format);
  if (splits != "train") settings.emplace_back("splits", splits);
  std::ranges::move(study_settings(study), std::back_inserter(settings));
  return settings;
}

Budget budget_of(const Settings& output, const MethodInfo& method) {
  Budget budget;
  if (const auto epsilon = setting(output, "epsilon")) {
    if (method.effect != Effect::additive) {
      throw Error(Code::parameter, "--epsilon: method '" + std::string(method.name) + "' adds no noise inside a budget",
                  "use --max-change");
    }
    if (const auto clinical = parse_clinical("--epsilon", *epsilon)) {
      budget.clinical.push_back(*clinical);
      budget.epsilon = method.epsilon;
    } else {
      budget.epsilon = parse_epsilon(*epsilon);
    }
  } else if (method.effect == Effect::additive) {
    budget.epsilon = method.epsilon;
  }
  if (const auto steps = setting(output, "max-change")) {
    if (const auto clinical = parse_clinical("--max-change", *steps))
      budget.clinical.push_back(*clinical);
    else
      budget.max_change = parse_max_change(*steps);
  }
  return budget;
}

std::unique_ptr<Protector> prepare_method(const Plan& plan, const MethodInfo& method, const Subkey& pool_key,
                                          const std::vector<std::uint32_t>& slots,
                                          std::shared_ptr<const FitState> fit) {
  PrepareInput input;
  input.fit = std::move(fit);
  input.epsilon = budget_of(plan.output, method).epsilon;
  input.pool_key = pool_key;
  for (const PlanClass& c : plan.classes) input.classes.push_back(c.name);
  input.slots = slots;
  input.items = plan.items.size();
  input.parameters = plan.parameters;
  return method.prepare(input);
}

void check_parameters(const Plan& plan, const MethodInfo& method) {
  std::vector<std::uint32_t> slots(plan.classes.size());
  std::iota(slots.begin(), slots.end(), 0u);
  prepare_method(plan, method, Subkey(), slots);
}

}  // namespace wardmark
