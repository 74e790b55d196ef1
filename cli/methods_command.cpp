#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/method_page.h"
#include "perturb/fit.h"
#include "perturb/method.h"
#include "perturb/presets.h"

namespace wardmark {
namespace {

const char* effect_name(Effect effect) {
  switch (effect) {
    case Effect::none:
      return "none";
    case Effect::additive:
      return "additive";
    case Effect::transform:
      return "transform";
  }
  return "";
}

nlohmann::json method_json(const MethodInfo& method) {
  nlohmann::json parameters = nlohmann::json::array();
  for (const ParameterInfo& p : method.parameters) {
    parameters.push_back({{"name", p.name}, {"value", p.value}, {"default", p.default_text}, {"help", p.help}});
  }
  return {{"name", method.name},
          {"summary", method.summary},
          {"effect", effect_name(method.effect)},
          {"needs_labels", method.needs_labels},
          {"needs_engine", needs_fit(method, {})},
          {"verifiable", method.verifiable},
          {"source", method.source},
          {"parameters", parameters}};
}

std::string method_text(const MethodInfo& method) {
  std::string text = std::string(method.name) + "\n    " + std::string(method.summary) + "\n    " +
                     effect_name(method.effect) + (method.needs_labels ? ", needs labels" : "") +
                     (needs_fit(method, {}) ? ", needs wardmark-nn" : "") +
                     (method.verifiable ? ", marks can be verified" : "") + "\n";
  if (!method.source.empty()) text += "    source: " + std::string(method.source) + "\n";
  for (const ParameterInfo& p : method.parameters) {
    text += "    --" + std::string(p.name) + " " + std::string(p.value) + "  " + std::string(p.help) +
            (p.default_text.empty() ? "" : " (default: " + std::string(p.default_text) + ")") + "\n";
  }
  return text;
}

std::string presets_text() {
  std::string text =
      std::string(kBest) + "\n    what a search found to hold best under counter-measures; --strength:\n";
  for (const PresetInfo& preset : presets()) {
    text +=
        "    " + std::string(preset.strength) + ": " + std::string(preset.seen) + ": -m " + std::string(preset.method);
    for (const auto& [name, value] : preset.parameters) text += " --" + std::string(name) + " " + std::string(value);
    text += preset.strength == kUsualStrength ? " (default)\n" : "\n";
  }
  return text;
}

nlohmann::json presets_json() {
  nlohmann::json list = nlohmann::json::array();
  for (const PresetInfo& preset : presets()) {
    nlohmann::json parameters = nlohmann::json::object();
    for (const auto& [name, value] : preset.parameters) parameters[std::string(name)] = value;
    list.push_back({{"strength", preset.strength},
                    {"method", preset.method},
                    {"parameters", parameters},
                    {"seen", preset.seen},
                    {"default", preset.strength == kUsualStrength}});
  }
  return list;
}

void best_method(Console& console) {
  const std::string page(method_page(kBest));
  if (console.style().json) {
    console.result(
        nlohmann::json{{"schema", "wardmark.method/1"}, {"name", kBest}, {"presets", presets_json()}, {"page", page}}
            .dump() +
        "\n");
  } else {
    console.result(presets_text() + "\n" + page);
  }
}

void one_method(const MethodInfo& method, Console& console) {
  const bool composed = method.name.find(',') != std::string_view::npos;
  const std::string page(method_page(composed ? "compositions" : method.name));
  if (console.style().json) {
    nlohmann::json told = method_json(method);
    told["schema"] = "wardmark.method/1";
    told["page"] = page;
    console.result(told.dump() + "\n");
  } else {
    console.result(method_text(method) + "\n" + page);
  }
}

}  // namespace

void declare_methods(CLI::App& app, Action& action) {
  const auto name = std::make_shared<std::string>();
  app.add_option("method", *name, "tell all about this one: what it does, costs and withstands")->type_name("METHOD");
  action = [name](Console& console) {
    if (*name == kBest) {
      best_method(console);
    } else if (!name->empty()) {
      one_method(find_method(*name), console);
    } else if (console.style().json) {
      nlohmann::json list = nlohmann::json::array();
      for (const MethodInfo& method : methods()) list.push_back(method_json(method));
      console.result(
          nlohmann::json{{"schema", "wardmark.methods/1"}, {"methods", list}, {"best", presets_json()}}.dump() + "\n");
    } else {
      for (const MethodInfo& method : methods()) console.result(method_text(method));
      console.result(presets_text());
    }
    return ExitStatus::ok;
  };
}

}  // namespace wardmark
