#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/// Where words are in 64 bytes of any text, and what tells one from another: the inner loop of the search. A word is a
/// run of ASCII letters and bytes of 0x80 or above; ASCII case does not count.
namespace wardmark {

inline constexpr std::size_t kLongWord = 64;  // no list has one as long
inline constexpr std::uint64_t kStart = 0xCBF29CE484222325u;
inline constexpr std::uint64_t kMix = 0x9E3779B97F4A7C15u;

inline bool part_of_word(std::uint8_t c) { return static_cast<std::uint8_t>((c | 0x20) - 'a') < 26 || c >= 0x80; }

/// Behind a backslash: a line end or tab in JSON.
inline bool line_letter(std::uint8_t c) { return c == 'n' || c == 'r' || c == 't'; }

inline std::uint64_t eight(const std::uint8_t* bytes) {
  std::uint64_t block = 0;
  std::memcpy(&block, bytes, 8);
  return block;
}

/// Bytes below 0x80 with the bit set that tells small letters from capitals.
inline std::uint64_t small(std::uint64_t bytes) { return bytes | (~bytes & 0x8080808080808080u) >> 2; }

/// Of the bytes of a word, ASCII capitals as small letters. The word is `size` bytes at `from` inside 64 bytes, all of
/// which may be read.
inline std::uint64_t word_hash(const std::uint8_t* bytes, std::size_t from, std::size_t size) {
  const std::uint8_t* word = bytes + from;
  std::uint64_t hash = kStart ^ size;
  std::size_t left = size;
  for (; left >= 8; left -= 8, word += 8) {
    hash = (hash ^ small(eight(word))) * kMix;
    hash ^= hash >> 29;
  }
  std::uint64_t block = 0;
  if (left > 0) {
    const std::size_t spare = 8 * (8 - left);  // bits
    block = from + size >= 8 ? eight(word + left - 8) >> spare : eight(word) << spare >> spare;
  }
  hash = (hash ^ small(block)) * kMix;
  return hash ^ hash >> 32;
}

inline std::uint64_t word_hash(std::string_view word) {
  std::array<std::uint8_t, kLongWord> bytes{};
  std::copy_n(word.begin(), std::min(word.size(), bytes.size()), bytes.begin());
  return word_hash(bytes.data(), 0, std::min(word.size(), bytes.size()));
}

/// Of 64 bytes: which belong to words, which are capitals, which are backslashes; bit i is byte i.
struct Classes {
  std::uint64_t letters = 0;
  std::uint64_t capitals = 0;
  std::uint64_t slashes = 0;
};

inline Classes classes_of(const std::uint8_t* bytes) {
  Classes classes;
#if defined(__SSE2__)
  for (int part = 0; part < 4; ++part) {
    const __m128i c = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + 16 * part));
    const auto between = [](__m128i v, char low, char high) {  // of bytes below 0x80; those above count as negative
      return _mm_and_si128(_mm_cmpgt_epi8(v, _mm_set1_epi8(static_cast<char>(low - 1))),
                           _mm_cmplt_epi8(v, _mm_set1_epi8(static_cast<char>(high + 1))));
    };
    const auto bits = [&](__m128i v) {
      return static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm_movemask_epi8(v))) << (16 * part);
    };
    const __m128i small = between(_mm_or_si128(c, _mm_set1_epi8(0x20)), 'a', 'z');
    classes.letters |= bits(_mm_or_si128(small, c));  // the top bit of c itself: 0x80 and above
    classes.capitals |= bits(between(c, 'A', 'Z'));
    classes.slashes |= bits(_mm_cmpeq_epi8(c, _mm_set1_epi8('\\')));
  }
#else
  for (unsigned i = 0; i < 64; ++i) {
    const std::uint64_t bit = std::uint64_t{1} << i;
    if (part_of_word(bytes[i])) classes.letters |= bit;
    if (bytes[i] >= 'A' && bytes[i] <= 'Z') classes.capitals |= bit;
    if (bytes[i] == '\\') classes.slashes |= bit;
  }
#endif
  return classes;
}

/// The lowest n bits.
inline std::uint64_t low_bits(unsigned n) { return n >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << n) - 1; }

}  // namespace wardmark
