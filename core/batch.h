#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/plan.h"

namespace wardmark {

/// Items that were added to a release under its draw (docs/formats.md, "Batches"). What an item becomes follows from
/// the release's draw and the item alone, never from the batch it came in.
struct Batch {
  std::uint32_t number = 1;
  /// What the release's plan says, with the classes, items and companions of this batch instead of its own;
  /// `commitment_1` and `hash` are those of the batch, `id` is the release's.
  Plan plan;
  std::vector<std::uint32_t> slots;  ///< of the batch's classes
};

/// A batch of `parent` without classes and items.
Batch blank_batch(const Plan& parent);
/// Fills root and commitment of the batch's plan.
void complete_batch(Batch& batch, const Plan& parent, const OwnerKey& key);
/// The file of a batch: JSON lines, sealed.
std::string format_batch(Batch& batch, const Plan& parent, const OwnerKey& key);
/// Reads and checks one: Error(plan_format), also for one of another release, and (key_wrong).
Batch parse_batch(std::string_view text, const Plan& parent, const OwnerKey& key);

/// What a batch shows without a key.
struct BatchSummary {
  std::uint32_t number = 0;
  std::uint64_t items = 0;
  std::string commitment_1;
};
BatchSummary summarise_batch(std::string_view text);

/// The release's draw, for the classes of a batch.
Draw draw_of(const Batch& batch, const Draw& parent);

}  // namespace wardmark
