#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/console.h"
#include "cli/exit_status.h"
#include "cli/suspect_source.h"
#include "core/plan.h"
#include "io/dataset_format.h"
#include "perturb/fit_state.h"
#include "verify/child_suspect.h"
#include "verify/query_run.h"

namespace wardmark {

/// What `verify images` hands to `verify query` through a pipe: everything the query phase may know. It holds candidate
/// keys, so it is never written to a file.
struct QueryJob {
  std::string method;
  Settings parameters, output;
  std::vector<std::string> classes;
  std::uint64_t items = 0;
  std::vector<Subkey> pool;
  Subkey order;
  Bytes fit;  ///< write_fit_state(), without noise unless it is about twins; empty: none
  std::string data, format, labels, class_names;
  std::vector<std::string> splits;
  std::vector<std::pair<std::string, std::uint32_t>> pictures;  ///< id and class
  std::vector<std::uint32_t> slots;                             ///< twins: the drawn marks; empty: no twins
  std::vector<std::uint64_t> places;                            ///< twins: of the pictures, in the plan
  std::vector<std::string> suspect;                             ///< words of its command
  std::vector<std::string> suspect_labels;  ///< what its answers mean, in place of its own labels; empty: its own
  Access access = Access::labels;
  SuspectLimits limits;
  unsigned jobs = 1;
  std::string journal, table;  ///< files to write
};

/// Names the suspect, its limits, and the files of its answers in `folder`. Error(input_missing), (engine_missing).
void ask_with(const Asking& asking, const std::filesystem::path& folder, QueryJob& job);

/// By its name; Error(usage).
Access access_of(const std::string& text);

/// The state that the method of a job needs, or null.
std::shared_ptr<const FitState> fit_of(const QueryJob& job);

std::string format_query_job(const QueryJob& job);
/// Error(usage) for anything else.
QueryJob parse_query_job(std::string_view text);

/// What the query phase found, as its file says it.
struct QueryAnswers {
  ResponseTable table;
  SuspectHello suspect;
  std::uint64_t queries = 0, kept = 0;
};
std::string format_query_answers(const QueryAnswers& answers);
/// Error(record_format) when damaged or when its hash is not that of its counts.
QueryAnswers parse_query_answers(std::string_view text);

/// What the query phase found about twins.
struct TwinAnswers {
  std::vector<std::int64_t> differences;  ///< twin_differences(), in the order of the job's pictures
  SuspectHello suspect;
  std::uint64_t queries = 0, kept = 0;
  /// The hash that is logged before a coin is looked at.
  std::string hash() const;
};
std::string format_twin_answers(const TwinAnswers& answers);
/// Error(record_format) when damaged.
TwinAnswers parse_twin_answers(std::string_view text);

/// Has `verify query` answer a job in a process of its own, unless its answers are there already. Absent: it ended with
/// `status`.
std::optional<QueryAnswers> ask(const QueryJob& job, Console& console, ExitStatus& status);
std::optional<TwinAnswers> ask_about_twins(const QueryJob& job, Console& console, ExitStatus& status);

/// Runs `verify query` with the text of a job on its stdin; its messages go where ours go. Returns its exit status.
int run_query_process(const std::string& job, const std::vector<std::string>& style);

}  // namespace wardmark
