#include "core/merkle.h"

#include <bit>

namespace wardmark {

Digest merkle_root(std::span<const Digest> leaves) {
  if (leaves.empty()) return digest(nullptr, "merkle-empty", {});
  if (leaves.size() == 1) return leaves.front();
  const std::size_t split = std::bit_floor(leaves.size() - 1);
  const Digest left = merkle_root(leaves.first(split));
  const Digest right = merkle_root(leaves.subspan(split));
  return digest(nullptr, "merkle-node", {left, right});
}

}  // namespace wardmark
