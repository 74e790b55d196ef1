#include "cli/text_asking.h"

#include <CLI/CLI.hpp>

#include "cli/query_job.h"
#include "cli/suspect_state.h"
#include "core/error.h"

namespace wardmark {

namespace fs = std::filesystem;

void add_text_asking_options(CLI::App& app, TextAsking& asking) {
  constexpr auto group = "Asking";
  app.add_option("--suspect-seconds", asking.limits.seconds, "longest wait for an answer")
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str()
      ->group(group);
  app.add_option("--suspect-memory", asking.limits.memory_mib, "address space of the suspect in MiB; 0: no limit")
      ->type_name("MIB")
      ->capture_default_str()
      ->group(group);
  app.add_option("--device", asking.source.device, "where a model in a folder computes: auto, cpu or gpu")
      ->check(CLI::IsMember({"auto", "cpu", "gpu"}))
      ->capture_default_str()
      ->group(group);
  app.add_option("-j,--jobs", asking.source.jobs, "threads of a model in a folder")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str()
      ->group(group);
  app.add_option("--batch", asking.batch, "texts a request at most")
      ->check(CLI::Range(1, 4096))
      ->type_name("N")
      ->capture_default_str()
      ->group(group);
  add_remote_options(app, asking.source.remote);
  add_api_options(app, asking.source.remote);
}

TextTotals totals_of(const TextAsked& asked, bool reference) {
  TextTotals totals;
  totals.prompts = asked.last.prompts.size();
  totals.items = asked.rank.items.size();
  for (const TextPrompt& prompt : asked.last.prompts) totals.tokens += prompt.text.size() / 3 + 1 + prompt.tokens;
  std::uint64_t scored = 0;
  for (const TextItem& item : asked.rank.items) scored += (item.context.size() + item.text.size()) / 3 + 1;
  const ProbeSize probe = probe_size();
  const std::uint64_t models = reference ? 2 : 1;
  if (reference) totals.reference_items = totals.items;
  totals.tokens += models * (scored + probe.bytes / 3 + probe.items + probe.prompts + probe.tokens);
  totals.probes = models * (probe.prompts + probe.items);
  return totals;
}

bool TextAnswerFiles::run(const TextAsking& asking, TextJob job) {
  job.suspect = suspect_command(asking.source, folder_);
  job.limits = asking.limits;
  job.batch = asking.batch;
  status_ = static_cast<ExitStatus>(run_query_process(format_text_job(job), style_words(console_)));
  return status_ == ExitStatus::ok;
}

bool TextAnswerFiles::probe(const TextAsking& asking, const char* file) {
  if (fs::exists(folder_ / file)) return true;
  TextJob job;
  job.result = (folder_ / file).string();
  return run(asking, std::move(job));
}

TextProbe TextAnswerFiles::probed(const char* file) const { return parse_text_probe(text_of_file(folder_ / file)); }

bool TextAnswerFiles::ask(const TextAsking& asking, TextQuestions questions, const char* file) {
  if (questions.size() == 0) return true;
  TextJob job;
  job.journal = (folder_ / file).string();
  job.questions = std::move(questions);
  return run(asking, std::move(job));
}

void fit_to(const TextProbe& probe, const std::string& test, TextChoice& choice, std::vector<std::string>& left_out) {
  const TextAbility& ability = probe.ability;
  const auto leave = [&](const std::string& name, bool says, const std::string& reason) {
    if (test != "auto") {
      throw Error(says ? Code::suspect_reply : Code::no_test, "suspect: " + reason + "; --test " + name + " needs it",
                  says ? "docs/suspect-protocol.md says what it has to answer" : "--test auto makes what can be made");
    }
    left_out.push_back(name + ": " + reason);
  };
  if (!ability.continues && !choice.last.empty()) {
    leave("last-k", probe.hello.continues, ability.no_continuing);
    choice.last.clear();
  }
  if (!ability.scores && choice.rank) {
    leave("rank", probe.hello.scores, ability.no_scoring);
    choice.rank = false;
  }
  if (choice.last.empty() && !choice.rank) {
    throw Error(Code::suspect_reply,
                "suspect: nothing it answers can be tested: " + ability.no_continuing + "; " + ability.no_scoring);
  }
}

}  // namespace wardmark
