#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/ghost_options.h"
#include "cli/key_options.h"
#include "cli/open_record.h"
#include "cli/protect_job.h"
#include "cli/stop_signal.h"
#include "io/atomic_file.h"
#include "text_markers/corpus_scan.h"

namespace wardmark {
namespace {

struct VerifyCorpusArgs {
  std::string corpus;
  std::string release;
  std::string record;
  KeyOptions key;
};

struct Found {
  std::uint64_t hits = 0;
  std::uint64_t controls = 0;
  std::map<std::uint32_t, std::uint64_t> sentences;  ///< released ones found, with their counts
  std::uint64_t refused = 0;
  bool stopped = false;
};

/// The candidates of the release, each known as released or control.
std::vector<ScanTarget> targets_of(const Plan& plan, const Draw& draw, const GhostRecipe& recipe) {
  std::vector<ScanTarget> targets;
  for (std::uint32_t s = 0; s < recipe.sentences; ++s) {
    const std::uint32_t released = released_candidate(draw, plan.test.pool, s);
    for (std::uint32_t c = 0; c < plan.test.pool; ++c) targets.push_back({s, c, c == released});
  }
  return targets;
}

/// The draw as the record has it: the header's beacon value, or the owner's own.
Draw recorded_draw(const RecordFolder& folder, const Plan& plan, const ReleaseKeys& keys) {
  std::optional<std::string> manifest = folder.read_manifest({});
  if (!manifest) {
    const auto parts = folder.parts();
    if (parts.empty()) {
      throw Error(Code::record_incomplete, folder.path().string() + ": no manifest, nothing was released yet");
    }
    manifest = std::string(text_of(read_file(parts.front())));
  }
  const ManifestHeader header = parse_manifest(*manifest, true).header;
  if (header.plan_hash != plan.hash) {
    throw Error(Code::record_altered, folder.path().string() + ": the manifest follows another plan");
  }
  const std::optional<std::string> value =
      header.draw == "beacon" ? std::optional(header.beacon) : std::optional<std::string>();
  return draw_release(keys.pool_root, plan.commitment_1, value, plan.test.pool,
                      static_cast<std::uint32_t>(plan.classes.size()));
}

/// Looks through one file, or stdin; false when it cannot be opened.
void scan_descriptor(int fd, const std::string& name, CorpusScanner& scanner, const std::atomic<bool>& stop) {
  Bytes buffer(std::size_t{1} << 20);
  for (;;) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR && !stop) continue;
    if (got < 0) throw Error(Code::item_unreadable, name + ": " + std::strerror(errno));
    if (got == 0 || stop) break;
    scanner.feed(ByteView(buffer).first(static_cast<std::size_t>(got)));
  }
  scanner.finish();
}

void scan_one(const std::filesystem::path& path, const std::string& name, CorpusScanner& scanner, Found& found,
              Console& console, const std::atomic<bool>& stop) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  try {
    if (fd < 0) throw Error(Code::item_unreadable, std::strerror(errno));
    scan_descriptor(fd, name, scanner, stop);
  } catch (const Error& error) {
    ++found.refused;
    console.refused(name, error);
  }
  if (fd >= 0) ::close(fd);
}

std::string power_of_ten(double log10) {
  char text[32];
  std::snprintf(text, sizeof text, "10^%.1f", log10);
  return text;
}

