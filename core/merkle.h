#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/key.h"

namespace wardmark {

/// Root of a hash tree in the shape of RFC 6962: a list of n > 1 leaves splits at the largest power of two below n; a
/// node is BLAKE2b-256("merkle-node", left, right), the empty list is BLAKE2b-256("merkle-empty"). Leaves are digests
/// already. Any single leaf can be withheld or proved without the others. Cost: n hashes.
Digest merkle_root(std::span<const Digest> leaves);

/// The same root of leaves that come one by one, in the memory of one digest per bit of their number.
class MerkleTree {
 public:
  void add(const Digest& leaf);
  std::uint64_t leaves() const { return leaves_; }
  Digest root() const;

 private:
  std::vector<Digest> full_;  ///< roots of the full subtrees, largest first: one per set bit of leaves_
  std::uint64_t leaves_ = 0;
};

}  // namespace wardmark
