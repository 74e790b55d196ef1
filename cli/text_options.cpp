#include "cli/text_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>

namespace wardmark {

void add_text_test_options(CLI::App& app, TextTestArgs& args) {
  constexpr auto group = "Test";
  app.add_option("--test", args.test, "last-k: does it complete sentences; rank: does it prefer them to their siblings")
      ->check(CLI::IsMember({"auto", "last-k", "rank"}))
      ->capture_default_str()
      ->group(group);
  app.add_option("--last", args.last, "last words to be completed, 1 to 4; a list makes several tests")
      ->check(CLI::Range(1, 4))
      ->delimiter(',')
      ->capture_default_str()
      ->group(group);
  app.add_option("-B,--siblings", args.choice.siblings, "unpublished siblings a released sentence is ranked among")
      ->check(CLI::Range(1, 999999))
      ->type_name("N")
      ->capture_default_str()
      ->group(group);
  app.add_option("--contexts", args.choice.contexts, "marked documents a sentence is asked in, beside on its own")
      ->check(CLI::Range(0, 1000))
      ->type_name("N")
      ->capture_default_str()
      ->group(group);
  app.add_option("--context-bytes", args.context_bytes, "of a document, what stands before its sentence, at most")
      ->check(CLI::Range(1, 1000000))
      ->type_name("N")
      ->capture_default_str()
      ->group(group);
  app.add_option("--tail", args.choice.tail, "rank by the last N words alone, given the ones before; 0: by all")
      ->check(CLI::Range(0, 5))
      ->type_name("N")
      ->capture_default_str()
      ->group(group);
}

TextChoice chosen_text_tests(const TextTestArgs& args) {
  TextChoice choice = args.choice;
  choice.rank = args.test != "last-k";
  if (args.test != "rank") choice.last = args.last;
  std::ranges::sort(choice.last, std::greater<>());
  choice.last.erase(std::ranges::unique(choice.last).begin(), choice.last.end());
  return choice;
}

std::vector<HostContext> chosen_hosts(const TextTestArgs& args, const std::filesystem::path& release, const Plan& plan,
                                      const std::vector<ManifestItem>& items, const ReleaseKeys& keys, Report& report) {
  if (release.empty() || plan.format == kTextStream || args.choice.contexts == 0) return {};
  const GhostRecipe recipe = recipe_of(plan);
  const Subkey places = keys.pool_root.derive("ghost-places");
  return host_contexts({release, plan, items, recipe}, places, text_order(keys), args.choice.contexts,
                       args.context_bytes, report);
}

}  // namespace wardmark
