#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "cli/mark_args.h"
#include "cli/open_record.h"
#include "io/atomic_file.h"
#include "io/item_id.h"
#include "text_markers/mark_stream.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;

/// Where a stream goes: stdout, or a file that gets its name when it is complete.
class StreamOutput {
 public:
  StreamOutput(const std::string& output, bool overwrite) : path_(output) {
    if (output == "-") return;
    if (fs::exists(path_) && !overwrite) {
      throw Error(Code::output_exists, shown(path_) + ": exists", "--overwrite replaces it, or choose another name");
    }
    aside_ = write_aside(path_, {});
    fd_ = ::open(aside_.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd_ < 0) throw Error(Code::write_failed, shown(path_) + ": " + std::strerror(errno));
  }
  ~StreamOutput() {
    if (aside_.empty()) return;
    ::close(fd_);
    std::error_code ignored;
    fs::remove(aside_, ignored);
  }
  StreamOutput(const StreamOutput&) = delete;
  StreamOutput& operator=(const StreamOutput&) = delete;
  int fd() const { return fd_; }
  std::string name() const { return aside_.empty() ? "stdout" : shown(path_); }
  void publish() {
    if (aside_.empty()) return;
    const Rename rename{aside_, path_};
    wardmark::publish({&rename, 1});
  }

 private:
  fs::path path_;
  fs::path aside_;
  int fd_ = STDOUT_FILENO;
};

std::unique_ptr<PackedReader> open_input(const std::string& input) {
  if (input == "-") return std::make_unique<PackedReader>(STDIN_FILENO, "stdin");
  return std::make_unique<PackedReader>(fs::path(input));
}

void check_options(const MarkArgs& args) {
  const auto refuse = [](const std::string& what, const std::string& hint = {}) {
    throw Error(Code::usage, what, hint);
  };
  if (args.record.empty()) {
    refuse(args.output == "-" ? "output to stdout needs a record" : "a stream needs a record", "add --record DIR");
  }
  if (args.dry_run || args.survival || args.survival_only) refuse("a stream is read once: no --dry-run, no --survival");
  if (!args.shard.empty() || args.resume) refuse("a stream has no --shard and no --resume", "start it anew");
  if (args.edited) refuse("--edited reads a file, not a stream", "name the marked file and -o OUT");
  if (!args.strip && !args.plan.empty()) {
    refuse("a stream follows no --plan", "--release NAME and the recipe's options fix its sentences");
  }
}

const TextFormat& stream_format(const MarkArgs& args) {
  const TextFormat* format = forced_format(args.release.format);
  if (format == nullptr && args.input != "-") format = text_format_for(args.input);
  if (format == nullptr) throw Error(Code::usage, "the format of the stream was not named", "add --format jsonl");
  if (!format->lines) {
    throw Error(Code::usage,
                "a stream of '" + std::string(format->name) + "': only records of a line each can be marked",
                "--format jsonl, or give the input as a file");
  }
  return *format;
}

ExitStatus say_outcome(const StreamOutcome& outcome, const MarkArgs& args, Console& console) {
  for (const auto& [code, count] : outcome.codes) {
    if (info(code).kind == Kind::note) {
      console.say(counted(count, "document") + ": " + std::string(info(code).meaning) + " [" + std::string(name(code)) +
                  "]");
    }
  }
  std::string text = outcome.interrupted ? "stopped early, and cannot be continued: " : "";
  text += counted(outcome.sentences, "sentence") + " in " + counted(outcome.records, "record");
  if (outcome.faults > 0) text += ", " + std::to_string(outcome.faults) + " kept as they are";
  text += "; " + human_bytes(outcome.bytes_out);
  if (args.output == "-") {
    console.say(text);  // stdout is the release
  } else {
    console.result(text + " in " + printable(args.output) + "\n");
  }
  if (outcome.interrupted) return ExitStatus::stopped;
  return outcome.faults > 0 ? ExitStatus::partial : ExitStatus::ok;
}

ExitStatus strip_command(const MarkArgs& args, const OwnerKey& key, Console& console) {
  const RecordFolder folder(args.record);
  const OpenRecord record = open_record(folder, key);
  if (record.plan.format != kTextStream) {
    throw Error(Code::usage, folder.path().string() + ": not the record of a stream", "name folders or files");
  }
  const auto in = open_input(args.input);
  StreamOutput output(args.output, args.overwrite);
  PackedWriter out(output.fd(), output.name(), packing_for(args.output));
  strip_stream(*in, out, record.items, console);
  output.publish();
  console.end_progress();
  console.say("the stream as before marking");
  return ExitStatus::ok;
}

}  // namespace

bool is_stream(const MarkArgs& args) { return args.input == "-" || args.output == "-"; }

ExitStatus mark_stream_command(const MarkArgs& args, const OwnerKey& key, Console& console,
                               const std::atomic<bool>& stop) {
  check_options(args);
  if (args.strip) return strip_command(args, key, console);
  const TextFormat& format = stream_format(args);
  const RecordFolder record(args.record);
  if (fs::exists(record.plan_path()) && !args.overwrite) {
    throw Error(Code::output_exists, record.path().string() + ": a record exists",
                "--overwrite starts anew and keeps the old record");
  }
  GhostRelease release = args.release;
  release.format = format.name;
  release.name = text_release_name(args.release.name, args.input == "-" ? "stream" : args.input, key);
  Plan plan = make_stream_plan(args.ghost, release, key, console);
  const std::string plan_text = format_plan(plan, key);
  const ReleaseKeys keys = release_keys(plan, key);
  GhostDecision decision = decide(plan, key, draw_plan(plan, keys, std::nullopt));
  const auto in = open_input(args.input);
  StreamOutput output(args.output, args.overwrite);
  PackedWriter out(output.fd(), output.name(), packing_for(args.output));
  if (args.overwrite && record.exists()) console.say("the old record is kept as " + record.set_aside().string());
  record.create();
  record.write_plan(plan_text);
  const ManifestHeader header = mark_header(plan, std::nullopt, {});
  const MarkRules rules = decision.rules();
  const StreamOutcome outcome =
      mark_stream({*in, out, format, rules, decision.thresholds, plan, keys, header, record, console, stop});
  if (!outcome.interrupted) output.publish();
  console.end_progress();
  return say_outcome(outcome, args, console);
}

ManifestHeader mark_header(const Plan& plan, const std::optional<BeaconRound>& beacon, Shard shard) {
  ManifestHeader header{plan.id, plan.name_token, plan.hash, plan.commitment_1, "self", {}, {}, 0};
  if (beacon) {
    header.draw = "beacon";
    header.beacon = beacon->value(plan.beacon->network);
  }
  if (!shard.whole()) {
    header.shards = {shard.index};
    header.shard_count = shard.count;
  }
  return header;
}

}  // namespace wardmark
