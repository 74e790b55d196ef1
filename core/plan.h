#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/dataset.h"
#include "core/lane_digest.h"
#include "core/owner_key.h"
#include "core/release.h"

namespace wardmark {

inline constexpr std::uint32_t kNoClass = UINT32_MAX;

/// One item of a plan, in order of id.
struct PlanItem {
  std::string id;
  std::uint32_t class_index = kNoClass;
  std::uint64_t bytes = 0;
  std::optional<Digest> input;  ///< keyed hash of the stored bytes; absent: the file could not be read
  std::string group = {};       ///< items of one group share a coin; empty: it has its own
  std::string unit = {};        ///< as Item::unit
  std::string facts = {};       ///< as Item::facts
  /// Its leaf in the root of the plan, where the item was withdrawn: nothing else is known of it then.
  std::optional<Digest> withdrawn = {};
  std::uint64_t trace = 0;  ///< known to the ledger beside the key by this; in no plan
};
/// What an item's coin belongs to: its group, else its stored bytes, so that copies share a coin. Needs `input`.
std::string coin_unit(const PlanItem& item);

struct PlanClass {
  std::string name;  ///< NFC
  std::uint64_t items = 0;
};

/// The beacon round a plan names before it exists.
struct BeaconPromise {
  std::string network;
  std::uint64_t round = 0;
};

/// The test that `verify images` will run, fixed before the release.
struct TestPlan {
  double alpha = 1e-3;          ///< level of a claim
  std::uint32_t suspects = 20;  ///< models that will be tested; each at alpha / suspects
  std::uint32_t pool = 0;       ///< candidate keys M
  std::uint32_t images_per_class = 200;
  std::optional<Digest> pictures = {};  ///< of the test pictures that were named before the draw, with their classes
};

/// Plan::format of records that come as a stream: such a plan has no items.
inline constexpr std::string_view kTextStream = "text-stream";

/// Options by long name, sorted; what changes output bytes.
using Settings = std::vector<std::pair<std::string, std::string>>;

/// Everything a release is determined by, before the draw: a pure function of key, input bytes and arguments.
struct Plan {
  std::string release_name;
  std::string name_token;
  std::string format;  ///< row of the data set format table
  std::string method;
  Settings parameters;             ///< of the method
  Settings output;                 ///< of the loop: budget, output format, splits
  std::vector<PlanClass> classes;  ///< sorted by UTF-8 bytes
  std::uint32_t spare_slots = 16;  ///< marks kept for classes that come later
  TestPlan test;
  std::optional<BeaconPromise> beacon;
  std::vector<PlanItem> items;
  std::vector<Companion> companions;

  // Derived by complete_plan() and parse_plan().
  Digest item_root{};
  ReleaseId id{};
  Digest commitment_1{};
  Digest hash{};  ///< of the plan file's bytes
};

/// Pool size such that the smallest p, 1 / (M x K!), is at most alpha / suspects (notes: 20 keys from 8 classes on,
/// else at least 200).
std::uint32_t default_pool(std::uint32_t classes, double alpha, std::uint32_t suspects);

/// Fills the derived members. Error(plan_power) when the pool is too small for alpha and suspects, unless the method
/// makes no claim (`claims` false).
void complete_plan(Plan& plan, const OwnerKey& key, bool claims);

/// The plan file: JSON lines, sealed (docs/formats.md, "Plan").
std::string format_plan(Plan& plan, const OwnerKey& key);
/// Reads and checks one: Error(plan_format), (key_wrong).
Plan parse_plan(std::string_view text, const OwnerKey& key);

/// Keys of the release of a plan by its first line alone. Error(plan_format), (key_wrong).
ReleaseKeys plan_keys(std::string_view first_line, const OwnerKey& key);
/// Takes a plan file of so many bytes piece by piece: Plan::hash.
FieldDigest plan_file_digest(std::uint64_t bytes);

/// What a plan shows without a key.
struct PlanSummary {
  std::string release;  ///< hexadecimal id
  std::string name_token;
  std::uint64_t items = 0;
  std::string commitment_1;
  std::optional<BeaconPromise> beacon;
};
PlanSummary summarise_plan(std::string_view text);

/// The draw of a plan. Error(beacon) when the plan promises a beacon and none is given, or the other way round, or the
/// round is another.
Draw draw_plan(const Plan& plan, const ReleaseKeys& keys, const std::optional<BeaconRound>& beacon);

/// Leaf of an item in the root of its plan; of a withdrawn item, what was left of it.
Digest plan_leaf(const PlanItem& item, const NameKeys& names);

/// Keyed hash of an item's stored bytes.
Digest input_digest(ByteView stored, const NameKeys& keys);
Digest input_digest(const LaneHashes& lanes, std::uint64_t bytes, const NameKeys& keys);

/// Shard 1..count of an item: by a hash of its id, so that adding items moves none; items of one unit by the unit's.
std::uint32_t shard_of(std::string_view id, std::uint32_t count);
std::uint32_t shard_of(const PlanItem& item, std::uint32_t count);

}  // namespace wardmark
