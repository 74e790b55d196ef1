#pragma once
#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/budget.h"
#include "core/dataset.h"
#include "core/key.h"
#include "core/report.h"
#include "perturb/method.h"
#include "verify/answers.h"
#include "verify/question_order.h"
#include "verify/response_table.h"
#include "verify/suspect.h"

namespace wardmark {

/// A clean picture that suspects are asked about.
struct TestPicture {
  std::string id;
  std::uint32_t class_index = 0;
  Picture picture;          ///< one frame, of several the middle one
  std::string content;      ///< hexadecimal content_digest() of the whole
  std::uint64_t place = 0;  ///< twins: in the plan
};

/// A decoded item as a test picture: digest, then the middle frame alone.
TestPicture test_picture(std::string id, std::uint32_t class_index, Picture picture, std::uint64_t place = 0);

/// Everything the query phase may know. Neither draw nor owner's key nor release is among it, so nothing that is asked
/// can depend on which key was drawn or, of twins, on which versions were published (docs/verifying-models.md, "Two
/// phases", "Twins").
struct QueryInput {
  const MethodInfo* method = nullptr;
  Parameters parameters;
  Budget budget;
  std::vector<std::string> classes;     ///< sorted by bytes; as many marks
  std::uint64_t items = 0;              ///< of the plan
  std::vector<Subkey> pool;             ///< all candidate keys
  std::shared_ptr<const FitState> fit;  ///< the place of the mask, where it goes by the data set; no noise
  Subkey order;                         ///< in which pictures and marks are asked
  std::vector<TestPicture> pictures;    ///< as many of each class
  Access access = Access::labels;
  /// Twins: the drawn marks of the classes, with the drawn key alone as pool and its whole fit. Both versions of every
  /// picture are asked about, and what is not known is the coins. Empty: every mark of every key is asked about.
  std::vector<std::uint32_t> slots;
};

/// Asks a suspect about every picture under every mark of every candidate key, in one random order over all of them,
/// and keeps the answers in a journal, so that a run that was stopped goes on without asking twice.
class QueryRun {
 public:
  /// Opens or begins the journal. Error(recipe_changed) when it is of other questions or another suspect;
  /// (suspect_failed) when scores are asked of one that has none.
  QueryRun(const QueryInput& input, Suspect& suspect, const std::filesystem::path& journal);
  /// False when it was stopped. `jobs` threads mark the pictures. Errors of the suspect pass through; answers up to
  /// then are kept.
  bool run(unsigned jobs, const std::atomic<bool>& stop, Report& report);
  /// After run(). A label of the suspect that is no class of the release counts for none.
  ResponseTable table() const;
  /// After run() about twins: see twin_differences().
  std::vector<std::int64_t> differences() const;
  const QuestionOrder& order() const { return order_; }
  const Answers& answers() const { return journal_.answers(); }
  std::uint64_t queries() const { return order_.size(); }
  /// Answers that were in the journal already.
  std::uint64_t kept() const { return kept_; }

 private:
  bool twins() const { return !input_.slots.empty(); }
  std::vector<std::uint32_t> of_class() const;
  Bytes batch(std::size_t from, std::size_t to, unsigned jobs) const;
  std::vector<std::int32_t> ask(ByteView pictures, std::size_t count);

  const QueryInput& input_;
  Suspect& suspect_;
  QuestionOrder order_;
  std::vector<std::uint32_t> meant_;  ///< class of each label of the suspect
  std::vector<std::unique_ptr<Protector>> protectors_;
  AnswerJournal journal_;
  std::uint64_t kept_ = 0;
};

/// For each label of a suspect the class of that name, or kNoClass.
std::vector<std::uint32_t> classes_of(const std::vector<std::string>& labels, const std::vector<std::string>& classes);

}  // namespace wardmark
