#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/key.h"

namespace wardmark {

/// The pattern in which the two versions of an item differ, +1 or -1 a pixel, row by row: bits of the words of
/// Stream(derive(pool key, "twin-pattern"), "pattern", id), lowest bit first, 1 being +1. Both versions come from one
/// distribution: one is the other upside down (docs/formats.md, "Twins").
std::vector<std::int8_t> twin_pattern(const Subkey& pool_key, std::string_view id, std::size_t pixels);

}  // namespace wardmark
