#include <cstdio>
#include <nlohmann/json.hpp>

#include "io/atomic_file.h"
#include "text_markers/cross_rules.h"
#include "text_markers/survival_rules.h"

/// Prints every rule's value of the text files named, and its units against duplicates as places: what an independent
/// implementation must agree with.
int main(int count, char** paths) {
  using namespace wardmark;
  for (int n = 1; n < count; ++n) {
    const Bytes file = read_file(paths[n]);
    const FilterText text(text_of(file));
    nlohmann::json row;
    for (const SurvivalRule& rule : survival_rules()) row["values"][std::string(rule.id)] = rule.value(text);
    for (const CrossRule& rule : cross_rules()) {
      nlohmann::json units = nlohmann::json::array();
      rule.units(text, [&](const TextUnit& unit) { units.push_back({unit.begin, unit.end, unit.hash}); });
      row["units"][std::string(rule.id)] = units;
    }
    std::puts(row.dump().c_str());
  }
}
