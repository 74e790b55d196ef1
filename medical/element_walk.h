#pragma once
#include <optional>

#include "core/bytes.h"

namespace wardmark {

/// Deepest nesting of sequences that is read.
inline constexpr int kDeepestNesting = 64;

/// Where an element lies in a file.
struct ElementPlace {
  std::size_t element = 0;  ///< its first byte
  std::size_t value = 0;
  std::size_t length = 0;  ///< of the value; encapsulated: of its items, without the delimiter
  bool encapsulated = false;
  std::size_t end = 0;           ///< first byte behind the element
  std::size_t group_length = 0;  ///< place of the value of (7FE0,0000), or 0
};

/// Walks the elements of a Part 10 file as bytes, without recursion and without allocating for a value, before DCMTK
/// sees it: DCMTK recurses once a level and allocates what a length announces. Error(dcm_005) where sequences are
/// nested deeper than kDeepestNesting, (dcm_002) where a length points beyond the end. What it does not understand it
/// leaves to DCMTK. `big_endian` and `implicit` are those of the data set, which begins at `at`. Returns where its own
/// Pixel Data lie, when there are one and no second.
std::optional<ElementPlace> check_structure(ByteView file, std::size_t at, bool implicit, bool big_endian);

/// The bytes of a deflated data set (RFC 1951). Error(dcm_002) when they are damaged, (dcm_006) when they grow beyond
/// `most` bytes.
Bytes inflate_dataset(ByteView deflated, std::size_t most);

}  // namespace wardmark
