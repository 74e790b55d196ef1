#include "perturb/class_texture.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "pictures.h"

using namespace wardmark;
using namespace wardmark::testing;

namespace {

std::string drawn(const ClassTexture& texture, int side = 48) {
  std::string text;
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) text += texture.at(x, y) > 0 ? '#' : '.';
  }
  return text;
}

}  // namespace

TEST_CASE("no two slots share a texture, and other keys give others") {
  std::set<std::string> seen;
  for (std::uint32_t slot = 0; slot < 400; ++slot) {
    const ClassTexture texture = keyed_texture(test_key(1), slot);
    CHECK(texture.waves.size() == (slot < 8 ? 1u : slot < 64 ? 2u : 3u));
    CHECK(seen.insert(drawn(texture)).second);
  }
  CHECK(drawn(keyed_texture(test_key(1), 3)) == drawn(keyed_texture(test_key(1), 3)));
  CHECK(drawn(keyed_texture(test_key(1), 3)) != drawn(keyed_texture(test_key(2), 3)));
}

TEST_CASE("waves are short and balanced") {
  for (std::uint32_t slot = 0; slot < 8; ++slot) {
    const ClassTexture texture = keyed_texture(test_key(3), slot);
    const auto& wave = texture.waves.front();
    CHECK(std::max(wave.across, wave.down) >= 65536 / 3);
    CHECK(std::min(wave.across, wave.down) >= 65536 / 4);
    CHECK(std::max(wave.across, wave.down) <= 65536 / 2);
    int sum = 0;
    for (int y = 0; y < 48; ++y) {
      for (int x = 0; x < 48; ++x) sum += texture.at(x, y);
    }
    // A period of 3 holds one sign twice.
    CHECK(std::abs(sum) <= 48 * 48 / 3 + 48);
  }
}

TEST_CASE("the first slots have no period of 4 px, in an order that goes by the key") {
  std::set<std::string> first;
  for (std::uint8_t key = 1; key <= 20; ++key) {
    std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
    for (std::uint32_t slot = 0; slot < 8; ++slot) {
      const ClassTexture::Wave wave = keyed_texture(test_key(key), slot).waves.front();
      CHECK((std::min(wave.across, wave.down) > 65536 / 4) == (slot < 4));
      seen.emplace(wave.across, wave.down);
      if (slot == 0) first.insert(std::to_string(wave.across) + "," + std::to_string(wave.down));
    }
    CHECK(seen.size() == 8);
  }
  CHECK(first.size() == 4);
}

TEST_CASE("one texture by hand: the phase goes on by its steps") {
  ClassTexture texture;
  texture.waves = {{32768, 0, 0}};
  CHECK(texture.at(0, 0) == 1);
  CHECK(texture.at(1, 0) == -1);
  CHECK(texture.at(2, 5) == 1);
  texture.waves = {{0, 21845, 0}, {32768, 0, 0}};
  CHECK(texture.at(0, 0) == 1);
  CHECK(texture.at(0, 1) == 1);   // 21845 < 32768
  CHECK(texture.at(0, 2) == -1);  // 43690
  CHECK(texture.at(8, 0) == 1);   // the second band: columns
  CHECK(texture.at(9, 0) == -1);
}
