#include "cli/evidence_bundle.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/judgement.h"
#include "core/error.h"
#include "io/atomic_file.h"
#include "io/item_id.h"
#include "verify/answers.h"
#include "verify/twin_test.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr auto kTestSchema = "wardmark.bundle-test/1";

constexpr auto kAbout =
    "Evidence of one test of an image model, made by wardmark. The bundle proves arithmetic. That the answers are "
    "those "
    "of a\ncertain model is shown only by asking it again:\n\n"
    "    wardmark verify images --suspect MODEL --record record -k release.key --test PICTURES --log NEW-FILE\n\n"
    "test.json     which pictures were asked about, in which test\n"
    "queries.jsonl what the model answered\n"
    "answers.json  the same, counted\n\n";

std::string test_text(const TestFiles& files) {
  json value = json_of(files);
  value.update({{"schema", kTestSchema}, {"pictures", files.pictures}, {"contents", files.contents}});
  if (!files.places.empty()) value.update({{"places", files.places}, {"access", name(files.access)}});
  return value.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

TestFiles parse_test(const fs::path& file) {
  try {
    const json value = json::parse(text_of_file(file));
    if (value.at("schema") != kTestSchema) bundle_altered(file, "of another version");
    TestFiles files;
    take(value, files);
    value.at("pictures").get_to(files.pictures);
    value.at("contents").get_to(files.contents);
    if (files.contents.size() != files.pictures.size()) bundle_altered(file, "pictures and digests are not as many");
    if (value.contains("places")) {
      value.at("places").get_to(files.places);
      files.access = access_of(value.at("access"));
      if (files.places.size() != files.pictures.size()) bundle_altered(file, "pictures and places are not as many");
    }
    return files;
  } catch (const json::exception&) {
    bundle_altered(file, "is damaged");
  }
}

/// The table again, from what was answered.
ResponseTable recounted(const fs::path& folder, const Plan& plan, const ReleaseKeys& keys, const TestFiles& test,
                        const QueryAnswers& answers) {
  const QuestionFacts facts{plan.method,
                            plan.parameters,
                            class_names_of(plan),
                            pool_of(plan, keys),
                            keys.pool_root.derive("query-order"),
                            test.contents,
                            answers.table.access()};
  return recounted(text_of_file(folder / "queries.jsonl"), facts, test.pictures, answers.suspect);
}

/// The differences of twins again, from what was answered.
std::vector<std::int64_t> recounted(const fs::path& folder, const Plan& plan, const ReleaseKeys& keys, const Draw& draw,
                                    const TestFiles& test, const TwinAnswers& answers) {
  const QuestionFacts facts{plan.method,      plan.parameters, class_names_of(plan), {draw.pool_key},
                            twin_order(keys), test.contents,   test.access};
  const QuestionOrder order(facts.order, 1, 2, test.pictures.size());
  const auto width = facts.access == Access::labels ? 1 : static_cast<std::uint32_t>(facts.classes.size());
  const Answers given = parse_journal(text_of_file(folder / "queries.jsonl"), identity_of(facts, answers.suspect),
                                      order.size(), facts.access, width);
  std::vector<std::uint32_t> of_class;
  for (const auto& [id, class_index] : test.pictures) of_class.push_back(class_index);
  return twin_differences(order, given, of_class, classes_of(answers.suspect.labels, facts.classes));
}

/// A bundle of a test of an image model.
struct ImageBundle : OpenBundle {
  TestFiles test;
};

RecomputedShortcut recomputed_shortcut(const ImageBundle& b) {
  const QueryAnswers answers = parse_query_answers(text_of_file(b.folder / "answers.json"));
  if (recounted(b.folder, b.record.plan, b.keys, b.test, answers).hash() != answers.table.hash())
    bundle_altered(b.folder / "answers.json", "its counts are not those of the answers");
  Judgement judgement =
      judged(b.record, b.keys, answers, b.test.intent, b.test.number, b.stamps, b.test.pictures.size());
  check_bundle_log(b, b.test, judgement.verdict.table, judgement.verdict.result.p);
  return {std::move(judgement), answers.table, class_names_of(b.record.plan)};
}

TwinVerdict recomputed_twins(const ImageBundle& b) {
  const Plan& plan = b.record.plan;
  for (std::size_t n = 0; n < b.test.places.size(); ++n) {
    const std::uint64_t place = b.test.places[n];
    if (place >= plan.items.size() || plan.items[place].id != b.test.pictures[n].first)
      bundle_altered(b.folder / "test.json", "names other pictures than the plan");
  }
  const Draw draw = recorded_draw(b.record, b.keys);
  const TwinAnswers answers = parse_twin_answers(text_of_file(b.folder / "answers.json"));
  if (recounted(b.folder, plan, b.keys, draw, b.test, answers) != answers.differences)
    bundle_altered(b.folder / "answers.json", "its differences are not those of the answers");
  TwinVerdict verdict = judged_twins(plan, draw, answers, b.test.places, b.test.intent, b.test.number, b.stamps);
  verdict.access = b.test.access;
  check_bundle_log(b, b.test, verdict.table, verdict.result.p);
  return verdict;
}

}  // namespace

void write_bundle(const fs::path& folder, const RecordFolder& record, const Plan& plan, const OwnerKey& key,
                  const TestFiles& files) {
  BundleWriter bundle(folder);
  bundle.add_record(kAbout, record, plan, key, files.log);
  bundle.add("test.json", bytes_of(test_text(files)));
  bundle.add("queries.jsonl", read_file(files.journal));
  bundle.add("answers.json", read_file(files.answers));
  bundle.seal(release_keys(plan, key));
}

Recomputed recomputed(const fs::path& folder) {
  OpenBundle open = open_bundle(folder);
  TestFiles test = parse_test(folder / "test.json");
  if (test.intent.release != to_hex(ByteView(open.record.plan.id)))
    bundle_altered(folder / "test.json", "is of another release");
  const ImageBundle bundle{std::move(open), std::move(test)};
  if (bundle.test.places.empty()) return recomputed_shortcut(bundle);
  return recomputed_twins(bundle);
}

}  // namespace wardmark
