#pragma once
#include <cstdint>
#include <vector>

#include "cli/open_record.h"
#include "cli/query_job.h"
#include "cli/suspect_verdict.h"
#include "core/release.h"
#include "verify/suspect_log.h"

namespace wardmark {

/// The draw as protect() made it, from what entered it. Error(record_altered) when the manifest's marks are others.
Draw recorded_draw(const OpenRecord& record, const ReleaseKeys& keys);

/// Name of class by number, as the questions know them.
std::vector<std::string> class_names_of(const Plan& plan);
/// All candidate keys of a release, in order.
std::vector<Subkey> pool_of(const Plan& plan, const ReleaseKeys& keys);

/// In which a test of twins asks.
Subkey twin_order(const ReleaseKeys& keys);

/// What makes the questions of a job what they are; `contents`: digests of its pictures, in order.
QuestionFacts facts_of(const QueryJob& job, const std::vector<std::string>& contents);
/// The table again, from the text of a whole journal. Error(record_format) unless it is of these questions and suspect.
ResponseTable recounted(const std::string& journal, const QuestionFacts& facts,
                        const std::vector<std::pair<std::string, std::uint32_t>>& pictures,
                        const SuspectHello& suspect);
/// The marks with the classes that labels mean. Error(no_test) when they are fewer than two.
DrawnMarks known_marks(DrawnMarks marks, const std::vector<std::uint32_t>& meant);

/// The facts of a test that follow from plan, intent and the time stamps of the record.
TestFacts test_facts(const Plan& plan, const TestIntent& intent, std::uint32_t number,
                     const std::vector<TimeStamp>& stamps);

/// A verdict, and the marks it is about.
struct Judgement {
  Verdict verdict;
  DrawnMarks marks;
};

/// Opens the draw and ranks it: the second phase of docs/verifying-models.md. Pure: whoever has record, key and answers
/// comes to the same verdict. Error(no_test) when the suspect knows fewer than two of the release's classes.
Judgement judged(const OpenRecord& record, const ReleaseKeys& keys, const QueryAnswers& answers,
                 const TestIntent& intent, std::uint32_t number, const std::vector<TimeStamp>& stamps,
                 std::uint64_t pictures);

/// The verdict about twins: reads the coins of the pictures at `places` of the plan. Pure. Pictures that share a coin
/// are one unit. `access` is left to the caller.
TwinVerdict judged_twins(const Plan& plan, const Draw& draw, const TwinAnswers& answers,
                         const std::vector<std::uint64_t>& places, const TestIntent& intent, std::uint32_t number,
                         const std::vector<TimeStamp>& stamps);

}  // namespace wardmark
