#pragma once
#include <optional>

#include "perturb/protect.h"

namespace wardmark {

/// Per cent of the change that must outlive a lossy file's own coding.
inline constexpr int kLeastSurvival = 90;

/// What one worker made of one item.
struct Processed {
  ManifestItem item;
  std::optional<Staged> staged;  ///< absent when refused
  std::uint64_t bytes_in = 0;
};

/// Place of each plan item in the reader's survey, or absent where the input lost it.
std::vector<std::optional<std::size_t>> match_items(const Plan& plan, const Survey& survey);

/// Removes a file that was written aside.
void discard(std::optional<Staged>& staged);

/// Decodes, changes, encodes, stages, reads back and measures item `n`, found at `place` in the survey. An item's
/// refusal is in the result; Error of another kind is thrown.
Processed process_item(const ProtectRun& run, std::size_t n, std::optional<std::size_t> place);

}  // namespace wardmark
