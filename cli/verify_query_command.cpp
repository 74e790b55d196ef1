#include <CLI/CLI.hpp>
#include <iostream>
#include <iterator>

#include "cli/command.h"
#include "cli/method_options.h"
#include "cli/query_job.h"
#include "cli/stop_signal.h"
#include "cli/test_pictures.h"
#include "core/error.h"
#include "io/atomic_file.h"

namespace wardmark {
namespace {

/// A suspect whose answers are told the meaning of.
class Renamed final : public Suspect {
 public:
  Renamed(std::unique_ptr<Suspect> suspect, const std::vector<std::string>& labels) : suspect_(std::move(suspect)) {
    hello_ = suspect_->hello();
    if (labels.empty()) return;
    if (labels.size() != hello_.labels.size()) {
      throw Error(Code::suspect_reply, "suspect: it has " + std::to_string(hello_.labels.size()) +
                                           " classes, --suspect-classes names " + std::to_string(labels.size()));
    }
    hello_.labels = labels;
  }
  const SuspectHello& hello() const override { return hello_; }
  std::vector<std::uint32_t> classify(ByteView pictures, std::size_t count) override {
    return suspect_->classify(pictures, count);
  }
  std::vector<float> score(ByteView pictures, std::size_t count) override { return suspect_->score(pictures, count); }

 private:
  std::unique_ptr<Suspect> suspect_;
  SuspectHello hello_;
};

ExitStatus query(Console& console) {
  const StopSignal stop;
  const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
  const QueryJob job = parse_query_job(text);
  const MethodInfo& method = find_method(job.method);
  QueryInput input;
  input.method = &method;
  input.parameters = job.parameters;
  input.budget = budget_of(job.output, method);
  input.classes = job.classes;
  input.items = job.items;
  input.pool = job.pool;
  input.fit = fit_of(job);
  input.order = job.order;
  input.access = job.access;
  input.pictures = load_test_pictures(job);
  input.slots = job.slots;
  const std::filesystem::path folder = std::filesystem::absolute(job.journal).parent_path();
  Renamed suspect(start_suspect(job.suspect, folder, job.limits), job.suspect_labels);
  QueryRun run(input, suspect, job.journal);
  const bool whole = run.run(job.jobs, stop.requested(), console);
  console.end_progress();
  if (!whole) {
    console.say("stopped early; the same command with --resume continues, and asks nothing twice");
    return ExitStatus::stopped;
  }
  const std::string answers =
      job.slots.empty() ? format_query_answers({run.table(), suspect.hello(), run.queries(), run.kept()})
                        : format_twin_answers({run.differences(), suspect.hello(), run.queries(), run.kept()});
  write_file(job.table, bytes_of(answers), 0600);
  return ExitStatus::ok;
}

}  // namespace

void declare_verify_query(CLI::App& app, Action& action) {
  app.footer(
      "Reads a job from stdin; `wardmark verify images` starts it. It has neither the draw nor the owner's key.");
  action = [](Console& console) { return query(console); };
}

}  // namespace wardmark
