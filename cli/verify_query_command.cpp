#include <CLI/CLI.hpp>
#include <iostream>
#include <iterator>

#include "cli/command.h"
#include "cli/method_options.h"
#include "cli/query_job.h"
#include "cli/stop_signal.h"
#include "cli/test_pictures.h"
#include "cli/text_job.h"
#include "core/error.h"
#include "io/atomic_file.h"
#include "verify/text_run.h"

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

constexpr auto kStopped = "stopped early; the same command with --resume continues, and asks nothing twice";

/// Probes a text model, or asks it.
ExitStatus query_text(const TextJob& job, const std::atomic<bool>& stop, Console& console) {
  const std::unique_ptr<TextSuspect> suspect = start_text_suspect(job.suspect, job.limits);
  if (job.questions.size() == 0) {
    const TextProbe found{suspect->hello(), probe(*suspect)};
    write_file(job.result, bytes_of(format_text_probe(found)), 0600);
    return ExitStatus::ok;
  }
  TextRun run(job.questions, *suspect, job.journal, job.batch);
  const bool whole = run.run(stop, console);
  console.end_progress();
  if (!whole) console.say(kStopped);
  return whole ? ExitStatus::ok : ExitStatus::stopped;
}

ExitStatus query_images(const QueryJob& job, const std::atomic<bool>& stop, Console& console) {
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
  const bool whole = run.run(job.jobs, stop, console);
  console.end_progress();
  if (!whole) {
    console.say(kStopped);
    return ExitStatus::stopped;
  }
  const std::string answers =
      job.slots.empty() ? format_query_answers({run.table(), suspect.hello(), run.queries(), run.kept()})
                        : format_twin_answers({run.differences(), suspect.hello(), run.queries(), run.kept()});
  write_file(job.table, bytes_of(answers), 0600);
  return ExitStatus::ok;
}

ExitStatus query(Console& console) {
  const StopSignal stop;
  const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
  if (is_text_job(text)) return query_text(parse_text_job(text), stop.requested(), console);
  return query_images(parse_query_job(text), stop.requested(), console);
}

}  // namespace

void declare_verify_query(CLI::App& app, Action& action) {
  app.footer(
      "Reads a job from stdin; `wardmark verify images` and `verify text` start it. It has neither the draw nor the "
      "owner's key.");
  action = [](Console& console) { return query(console); };
}

}  // namespace wardmark
