#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/evidence_bundle.h"
#include "cli/text_bundle.h"
#include "cli/verdict_page.h"
#include "io/atomic_file.h"

namespace wardmark {
namespace {

struct VerifyBundleArgs {
  std::string folder;
  std::string report;
  bool exploratory = false, show_marks = false;
};

template <class AnyVerdict>
ExitStatus say(AnyVerdict& verdict, const std::string& page, const VerifyBundleArgs& args, Console& console) {
  verdict.exploratory = args.exploratory;
  if (!args.report.empty()) write_file(args.report, bytes_of(page), 0600);
  if (console.style().json) {
    console.result(verdict_json(verdict));
  } else {
    console.result(verdict_text(verdict));
    console.result(
        "recomputed from the bundle: every byte is as it was written, and the figures follow from the answers. That "
        "the answers are those of this suspect is the word of whoever asked it; only asking it again shows that\n");
  }
  return verdict.evidence() && verdict.claims() ? ExitStatus::ok : ExitStatus::negative;
}

ExitStatus verify_bundle(const VerifyBundleArgs& args, Console& console) {
  if (is_text_bundle(args.folder)) {
    TextVerdict texts = recomputed_text(args.folder, args.show_marks);
    return say(texts, verdict_page(texts), args, console);
  }
  Recomputed found = recomputed(args.folder);
  if (auto* twins = std::get_if<TwinVerdict>(&found)) return say(*twins, verdict_page(*twins), args, console);
  auto& [judgement, table, classes] = std::get<RecomputedShortcut>(found);
  return say(judgement.verdict, verdict_page(judgement, table, classes, {}), args, console);
}

}  // namespace

void declare_verify_bundle(CLI::App& app, Action& action) {
  auto args = std::make_shared<VerifyBundleArgs>();
  app.add_option("bundle", args->folder, "folder that `verify images` or `verify text` wrote with --disclose")
      ->required()
      ->check(CLI::ExistingDirectory)
      ->type_name("DIR");
  app.add_option("--report", args->report, "write a page that says it in words and plots")->type_name("FILE.html");
  app.add_flag("--show-marks", args->show_marks, "of texts: let page and --json show the words of the sentences");
  app.add_flag("--exploratory", args->exploratory,
               "let the exit status say what was found, though no time stamps vouch for plan and release");
  app.footer("Exit status 0: evidence at the planned level; 1: none, or nothing that may be claimed; 4: altered.");
  action = [args](Console& console) { return verify_bundle(*args, console); };
}

}  // namespace wardmark
