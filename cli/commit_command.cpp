#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/time_stamp.h"
#include "core/batch.h"
#include "core/error.h"
#include "core/manifest.h"
#include "core/stamp_request.h"
#include "io/atomic_file.h"
#include "io/item_id.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;

struct CommitArgs {
  std::string path, query, add, check, authority;
  int of = 0;  ///< 0: the last there is
  std::uint32_t batch = 0;
};

/// What a plan file or a record folder shows without a key.
struct Public {
  PlanSummary plan;
  Commitments commitments;
  std::optional<Digest> root;
  std::optional<RecordFolder> record;
  std::vector<std::pair<std::uint32_t, Commitments>> batches;  ///< by number
};

/// The commitments of a batch: the second where it was finished.
Commitments batch_commitments(const RecordFolder& record, std::uint32_t number) {
  Commitments found;
  found.first = digest_from_hex(summarise_batch(text_of(read_file(record.plan_path(number)))).commitment_1);
  if (const auto text = record.read_manifest({}, number)) {
    const Manifest manifest = parse_manifest(*text, true);
    if (manifest.footer) found.second = manifest.footer->commitment_2;
  }
  return found;
}

Public read_public(const std::string& path) {
  Public found;
  if (!fs::is_directory(path)) {
    found.plan = summarise_plan(text_of(read_file(path)));
  } else {
    found.record.emplace(path);
    found.plan = summarise_plan(found.record->read_plan());
    if (const auto text = found.record->read_manifest({})) {
      const Manifest manifest = parse_manifest(*text, true);
      if (manifest.footer) {
        found.commitments.second = manifest.footer->commitment_2;
        found.root = manifest.footer->root;
      }
    }
  }
  if (found.record) {
    for (const std::uint32_t number : found.record->batches())
      found.batches.emplace_back(number, batch_commitments(*found.record, number));
  }
  found.commitments.first = digest_from_hex(found.plan.commitment_1);
  return found;
}

nlohmann::json json_of(const TimeStamp& stamp) {
  return {{"commitment", stamp.commitment},
          {"time", time_text(stamp.time)},
          {"authority", stamp.authority},
          {"certificates_end", time_text(stamp.ends)}};
}

void say_stamp(const TimeStamp& stamp, Console& console) {
  console.result("commitment_" + std::to_string(stamp.commitment) + " time-stamped " + time_text(stamp.time) + " by " +
                 stamp.authority + "\n");
  constexpr std::int64_t kYear = 366 * 86400;
  const std::int64_t now =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  if (stamp.ends - now < kYear) {
    console.warn("a certificate of that time stamp " + std::string(stamp.ends < now ? "ended " : "ends ") +
                 time_text(stamp.ends) + ": have the commitment stamped again while it can still be checked");
  }
}

ExitStatus print(const Public& found, Console& console) {
  nlohmann::json digests{{"schema", "wardmark.commit/1"}, {"release", found.plan.release}};
  digests["commitment_1"] = to_hex(ByteView(found.commitments.first));
  if (found.commitments.second) digests["commitment_2"] = to_hex(ByteView(*found.commitments.second));
  if (found.root) digests["root"] = to_hex(ByteView(*found.root));
  std::vector<TimeStamp> stamps;
  if (found.record) stamps = kept_stamps(*found.record, found.commitments);
  if (console.style().json) {
    digests["batches"] = nlohmann::json::array();
    for (const auto& [number, of] : found.batches) {
      nlohmann::json row{{"batch", number}, {"commitment_1", to_hex(of.first)}};
      if (of.second) row["commitment_2"] = to_hex(*of.second);
      digests["batches"].push_back(row);
    }
    digests["stamps"] = nlohmann::json::array();
    for (const TimeStamp& stamp : stamps) digests["stamps"].push_back(json_of(stamp));
    digests["grade"] = std::string(1, static_cast<char>('A' + static_cast<int>(grade_of(found.plan.beacon, stamps))));
    console.result(digests.dump() + "\n");
    return ExitStatus::ok;
  }
  for (const char* field : {"release", "commitment_1", "commitment_2", "root"}) {
    if (digests.contains(field)) console.result(std::string(field) + " " + digests[field].get<std::string>() + "\n");
  }
  for (const auto& [number, of] : found.batches) {
    const std::string batch = "batch " + std::to_string(number) + " commitment_";
    console.result(batch + "1 " + to_hex(of.first) + "\n");
    if (of.second) console.result(batch + "2 " + to_hex(*of.second) + "\n");
  }
  for (const TimeStamp& stamp : stamps) say_stamp(stamp, console);
  const Grade grade = grade_of(found.plan.beacon, stamps);
  console.say(grade == Grade::C
                  ? "these digests reveal nothing; have commitment_1 time-stamped before the draw, commitment_2 before "
                    "any test: --query writes what an authority is asked"
                  : std::string("grade ") + static_cast<char>('A' + static_cast<int>(grade)) +
                        " for suspects made later");
  return ExitStatus::ok;
}

