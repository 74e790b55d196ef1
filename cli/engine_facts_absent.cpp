#include <nlohmann/json.hpp>

#include "cli/child_run.h"
#include "cli/engine.h"
#include "cli/engine_facts.h"

namespace wardmark {

std::optional<EngineFacts> engine_facts() {
  const auto engine = find_engine();
  if (!engine) return std::nullopt;
  const auto run = run_child({engine->string(), "doctor", "--engine", "--json"}, ChildOutput::standard);
  if (!run || run->status != 0) return std::nullopt;
  const auto said = nlohmann::json::parse(run->text, nullptr, false);
  if (!said.is_object() || !said.contains("libtorch")) return std::nullopt;
  return EngineFacts{said.value("libtorch", ""), said.value("gpu", ""), said.value("bf16", false)};
}

}  // namespace wardmark
