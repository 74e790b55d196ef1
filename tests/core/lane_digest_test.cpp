#include "core/lane_digest.h"

#include <doctest/doctest.h>
#include <sodium.h>

#include <algorithm>
#include <vector>

using namespace wardmark;

namespace {

Bytes pattern(std::size_t size) {
  Bytes out(size);
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::uint8_t>(i * 131 + i / 251);
  return out;
}

}  // namespace

TEST_CASE("lane hashes are BLAKE2b-256 of every eighth word, padded") {
  for (const std::size_t size : {0u, 1u, 8u, 31u, 1023u, 1024u, 1025u, 2048u, 9001u}) {
    CAPTURE(size);
    const Bytes samples = pattern(size);
    LaneHash whole;
    whole.add(samples);
    CHECK(whole.bytes() == size);
    const LaneHashes hashes = whole.finish();
    for (const std::size_t width : lane_widths()) {
      LaneHash other(width);
      other.add(samples);
      CHECK(other.finish() == hashes);
    }
    for (const std::size_t piece : {1u, 300u, 1024u, 2500u}) {
      LaneHash pieces;
      for (std::size_t at = 0; at < size; at += piece) {
        pieces.add(ByteView(samples).subspan(at, std::min(piece, size - at)));
      }
      CHECK(pieces.finish() == hashes);
    }
    Bytes padded = samples;
    padded.resize(std::max<std::size_t>(1, (size + 1023) / 1024) * 1024);
    std::fill(padded.begin() + static_cast<std::ptrdiff_t>(size), padded.end(), std::uint8_t{0});
    for (std::size_t lane = 0; lane < kDigestLanes; ++lane) {
      std::vector<std::uint8_t> words;
      for (std::size_t at = 8 * lane; at < padded.size(); at += 64) {
        words.insert(words.end(), padded.begin() + static_cast<std::ptrdiff_t>(at),
                     padded.begin() + static_cast<std::ptrdiff_t>(at) + 8);
      }
      Digest expected;
      crypto_generichash(expected.data(), expected.size(), words.data(), words.size(), nullptr, 0);
      CHECK(std::equal(expected.begin(), expected.end(), hashes.begin() + static_cast<std::ptrdiff_t>(32 * lane)));
    }
  }
}

TEST_CASE("every byte, the key, the purpose and the shape count") {
  Bytes samples = pattern(1300);
  const Subkey key(pattern(32));
  const Digest before = lane_digest(nullptr, "content", "s", samples);
  CHECK(before == lane_digest(nullptr, "content", "s", samples));
  CHECK(before != lane_digest(&key, "content", "s", samples));
  CHECK(before != lane_digest(nullptr, "other", "s", samples));
  CHECK(before != lane_digest(nullptr, "content", "t", samples));
  for (std::size_t i = 0; i < samples.size(); i += 7) {
    samples[i] ^= 1;
    CHECK(before != lane_digest(nullptr, "content", "s", samples));
    samples[i] ^= 1;
  }
}

TEST_CASE("known answer of tests/vectors/derivation.py") {
  CHECK(to_hex(lane_digest(nullptr, "content", "s", pattern(9001))) ==
        "81b2947af77972083c1dfa0767bf0817dc8fa201850cc9368e7e3fa61e83a34c");
}
