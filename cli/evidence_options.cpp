#include "cli/evidence_options.h"

#include <CLI/CLI.hpp>

namespace wardmark {

void add_evidence_options(CLI::App& app, EvidenceArgs& args, const std::string& page, const std::string& questions) {
  constexpr auto asking = "Asking";
  app.add_option("--state", args.state, "folder of the answers (default: in the record)")
      ->type_name("DIR")
      ->group(asking);
  app.add_flag("--resume", args.resume, "go on with a run that was stopped")->group(asking);
  app.add_option("--log", args.log, "list of all tests of this release (default: KEYFILE.RELEASE.tests)")
      ->type_name("FILE");
  app.add_option("--report", args.report, "write a page that says it in " + page)->type_name("FILE.html");
  app.add_option("--disclose", args.disclose,
                 "write evidence from which others recompute the verdict; it holds the release's key")
      ->type_name("DIR");
  auto* blind = app.add_option("--blind", args.blind,
                               "ask nobody: write " + questions +
                                   " for an examiner, who is not told the draw; --suspect examiner:NAME")
                    ->type_name("DIR");
  app.add_option("--answers", args.answers, "take the answers that an examiner left in what --blind wrote")
      ->check(CLI::ExistingDirectory)
      ->excludes(blind)
      ->type_name("DIR");
  app.add_flag("--exploratory", args.exploratory,
               "let the exit status say what was found, though no time stamps vouch for plan and release");
}

}  // namespace wardmark
