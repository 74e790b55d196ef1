#include "perturb/tone.h"

#include <doctest/doctest.h>

#include "core/budget.h"
#include "core/error.h"
#include "perturb/apply.h"
#include "perturb/network_view.h"

using namespace wardmark;

namespace {

/// Raises everything it sees by half the range.
class Raise final : public Protector {
 public:
  int train_side(int, int) const override { return 8; }
  Planes protect(const Planes& picture, const ItemContext&, std::optional<Note>&) const override {
    Planes out = picture;
    for (float& v : out.v) v += picture.full_range / 2;
    return out;
  }
};

Picture ramp(int frames) {
  Picture picture;
  picture.frames = frames;
  picture.image = Image(32, 16 * frames, 1, 16);
  for (int y = 0; y < picture.image.height(); ++y) {
    for (int x = 0; x < 32; ++x) picture.image.row<std::uint16_t>(y)[x] = static_cast<std::uint16_t>(1000 + 10 * x);
  }
  FrameTone tone;
  tone.black = 1000;
  tone.white = 1400;
  tone.most = 7;
  tone.free = {{1001, 1099}, {1120, 1309}};
  picture.tones.assign(static_cast<std::size_t>(frames), tone);
  return picture;
}

}  // namespace

TEST_CASE("the middle frame stands for all") {
  Picture three = ramp(3);
  three.image.row<std::uint16_t>(16)[5] = 77;
  three.tones[1].black = 990;
  const Picture one = middle_frame(three);
  CHECK(one.frames == 1);
  CHECK(one.image.height() == 16);
  CHECK(one.image.row<std::uint16_t>(0)[5] == 77);
  REQUIRE(one.tones.size() == 1);
  CHECK(one.tones[0].black == 990);
}

TEST_CASE("networks see a frame through its tone, turned over where it is inverted") {
  Picture two = ramp(2);
  two.image.row<std::uint16_t>(16)[0] = 1200;
  std::vector<std::uint8_t> seen(std::size_t{32} * 16);
  network_view(two, two.image, 1, 32, 16, 1, seen.data());
  CHECK(seen[0] == 128);  // half way from 1000 to 1400
  CHECK(seen[1] == 6);    // 10 of 400
  CHECK(seen[31] == 198);
  two.inverted = true;
  network_view(two, two.image, 1, 32, 16, 1, seen.data());
  CHECK(seen[0] == 127);
  CHECK(seen[31] == 57);
}

TEST_CASE("a view spreads black to white over the full range") {
  const Picture picture = ramp(1);
  const Image view = view_of(picture);
  CHECK(view.row<std::uint16_t>(0)[0] == 0);
  CHECK(view.row<std::uint16_t>(0)[20] == 32768);
  CHECK(view.same_shape(picture.image));
}

TEST_CASE("a change under tones keeps the bound, the spans and every frame alike, at any training size") {
  for (const int frames : {1, 3}) {
    const Picture picture = ramp(frames);
    const Applied applied = apply(picture, Raise(), {"a", 0, 0, 0, 0});
    CHECK_FALSE(applied.left);
    CHECK(applied.change.max_abs == 7);
    CHECK(applied.change.full_range == 400);
    for (int y = 0; y < picture.image.height(); ++y) {
      for (int x = 0; x < 32; ++x) {
        const int before = picture.image.row<std::uint16_t>(y)[x];
        const int after = applied.image.row<std::uint16_t>(y)[x];
        CAPTURE(before);
        const bool free = (before >= 1001 && before <= 1099) || (before >= 1120 && before <= 1309);
        if (!free) CHECK(after == before);
        if (free) CHECK(after <= (before <= 1099 ? 1099 : 1309));
        CHECK(after >= before);
        CHECK(after - before <= 7);
        CHECK(after == applied.image.row<std::uint16_t>(y % 16)[x]);
      }
    }
  }
}

TEST_CASE("clinical bounds are read with their unit") {
  CHECK(*parse_clinical("--epsilon", "4HU") == Amount{4, Unit::hounsfield});
  CHECK(*parse_clinical("--epsilon", "1%window") == Amount{0.01, Unit::window});
  CHECK(*parse_clinical("--epsilon", "8/255window") == Amount{8.0 / 255.0, Unit::window});
  CHECK(*parse_clinical("--max-change", "12stored") == Amount{12, Unit::stored});
  CHECK(*parse_clinical("--epsilon", "2/255..4/255window") == Amount{2.0 / 255.0, Unit::window, 4.0 / 255.0});
  CHECK(*parse_clinical("--epsilon", "1..2%window") == Amount{0.01, Unit::window, 0.02});
  for (const char* text : {"2..1HU", "..1HU", "1..HU", "1..1HU", "0..1HU", "1...2HU"}) {
    CHECK_THROWS_AS(parse_clinical("--epsilon", text), Error);
  }
  CHECK_FALSE(parse_clinical("--epsilon", "8/255"));
  for (const char* text : {"HU", "0HU", "-1HU", "x%window", "1/0window", "nanHU", "1e9HU"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_clinical("--epsilon", text), Error);
  }
}
