#pragma once
#include <cstddef>
#include <string_view>

namespace wardmark {

/// Insertions, deletions and exchanges of bytes that turn one name into the other: how a table finds what was meant.
/// Cost: the product of the lengths.
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace wardmark
