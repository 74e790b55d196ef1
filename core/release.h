#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/key.h"

namespace wardmark {

using ReleaseId = std::array<std::uint8_t, 16>;

/// Keys that exist before a release is planned: they hash its inputs.
struct NameKeys {
  explicit NameKeys(const Subkey& name_key);
  Subkey name_key;
  Subkey input;  ///< keyed hash of input bytes: a guessable file cannot be looked up in a published record
  Subkey leaf;   ///< salt of an item's leaf, so that single items can be withheld later
};

/// Keys of one release: they follow from the name key and the release id.
struct ReleaseKeys {
  ReleaseKeys(const Subkey& name_key, const ReleaseId& id);
  Subkey salt;       ///< of commitment 1
  Subkey pool_root;  ///< all candidate keys and the draw
  Subkey seal;       ///< encrypts plan and manifest lines
  Subkey mac;        ///< seals whole files
  Subkey uids;       ///< maps DICOM unique identifiers
};

/// The drawn key and assignment of a release. Only the draw is random under the null hypothesis, so everything a test
/// ranks comes from it: pool index, class-to-slot permutation, coins.
struct Draw {
  std::uint32_t pool_index = 0;
  std::vector<std::uint32_t> slots;  ///< slots[c] = slot of class c, a uniform permutation of 0..classes-1
  Subkey pool_key;                   ///< candidate key number pool_index
  Subkey coins;                      ///< keyed coins, by item or unit
};

/// Candidate key j of the pool.
Subkey pool_key(const Subkey& pool_root, std::uint32_t j);

/// Draw key D = keyed hash(pool_root, kind, value, commitment 1), expanded with the rules of core/random.h:
/// `pool_index` uniform below `pool`, then the assignment uniform over all permutations. `beacon` empty: the owner's
/// own draw.
Draw draw_release(const Subkey& pool_root, const Digest& commitment_1, const std::optional<std::string>& beacon,
                  std::uint32_t pool, std::uint32_t classes);

/// Which of two versions of `unit` is published, 0 or 1, evenly: Stream(coins, "twin", unit).below(2). Independent of
/// pool index and slots.
int twin_coin(const Draw& draw, std::string_view unit);

/// Slots behind those of the draw in the order in which a class that comes later tries them: the first that no other
/// class has is its own. The same whatever else comes, and when.
std::vector<std::uint32_t> spare_slots(const Draw& draw, std::string_view class_name, std::uint32_t spare);

/// One round of a public randomness beacon as its JSON says it (drand: round, randomness, signature).
struct BeaconRound {
  std::uint64_t round = 0;
  std::string randomness;  ///< lower-case hexadecimal
  /// What enters the draw: "NETWORK:ROUND:RANDOMNESS".
  std::string value(std::string_view network) const;
};
/// Parses and checks offline that randomness = SHA-256(signature). The signature itself is checked by whoever holds the
/// network's public key. Error(beacon).
BeaconRound parse_beacon(std::string_view text);

}  // namespace wardmark
