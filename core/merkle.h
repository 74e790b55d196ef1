#pragma once
#include <cstddef>
#include <span>

#include "core/key.h"

namespace wardmark {

/// Root of a hash tree in the shape of RFC 6962: a list of n > 1 leaves splits at the largest power of two below n; a
/// node is BLAKE2b-256("merkle-node", left, right), the empty list is BLAKE2b-256("merkle-empty"). Leaves are digests
/// already. Any single leaf can be withheld or proved without the others. Cost: n hashes.
Digest merkle_root(std::span<const Digest> leaves);

}  // namespace wardmark
