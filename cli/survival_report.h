#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "text_markers/survival.h"

namespace wardmark {

/// The survival report as people read it: which rules changed their verdict and by how much, what was not simulated,
/// how well a word counter would find the sentences.
std::string survival_text(const SurvivalReport& report, std::uint32_t words);
/// The same as the object `survival`, with every rule.
nlohmann::json survival_json(const SurvivalReport& report, std::uint32_t words);

}  // namespace wardmark
