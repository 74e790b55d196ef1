#include "cli/rehearsal.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "cli/judgement.h"
#include "cli/scratch_folder.h"
#include "cli/suspect_verdict.h"
#include "core/random.h"
#include "core/statistics.h"
#include "io/atomic_file.h"
#include "verify/answers.h"

namespace wardmark {
namespace {

using nlohmann::json;

/// What a test of models like this one could find, from keys that no release will ever use: nothing is spent by it.
struct Rehearsal {
  struct Row {
    std::uint64_t pictures = 0, queries = 0;
    double key_spread = 0;
    std::optional<double> detectable;  ///< 9 times in 10, at the level of one test
  };
  std::string release, suspect;
  Access access = Access::labels;
  std::uint32_t keys = 0, classes = 0;
  double level = 0, floor = 0;
  double seconds = 0;     ///< that asking took
  std::vector<Row> rows;  ///< for a quarter, a half and all of the pictures
};

/// Classes of the pictures, of which only the first `each` of a class stay in.
std::vector<std::uint32_t> first_of_each(const TestPictures& pictures, std::size_t each) {
  std::vector<std::uint32_t> of_class;
  std::vector<std::size_t> seen;
  for (const auto& [id, c] : pictures.pictures) {
    if (seen.size() <= c) seen.resize(c + 1);
    of_class.push_back(seen[c]++ < each ? c : kNoClass);
  }
  return of_class;
}

/// Spare keys, as many as the pool.
std::vector<Subkey> spare_pool(const Plan& plan, const ReleaseKeys& keys) {
  const Subkey spare = keys.pool_root.derive("rehearsal");
  std::vector<Subkey> pool;
  for (std::uint32_t j = 0; j < plan.test.pool; ++j) pool.push_back(pool_key(spare, j));
  return pool;
}

/// Ranks draws of spare keys that `job` asked about. Error(no_test) as judged().
Rehearsal rehearsed(const Plan& plan, const ReleaseKeys& keys, const QueryJob& job, const TestPictures& pictures,
                    const QueryAnswers& answers) {
  Rehearsal rehearsal;
  rehearsal.release = to_hex(ByteView(plan.id));
  rehearsal.access = job.access;
  rehearsal.keys = plan.test.pool;
  rehearsal.classes = static_cast<std::uint32_t>(job.classes.size());
  rehearsal.level = plan.test.alpha / plan.test.suspects;
  const QuestionOrder order(job.order, job.pool.size(), job.classes.size(), pictures.pictures.size());
  const Bytes journal = read_file(job.journal);
  const Answers given =
      parse_journal(text_of(ByteView(journal)), identity_of(facts_of(job, pictures.contents), answers.suspect),
                    order.size(), job.access, job.access == Access::labels ? 1 : order.classes());
  const std::vector<std::uint32_t> meant = classes_of(answers.suspect.labels, job.classes);
  const Subkey seed = keys.pool_root.derive("rehearsal-draw");
  Stream stream(seed, "draw");
  const DrawnMarks marks = known_marks({stream.below(order.keys()), stream.permutation(order.classes()), {}}, meant);
  const std::size_t all = pictures.pictures.size() / job.classes.size();
  for (const std::size_t each : {all / 4, all / 2, all}) {
    if (each * job.classes.size() < kFewestPictures) continue;
    const ResponseTable table = table_of(order, given, first_of_each(pictures, each), meant);
    const ShortcutResult result = shortcut_test(table, marks, seed);
    rehearsal.floor = result.floor;
    const std::uint64_t count = each * job.classes.size();
    rehearsal.rows.push_back({count, count * order.keys() * order.classes(), result.key_spread,
                              detectable_effect(table, marks, rehearsal.level, seed)});
  }
  return rehearsal;
}

std::string rehearsal_text(const Rehearsal& r) {
  std::string text =
      "rehearsal with " + std::to_string(r.keys) + " spare keys: nothing was opened, counted or logged\n";
  text += "level of one test " + figure(r.level) + ", smallest p possible " + figure(r.floor) + "\n";
  text += "asking took " + figure(r.seconds, "%.1f") + " s\n";
  for (const Rehearsal::Row& row : r.rows) {
    text += std::to_string(row.queries) + " queries, " + std::to_string(row.pictures) + " pictures: keys vary by " +
            effect_text(r.access, row.key_spread) + "; " +
            (row.detectable ? "an effect of " + effect_text(r.access, *row.detectable) + " would be found 9 times in 10"
                            : "no effect, however large, would be found 9 times in 10") +
            "\n";
  }
  return text;
}

std::string rehearsal_json(const Rehearsal& r) {
  json rows = json::array();
  for (const Rehearsal::Row& row : r.rows) {
    rows.push_back({{"pictures", row.pictures},
                    {"queries", row.queries},
                    {"key_spread", row.key_spread},
                    {"detectable_effect", row.detectable ? json(*row.detectable) : json()}});
  }
  return json{{"schema", "wardmark.rehearsal/1"},
              {"release", r.release},
              {"suspect", r.suspect},
              {"access", name(r.access)},
              {"keys", r.keys},
              {"classes", r.classes},
              {"level", r.level},
              {"floor", r.floor},
              {"seconds", r.seconds},
              {"rows", rows}}
             .dump(-1, ' ', false, json::error_handler_t::replace) +
         "\n";
}

}  // namespace

ExitStatus rehearse(const Plan& plan, const ReleaseKeys& keys, QueryJob job, const TestPictures& pictures,
                    const Asking& asking, const std::filesystem::path& parent, Console& console) {
  const ScratchFolder state(parent);
  job.pool = spare_pool(plan, keys);
  ask_with(asking, state.path(), job);
  const auto start = std::chrono::steady_clock::now();
  ExitStatus status = ExitStatus::ok;
  const std::optional<QueryAnswers> answers = ask(job, console, status);
  if (!answers) return status;
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  Rehearsal rehearsal = rehearsed(plan, keys, job, pictures, *answers);
  rehearsal.suspect = printable(asking.source.suspect);
  rehearsal.seconds = seconds.count();
  console.result(console.style().json ? rehearsal_json(rehearsal) : rehearsal_text(rehearsal));
  return status;
}

}  // namespace wardmark
