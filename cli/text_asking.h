#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/console.h"
#include "cli/exit_status.h"
#include "cli/suspect_source.h"
#include "cli/text_bundle.h"
#include "cli/text_job.h"
#include "cli/text_judgement.h"

namespace wardmark {

/// A language model that is asked, and how.
struct TextAsking {
  SuspectSource source;
  SuspectLimits limits;
  std::size_t batch = 16;
};

/// `--suspect-seconds`, `--suspect-memory`, `--device`, `--jobs`, `--batch`, and the options of servers.
void add_text_asking_options(CLI::App& app, TextAsking& asking);

/// What a test asks at most, common sentences before it included. Tokens are estimated as a third of the bytes.
struct TextTotals {
  std::uint64_t prompts = 0, items = 0;  ///< about the release, of the suspect
  std::uint64_t reference_items = 0;     ///< of the reference model
  std::uint64_t probes = 0;              ///< common sentences, of both
  std::uint64_t tokens = 0;
  std::uint64_t requests() const { return prompts + items + reference_items + probes; }
};
TextTotals totals_of(const TextAsked& asked, bool reference);

/// The files of answers of a test, filled by processes of their own that know neither draw nor key.
class TextAnswerFiles {
 public:
  TextAnswerFiles(std::filesystem::path folder, Console& console) : folder_(std::move(folder)), console_(console) {}
  const std::filesystem::path& folder() const { return folder_; }
  /// What the model can do, by common sentences alone; asked once. False: it ended with status().
  bool probe(const TextAsking& asking, const char* file);
  TextProbe probed(const char* file) const;
  /// Answers to prompts or items; asked once, and a run that was stopped goes on. False: it ended with status().
  bool ask(const TextAsking& asking, TextQuestions questions, const char* file);
  ExitStatus status() const { return status_; }

 private:
  bool run(const TextAsking& asking, TextJob job);
  std::filesystem::path folder_;
  Console& console_;
  ExitStatus status_ = ExitStatus::ok;
};

/// Leaves out of `choice` what a suspect can't answer, with the reason in `left_out`. Error(no_test), (suspect_reply)
/// where nothing is left, or not what `test` names ("auto": whatever can be made).
void fit_to(const TextProbe& probe, const std::string& test, TextChoice& choice, std::vector<std::string>& left_out);

}  // namespace wardmark
