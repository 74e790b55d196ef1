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
#include "text_markers/corpus_search.h"
#include "text_markers/record_feed.h"

namespace wardmark {
namespace {

struct VerifyCorpusArgs {
  std::string corpus;
  std::string release;
  std::string record;
  std::string format;
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

/// What is being read.
struct Reading {
  std::string name;                   ///< of the file
  std::string where;                  ///< with the archive's member
  std::optional<RecordFeed> records;  ///< of JSON lines
};

/// True of a name of JSON lines, packed or not, or where --format says so.
bool holds_lines(std::string_view name, const std::string& format) {
  const TextFormat* found = format.empty() ? text_format_for(unpacked_name(name)) : find_text_format(format);
  return found != nullptr && found->lines;
}

/// Looks through a file or stdin, unpacked; of an archive through every member.
void scan_one(PackedReader& reader, Reading& reading, const std::string& format, const FieldNames& names,
              CorpusSearch& scanner, const std::atomic<bool>& stop) {
  while (!stop && reader.next()) {
    const bool member = !reader.member().empty();
    reading.where = member ? reading.name + ": " + reader.member() : reading.name;
    reading.records.reset();
    if (holds_lines(member ? reader.member() : reading.name, format)) reading.records.emplace(scanner, names);
    for (ByteView part = reader.read(); !part.empty() && !stop; part = reader.read()) {
      reading.records ? reading.records->feed(part) : scanner.feed(part);
    }
    reading.records ? reading.records->finish() : scanner.finish();
  }
}

std::string power_of_ten(double log10) {
  char text[32];
  std::snprintf(text, sizeof text, "10^%.1f", log10);
  return text;
}

void print(const Found& found, const CorpusSearch& scanner, const ScanIndex& index, const GhostRecipe& recipe,
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
  forced_format(args.format);  // known, or refused
  const OwnerKey key = load_key(args.key, console);
  const RecordFolder folder = record_of(args.record, args.release);
  const Plan plan = parse_plan(folder.read_plan(), key);
  const GhostRecipe recipe = recipe_of(plan);
  const ReleaseKeys keys = release_keys(plan, key);
  const Draw draw = recorded_draw(folder, plan, keys);
  const ScanIndex index(GhostSentences(recipe, keys.pool_root), targets_of(plan, draw, recipe));
  Found found;
  Reading reading;
  CorpusSearch scanner(index, [&](const ScanHit& hit) {
    const ScanTarget& target = index.targets()[hit.target];
    if (!target.released) {
      ++found.controls;
    } else {
      ++found.hits;
      ++found.sentences[target.sentence];
    }
    if (console.style().json) return;
    const RecordFeed::Place place = reading.records ? reading.records->at(hit.offset) : RecordFeed::Place{};
    const std::string variant =
        std::string(name(hit.variant)) + (hit.missing > 0 ? " (" + counted(hit.missing, "word") + " missing)" : "");
    if (console.style().json_lines) {
      nlohmann::json row{{"file", printable(reading.where)}, {"offset", hit.offset},
                         {"sentence", target.sentence},      {"released", target.released},
                         {"variant", name(hit.variant)},     {"missing", hit.missing}};
      if (place.line > 0) row["line"] = place.line;
      if (!place.id.empty()) row["document"] = place.id;
      console.result(row.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
      return;
    }
    std::string record;
    if (place.line > 0) {
      record = place.id.empty() ? "line " + std::to_string(place.line) : "record " + printable(place.id);
      record += ": ";
    }
    console.result(printable(reading.where) + ": " + record + "byte " + std::to_string(hit.offset) + ": " +
                   (target.released ? "sentence " : "control of sentence ") + std::to_string(target.sentence) + ", " +
                   variant + "\n");
  });
  const FieldNames names{recipe.field, recipe.id_field, {}, 0};
  const auto scan = [&](const std::string& file, const auto& open) {
    reading.name = reading.where = file;
    reading.records.reset();
    try {
      const std::unique_ptr<PackedReader> reader = open();
      scan_one(*reader, reading, args.format, names, scanner, stop.requested());
    } catch (const Error& error) {
      if (error.kind() != Kind::item) throw;
      scanner.finish();
      ++found.refused;
      console.refused(reading.where, error);
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
  app.add_option("--format", args->format, "jsonl: JSON lines whatever the name, so that hits are told by record")
      ->type_name("FORMAT");
  add_key_options(app, args->key);
  action = [args](Console& console) { return verify_corpus(*args, console); };
}

}  // namespace wardmark
