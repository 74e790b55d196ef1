#pragma once
#include <string>
#include <utility>
#include <vector>

#include "cli/judgement.h"
#include "core/bytes.h"
#include "verify/response_table.h"

namespace wardmark {

/// A test picture as the suspect saw it, as PNG files: clean, with the released mark of its class, and the change
/// enlarged around grey.
struct VerdictExample {
  std::string name;  ///< of its class
  Bytes clean, marked, change;
};

/// How many times the change of an example is enlarged.
inline constexpr int kExampleFactor = 8;

/// Examples of the first picture of each class, at most six, at the suspect's size.
std::vector<VerdictExample> verdict_examples(const QueryJob& job, const DrawnMarks& marks, const SuspectHello& suspect);

/// The first paragraphs of every page; `judged` says how p was taken: ", adjusted for all tests of this run".
std::string verdict_lead(const TestFacts& facts, bool evidence, double p, const std::string& judged = {});
/// Who drew, and what that is worth, in a sentence.
std::string verdict_draw(const TestFacts& facts);
/// The list at the end of every page: `of_test` between who was tested and what vouches for it.
std::string verdict_facts(const TestFacts& facts, const std::vector<std::pair<std::string, std::string>>& of_test);

/// A page that says all of a verdict in words, figures and two plots, with the statements a reader needs to weigh it
/// (docs/verifying-models.md). It shows the released marks: not for whoever could take them out.
std::string verdict_page(const Judgement& judgement, const ResponseTable& table,
                         const std::vector<std::string>& classes, const std::vector<VerdictExample>& examples);
/// The same of a test of twins; it shows no mark.
std::string verdict_page(const TwinVerdict& verdict);

}  // namespace wardmark
