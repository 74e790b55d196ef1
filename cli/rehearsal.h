#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/judgement.h"
#include "cli/query_job.h"
#include "cli/test_pictures.h"

namespace wardmark {

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

/// Spare keys, as many as the pool: they follow from the pool's root and are no candidates.
std::vector<Subkey> spare_pool(const Plan& plan, const ReleaseKeys& keys);
/// Ranks draws of spare keys that `job` asked about. Error(no_test) as judged().
Rehearsal rehearsed(const Plan& plan, const ReleaseKeys& keys, const QueryJob& job, const TestPictures& pictures,
                    const QueryAnswers& answers);

std::string rehearsal_text(const Rehearsal& rehearsal);
std::string rehearsal_json(const Rehearsal& rehearsal);

}  // namespace wardmark
