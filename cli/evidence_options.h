#pragma once
#include <string>

namespace CLI {
class App;
}

namespace wardmark {

/// What a test of a suspect leaves behind, and for whom, as typed.
struct EvidenceArgs {
  std::string log, state, report, disclose, blind, answers;
  bool resume = false, exploratory = false;
};

/// `--state`, `--resume`, `--log`, `--report`, `--disclose`, `--blind`, `--answers`, `--exploratory`. `page`: what the
/// page of --report shows; `questions`: what --blind writes.
void add_evidence_options(CLI::App& app, EvidenceArgs& args, const std::string& page, const std::string& questions);

}  // namespace wardmark