ExitStatus write_query(const CommitArgs& args, const Public& found, int of, Console& console) {
  write_file(args.query, stamp_request(of, found.commitments.at(of)));
  console.result(args.query + "\n");
  console.say("it stamps commitment_" + std::to_string(of) +
              "; ask an authority of your choice (RFC 3161), better two:");
  console.say("curl -sS -H 'Content-Type: application/timestamp-query' --data-binary @" + shown(args.query) +
              " https://AUTHORITY -o " + shown(args.query) + ".tsr");
  console.say("then: wardmark commit " + shown(args.path) + (found.record ? " --add " : " --check ") +
              shown(args.query) + ".tsr --authority ROOTS.pem");
  return ExitStatus::ok;
}

ExitStatus commit(const CommitArgs& args, Console& console) {
  Public found = read_public(args.path);
  if (args.batch != 0) {
    const auto at = std::ranges::find(found.batches, args.batch, &decltype(found.batches)::value_type::first);
    if (at == found.batches.end())
      throw Error(Code::usage, "--batch " + std::to_string(args.batch) + ": no such batch in " + shown(args.path));
    found.commitments = at->second;
  }
  const int of = args.of > 0 ? args.of : found.commitments.second ? 2 : 1;
  if (!args.query.empty()) return write_query(args, found, of, console);
  if (args.add.empty() && args.check.empty()) return print(found, console);
  if (args.authority.empty()) {
    throw Error(Code::usage, "--authority: no file of trusted roots was named",
                "the authority publishes its root certificate; which roots are trusted is yours to say");
  }
  if (!args.add.empty() && !found.record)
    throw Error(Code::usage, "--add: a token is kept in a record, and this is a plan", "--check looks at it");
  const TimeStamp stamp =
      args.add.empty() ? checked_stamp(args.check, args.authority, of, found.commitments.at(of))
                       : keep_stamp(*found.record, args.add, args.authority, of, found.commitments.at(of), args.batch);
  if (console.style().json)
    console.result(json_of(stamp).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  else
    say_stamp(stamp, console);
  if (of == 1 && args.batch == 0 && found.plan.beacon) {
    const auto drawn = beacon_time(*found.plan.beacon);
    if (!drawn)
      console.warn("when rounds of " + printable(found.plan.beacon->network) + " come is not known: no grade A");
    else if (stamp.time >= *drawn)
      console.warn("the beacon round came before it, " + time_text(*drawn) + ": no grade A");
  }
  return ExitStatus::ok;
}

}  // namespace

void declare_commit(CLI::App& app, Action& action) {
  auto args = std::make_shared<CommitArgs>();
  app.add_option("path", args->path, "a plan, or a record's folder")
      ->required()
      ->check(CLI::ExistingPath)
      ->type_name("PLAN|OUT.wardmark");
  auto* query = app.add_option("--query", args->query, "write the request for a time-stamp authority (RFC 3161)")
                    ->type_name("FILE");
  auto* add = app.add_option("--add", args->add, "check the authority's response and keep it in the record")
                  ->type_name("TOKEN.tsr")
                  ->excludes(query);
  app.add_option("--check", args->check, "check a response, and keep nothing")
      ->type_name("TOKEN.tsr")
      ->excludes(query)
      ->excludes(add);
  app.add_option("--authority", args->authority, "roots that vouch for the authority, PEM")->type_name("FILE");
  app.add_option("--of", args->of, "which commitment: 1 plan and pool, 2 the release (default: the last there is)")
      ->check(CLI::Range(1, 2))
      ->type_name("1|2");
  app.add_option("--batch", args->batch, "of a batch that was added later, instead of the release as it began")
      ->type_name("N");
  app.footer("Needs no key, and reveals nothing. Tokens are checked offline, by the program openssl.");
  action = [args](Console& console) { return commit(*args, console); };
}

}  // namespace wardmark
