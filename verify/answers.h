#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/key.h"
#include "verify/question_order.h"
#include "verify/response_table.h"
#include "verify/suspect.h"

namespace wardmark {

/// What a suspect answered, in order of asking: whole numbers, `width` of them a question.
///
/// labels: the index of the class among the suspect's own. scores: for each class of the release its log-odds,
/// ln p - ln (1 - p), in thousandths, within -16000 and 16000; 0 for classes that the suspect does not know.
struct Answers {
  Access access = Access::labels;
  std::uint32_t width = 1;
  std::vector<std::int32_t> values;
  std::size_t size() const { return values.size() / width; }
};

inline constexpr std::int32_t kMostLogOdds = 16000;

/// Everything that makes a question what it is. A journal of anything else is not gone on with, and a bundle proves its
/// journal by it.
struct QuestionFacts {
  std::string method;
  std::vector<std::pair<std::string, std::string>> parameters;
  std::vector<std::string> classes;
  std::vector<Subkey> pool;
  Subkey order;
  std::vector<std::string> pictures;  ///< hexadecimal content digests, in order
  Access access = Access::labels;
};
std::string identity_of(const QuestionFacts& facts, const SuspectHello& hello);

/// The file of answers (docs/formats.md, "Journal of questions"): a first line that names the identity, then a line a
/// batch. A torn last line is dropped when it is opened again.
class AnswerJournal {
 public:
  /// Opens or begins it. Error(recipe_changed) when it is of other questions or another suspect.
  AnswerJournal(const std::filesystem::path& file, const std::string& identity, std::size_t questions, Access access,
                std::uint32_t width);
  const Answers& answers() const { return answers_; }
  /// Adds a batch, whose pictures have this digest; on disk before it returns. Error(write_failed).
  void add(const std::string& pictures, const std::vector<std::int32_t>& values);

 private:
  std::filesystem::path file_;
  Answers answers_;
};

/// Reads the text of a whole journal. Error(record_format) when it is not of this identity, torn, or holds another
/// number of answers.
Answers parse_journal(std::string_view text, const std::string& identity, std::size_t questions, Access access,
                      std::uint32_t width);

/// The table of answers. `of_class[p]`: class of picture p, or kNoClass: it is left out; `meant[l]`: class of the
/// suspect's label l, or kNoClass. labels: counts. scores: means of the log-odds over the pictures of other classes, in
/// steps such that the largest difference within a column has kScoreSteps of them; the lowest of each column is 0.
ResponseTable table_of(const QuestionOrder& order, const Answers& answers, std::span<const std::uint32_t> of_class,
                       std::span<const std::uint32_t> meant);

}  // namespace wardmark
