#pragma once
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/console.h"
#include "core/owner_key.h"
#include "core/plan.h"
#include "text_markers/mark_corpus.h"

namespace CLI {
class App;
}

namespace wardmark {

/// What fixes a release of marked texts beside its documents, as typed: shared by `plan` and `mark`.
struct GhostArgs {
  std::string wordlist = "eff-large";
  std::uint32_t words = 12;
  std::uint32_t sentences = 30;
  std::uint32_t documents = 20;
  bool all = false;
  double fraction = 0;  ///< 0: not asked for
  std::uint32_t copies = 1;
  std::uint32_t min_words = 50;
  std::vector<std::string> templates;
  std::string encoding;
  std::string per;  ///< "group:FIELD"
  std::string exclude;
  std::string published_before;
  std::string date_field;
  bool html_span = false;
  std::string field = "text";
  std::string id_field;
  std::uint32_t candidates = 1000;
};

void add_ghost_options(CLI::App& app, GhostArgs& args);

/// The recipe of typed options. Error(parameter), (usage).
GhostRecipe ghost_recipe(const GhostArgs& args);

/// What `plan` and `mark` say about a release beside its recipe.
struct GhostRelease {
  std::string name;    ///< of the release
  std::string format;  ///< `--format`, or empty
  std::string beacon_network;
  std::uint64_t beacon_round = 0;
};

/// Reads the corpus and completes its plan; empty when stopped. Error(input_empty) without a file.
std::optional<Plan> make_ghost_plan(const TextTree& tree, const GhostArgs& args, const GhostRelease& release,
                                    const OwnerKey& key, Console& console, const std::atomic<bool>& stop);

/// The plan of a stream, which has no items: a function of key, name and recipe alone.
Plan make_stream_plan(const GhostArgs& args, const GhostRelease& release, const OwnerKey& key, Console& console);

/// `typed`, or the release key's own name, or the input's.
std::string text_release_name(const std::string& typed, const std::string& input, const OwnerKey& key);

/// The format that `--format` names, or null where nothing was said.
const TextFormat* forced_format(const std::string& name);

/// Everything that decides over documents, kept together: what MarkRules refers to.
struct GhostDecision {
  GhostRecipe recipe;
  DocumentDraw documents;
  Subkey place_key;
  Thresholds thresholds;
  std::vector<std::string> sentences;
  std::vector<std::uint32_t> released;  ///< candidate of each sentence
  MarkRules rules() const { return {recipe, documents, place_key, thresholds, sentences}; }
};
GhostDecision decide(const Plan& plan, const OwnerKey& key, const Draw& draw);

}  // namespace wardmark
