#pragma once
#include "core/bytes.h"

namespace wardmark {

/// `first` followed by `second`, copied as blocks: a vector with our allocator inserts byte by byte.
Bytes joined(ByteView first, ByteView second);

/// Adds `more` at the end of `bytes`.
void append(Bytes& bytes, ByteView more);

}  // namespace wardmark
