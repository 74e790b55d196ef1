#pragma once
#include <cstdint>
#include <functional>
#include <string_view>

#include "models/byte_level_bpe.h"

namespace wardmark {

/// The token between documents.
inline constexpr std::string_view kEndOfText = "<|endoftext|>";

/// Learns a byte-level vocabulary of `words` (257 to 65536: 256 bytes, merges, kEndOfText last) from texts, which
/// `each_text` hands out one by one: the pair that stands side by side most often becomes a word, over and over (arXiv
/// 1508.07909). Of equal counts the pair with the smaller ids goes first, so the result is a function of the texts
/// alone. Fewer words come out where no pair stands twice. Error(parameter). Cost: seconds for 10 MB; memory: the
/// distinct pieces of the texts.
ByteLevelModel train_byte_level_bpe(const std::function<void(const std::function<void(std::string_view)>&)>& each_text,
                                    std::int32_t words);

}  // namespace wardmark