void print(const Found& found, const CorpusScanner& scanner, const ScanIndex& index, const GhostRecipe& recipe,
           Console& console) {
  const std::uint64_t controls = index.targets().size() - recipe.sentences;
  const double chance = std::min(0.0, index.false_hit_log10(scanner.words(), recipe.sentences));
  if (console.style().json || console.style().json_lines) {
    console.result(nlohmann::json{{"schema", "wardmark.verify-corpus/1"},
                                  {"bytes", scanner.bytes()},
                                  {"words", scanner.words()},
                                  {"hits", found.hits},
                                  {"sentences_found", found.sentences.size()},
                                  {"sentences", recipe.sentences},
                                  {"controls", controls},
                                  {"control_hits", found.controls},
                                  {"refused", found.refused},
                                  {"false_hit_log10", scanner.words() > 0 ? nlohmann::json(chance) : nlohmann::json()}}
                       .dump() +
                   "\n");
    return;
  }
  console.result(std::to_string(found.sentences.size()) + " of " + counted(recipe.sentences, "released sentence") +
                 " found, " + std::to_string(found.hits) + " times; " + std::to_string(found.controls) + " hits of " +
                 counted(controls, "control") + "\n" + counted(scanner.words(), "word") + " in " +
                 human_bytes(scanner.bytes()) + "; chance of any hit in text written without these sentences: " +
                 (scanner.words() > 0 ? "at most " + power_of_ten(chance) : "none") + "\n");
}

ExitStatus verify_corpus(const VerifyCorpusArgs& args, Console& console) {
  const StopSignal stop;
  if (args.release.empty() == args.record.empty()) {
    throw Error(Code::usage, "name the release or its record", "--release OUT, or --record DIR");
  }
  const OwnerKey key = load_key(args.key, console);
  const RecordFolder folder = record_of(args.record, args.release);
  const Plan plan = parse_plan(folder.read_plan(), key);
  const GhostRecipe recipe = recipe_of(plan);
  const ReleaseKeys keys = release_keys(plan, key);
  const Draw draw = recorded_draw(folder, plan, keys);
  const ScanIndex index(GhostSentences(recipe, keys.pool_root), targets_of(plan, draw, recipe));
  Found found;
  std::string where;
  CorpusScanner scanner(index, [&](const ScanHit& hit) {
    const ScanTarget& target = index.targets()[hit.target];
    if (!target.released) {
      ++found.controls;
    } else {
      ++found.hits;
      ++found.sentences[target.sentence];
    }
    if (console.style().json) return;
    const std::string variant =
        std::string(name(hit.variant)) + (hit.missing > 0 ? " (" + counted(hit.missing, "word") + " missing)" : "");
    if (console.style().json_lines) {
      console.result(nlohmann::json{{"file", printable(where)},
                                    {"offset", hit.offset},
                                    {"sentence", target.sentence},
                                    {"released", target.released},
                                    {"variant", name(hit.variant)},
                                    {"missing", hit.missing}}
                         .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) +
                     "\n");
      return;
    }
    console.result(printable(where) + ": byte " + std::to_string(hit.offset) + ": " +
                   (target.released ? "sentence " : "control of sentence ") + std::to_string(target.sentence) + ", " +
                   variant + "\n");
  });
  if (args.corpus == "-") {
    where = "-";
    scan_descriptor(STDIN_FILENO, where, scanner, stop.requested());
  } else {
    const TextTree tree = scan_texts(args.corpus);
    for (const TextFile& file : tree.files) {
      if (stop.requested()) break;
      where = file.id;
      scan_one(tree.path(file), file.id, scanner, found, console, stop.requested());
    }
  }
  found.stopped = stop.requested();
  print(found, scanner, index, recipe, console);
  if (found.controls > 0) {
    console.warn("sentences that were never released stand in this corpus: the record or the key is no longer secret");
  }
  if (found.hits == 0 && !found.stopped)
    console.say("a miss proves nothing: rewriting, translation and filters remove sentences");
  if (found.stopped) return ExitStatus::stopped;
  if (found.refused > 0) return ExitStatus::partial;
  return found.hits > 0 ? ExitStatus::ok : ExitStatus::negative;
}

}  // namespace

void declare_verify_corpus(CLI::App& app, Action& action) {
  auto args = std::make_shared<VerifyCorpusArgs>();
  app.add_option("corpus", args->corpus, "folder or file to look through, not compressed; - is stdin")
      ->required()
      ->type_name("PATH");
  app.add_option("--release", args->release, "the release whose sentences are looked for")->type_name("OUT");
  app.add_option("--record", args->record, "its record, instead of --release")->type_name("DIR");
  add_key_options(app, args->key);
  action = [args](Console& console) { return verify_corpus(*args, console); };
}

}  // namespace wardmark
