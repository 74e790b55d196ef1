#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "cli/open_record.h"
#include "cli/text_job.h"
#include "cli/text_test.h"
#include "cli/text_verdict.h"

namespace wardmark {

/// Everything a text suspect is asked about a release, and what each question is about.
struct TextAsked {
  std::vector<TextSubject> subjects;
  PromptList last;
  ItemList rank;
};

/// Numbers of the sentences that were put into a document, sorted.
std::vector<std::uint32_t> standing_sentences(const OpenRecord& record);

/// A function of record, key, draw, choice and what stands before the sentences. Error(no_test), (plan_format).
TextAsked text_asked(const OpenRecord& record, const ReleaseKeys& keys, const Draw& draw, const TextChoice& choice,
                     const std::vector<HostContext>& hosts);

/// What was answered, with what is needed to judge it.
struct TextEvidence {
  TextProbe probe;                     ///< of the suspect
  TextHello reference;                 ///< of the reference model, where there is one
  std::string reference_name;          ///< as typed; empty: none
  std::vector<std::string> left_out;   ///< tests that could not be made, with the reason
  std::vector<std::uint32_t> earlier;  ///< by test of choice.last: guesses a sentence in earlier runs
  TextAnswers last, rank, other;       ///< the last: of the reference
};

/// Hash of all answers.
std::string answers_hash(const TextEvidence& evidence);

/// Opens the draw and judges: pure, so whoever has record, key and answers comes to the same verdict. `choice` names
/// the tests that were made. `show` puts the words of the released sentences into the rows.
TextVerdict judged_text(const OpenRecord& record, const TextChoice& choice, const TextAsked& asked,
                        const TextEvidence& evidence, const LoggedTest& test, const std::vector<TimeStamp>& stamps,
                        const Draw& draw, bool show);

}  // namespace wardmark
