#include "core/merkle.h"

#include <bit>

namespace wardmark {
namespace {

Digest node(const Digest& left, const Digest& right) { return digest(nullptr, "merkle-node", {left, right}); }

}  // namespace

Digest merkle_root(std::span<const Digest> leaves) {
  if (leaves.empty()) return digest(nullptr, "merkle-empty", {});
  if (leaves.size() == 1) return leaves.front();
  const std::size_t split = std::bit_floor(leaves.size() - 1);
  const Digest left = merkle_root(leaves.first(split));
  const Digest right = merkle_root(leaves.subspan(split));
  return node(left, right);
}

void MerkleTree::add(const Digest& leaf) {
  full_.push_back(leaf);
  // Two subtrees of one size make one of twice the size, as a carry does in binary counting.
  for (std::uint64_t carry = leaves_; carry & 1; carry >>= 1) {
    const Digest right = full_.back();
    full_.pop_back();
    full_.back() = node(full_.back(), right);
  }
  ++leaves_;
}

Digest MerkleTree::root() const {
  if (full_.empty()) return merkle_root({});
  Digest root = full_.back();
  for (std::size_t i = full_.size() - 1; i-- > 0;) root = node(full_[i], root);
  return root;
}

}  // namespace wardmark
