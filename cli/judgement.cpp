#include "cli/judgement.h"

#include <algorithm>
#include <map>
#include <optional>

#include "core/error.h"
#include "core/random.h"

namespace wardmark {

QuestionFacts facts_of(const QueryJob& job, const std::vector<std::string>& contents) {
  return {job.method, job.parameters, job.classes, job.pool, job.order, contents, job.access};
}

ResponseTable recounted(const std::string& journal, const QuestionFacts& facts,
                        const std::vector<std::pair<std::string, std::uint32_t>>& pictures,
                        const SuspectHello& suspect) {
  const QuestionOrder order(facts.order, facts.pool.size(), facts.classes.size(), pictures.size());
  const std::uint32_t width = facts.access == Access::labels ? 1 : order.classes();
  const Answers given = parse_journal(journal, identity_of(facts, suspect), order.size(), facts.access, width);
  std::vector<std::uint32_t> of_class;
  for (const auto& [id, class_index] : pictures) of_class.push_back(class_index);
  return table_of(order, given, of_class, classes_of(suspect.labels, facts.classes));
}

DrawnMarks known_marks(DrawnMarks marks, const std::vector<std::uint32_t>& meant) {
  for (std::uint32_t c = 0; c < marks.slots.size(); ++c) {
    if (std::ranges::find(meant, c) != meant.end()) marks.classes.push_back(c);
  }
  if (marks.classes.size() < 2) {
    throw Error(Code::no_test,
                "the suspect names " + std::to_string(marks.classes.size()) + " of the release's classes",
                "--suspect-classes FILE says what its answers mean, one a line");
  }
  return marks;
}

std::vector<std::string> class_names_of(const Plan& plan) {
  std::vector<std::string> names;
  for (const PlanClass& c : plan.classes) names.push_back(c.name);
  return names;
}

std::vector<Subkey> pool_of(const Plan& plan, const ReleaseKeys& keys) {
  std::vector<Subkey> pool;
  for (std::uint32_t j = 0; j < plan.test.pool; ++j) pool.push_back(pool_key(keys.pool_root, j));
  return pool;
}

Subkey twin_order(const ReleaseKeys& keys) { return keys.pool_root.derive("twin-order"); }

Draw recorded_draw(const OpenRecord& record, const ReleaseKeys& keys) {
  const ManifestHeader& header = record.manifest.header;
  const Plan& plan = record.plan;
  std::optional<std::string> beacon;
  if (header.draw == "beacon") beacon = header.beacon;
  if (plan.beacon.has_value() != beacon.has_value())
    throw Error(Code::record_altered, "plan and manifest disagree on the beacon");
  Draw draw = draw_release(keys.pool_root, plan.commitment_1, beacon, plan.test.pool,
                           static_cast<std::uint32_t>(plan.classes.size()));
  for (const ManifestItem& item : record.items) {
    const std::uint32_t c = plan.items.at(item.n).class_index;
    if (item.state == ItemState::protected_ && c != kNoClass && item.slot != draw.slots.at(c))
      throw Error(Code::record_altered, "the marks of the manifest are not those of the draw");
  }
  return draw;
}

TestFacts test_facts(const Plan& plan, const TestIntent& intent, std::uint32_t number,
                     const std::vector<TimeStamp>& stamps) {
  TestFacts facts;
  facts.release = intent.release;
  facts.suspect = intent.suspect;
  facts.method = plan.method;
  facts.level = intent.level;
  facts.number = number;
  facts.tests = plan.test.suspects;
  facts.beacon = plan.beacon.has_value();
  facts.stamps = stamps;
  facts.grade = grade_of(plan.beacon, stamps);
  return facts;
}

Judgement judged(const OpenRecord& record, const ReleaseKeys& keys, const QueryAnswers& answers,
                 const TestIntent& intent, std::uint32_t number, const std::vector<TimeStamp>& stamps,
                 std::uint64_t pictures) {
  const Plan& plan = record.plan;
  const Draw draw = recorded_draw(record, keys);
  const std::vector<std::uint32_t> meant = classes_of(answers.suspect.labels, class_names_of(plan));
  Judgement judgement{{}, known_marks({draw.pool_index, draw.slots, {}}, meant)};
  const DrawnMarks& marks = judgement.marks;
  const Subkey seed = draw.coins.derive("shortcut-test", {std::to_string(number)});
  Verdict& verdict = judgement.verdict;
  static_cast<TestFacts&>(verdict) = test_facts(plan, intent, number, stamps);
  verdict.result = shortcut_test(answers.table, marks, seed);
  verdict.detectable = detectable_effect(answers.table, marks, intent.level, seed);
  verdict.access = answers.table.access();
  verdict.pool = plan.test.pool;
  verdict.classes = answers.table.classes();
  verdict.known = static_cast<std::uint32_t>(marks.classes.size());
  verdict.queries = answers.queries;
  verdict.pictures = pictures;
  verdict.named = plan.test.pictures.has_value();
  verdict.table = answers.table.hash();
  return judgement;
}

TwinVerdict judged_twins(const Plan& plan, const Draw& draw, const TwinAnswers& answers,
                         const std::vector<std::uint64_t>& places, const TestIntent& intent, std::uint32_t number,
                         const std::vector<TimeStamp>& stamps) {
  if (places.size() != answers.differences.size())
    throw Error(Code::record_format, "answers: they are about other pictures", "remove the state and ask again");
  std::map<std::string, std::size_t> of_unit;
  std::vector<std::int64_t> differences;
  std::vector<int> coins;
  for (std::size_t n = 0; n < places.size(); ++n) {
    const std::string unit = coin_unit(plan.items.at(places[n]));
    const auto [at, fresh] = of_unit.emplace(unit, differences.size());
    if (fresh) {
      differences.push_back(0);
      coins.push_back(twin_coin(draw, unit));
    }
    differences[at->second] += answers.differences[n];
  }
  TwinVerdict verdict;
  static_cast<TestFacts&>(verdict) = test_facts(plan, intent, number, stamps);
  verdict.result = twin_test(differences, coins, intent.level);
  verdict.queries = answers.queries;
  verdict.pictures = places.size();
  verdict.table = answers.hash();
  return verdict;
}

}  // namespace wardmark
