#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/ghost_options.h"
#include "cli/key_options.h"
#include "cli/open_record.h"
#include "cli/protect_job.h"
#include "cli/stop_signal.h"
#include "io/atomic_file.h"
#include "io/byte_stream.h"
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

/// Looks through a file or stdin, unpacked; of an archive through every member. `where` names what is being read.
void scan_one(PackedReader& reader, const std::string& name, std::string& where, CorpusScanner& scanner,
              const std::atomic<bool>& stop) {
  while (!stop && reader.next()) {
    where = reader.member().empty() ? name : name + ": " + reader.member();
    for (ByteView part = reader.read(); !part.empty() && !stop; part = reader.read()) scanner.feed(part);
    scanner.finish();
  }
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
  const auto scan = [&](const std::string& file, const auto& open) {
    where = file;
    try {
      const std::unique_ptr<PackedReader> reader = open();
      scan_one(*reader, file, where, scanner, stop.requested());
    } catch (const Error& error) {
      if (error.kind() != Kind::item) throw;
      scanner.finish();
      ++found.refused;
      console.refused(where, error);
    }
  };
  if (args.corpus == "-") {
    scan("-", [] { return std::make_unique<PackedReader>(STDIN_FILENO, "stdin", true); });
  } else {
    const TextTree tree = scan_texts(args.corpus);
    for (const TextFile& file : tree.files) {
      if (stop.requested()) break;
      scan(file.id, [&] { return std::make_unique<PackedReader>(tree.path(file), true); });
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
  app.add_option("corpus", args->corpus,
                 "folder or file to look through; - is stdin; packed files (gzip, zstd, xz) and tar are unpacked")
      ->required()
      ->type_name("PATH");
  app.add_option("--release", args->release, "the release whose sentences are looked for")->type_name("OUT");
  app.add_option("--record", args->record, "its record, instead of --release")->type_name("DIR");
  add_key_options(app, args->key);
  action = [args](Console& console) { return verify_corpus(*args, console); };
}

}  // namespace wardmark
