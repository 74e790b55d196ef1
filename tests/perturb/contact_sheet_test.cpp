#include "perturb/contact_sheet.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "perturb/apply.h"
#include "pictures.h"

using namespace wardmark;
using namespace wardmark::testing;

namespace {

Planes numbered(int width, int height) {
  Planes out{width, height, 1, 255.0f, {}};
  for (int i = 0; i < width * height; ++i) out.v.push_back(static_cast<float>(i));
  return out;
}

}  // namespace

TEST_CASE("pictures are turned upright") {
  // Stored 0 1 2 / 3 4 5.
  const Planes p = numbered(3, 2);
  using V = Raw<float>;
  CHECK(upright(p, 1).v == V{0, 1, 2, 3, 4, 5});
  CHECK(upright(p, 2).v == V{2, 1, 0, 5, 4, 3});
  CHECK(upright(p, 3).v == V{5, 4, 3, 2, 1, 0});
  CHECK(upright(p, 4).v == V{3, 4, 5, 0, 1, 2});
  CHECK(upright(p, 5).v == V{0, 3, 1, 4, 2, 5});
  CHECK(upright(p, 6).v == V{3, 0, 4, 1, 5, 2});
  CHECK(upright(p, 7).v == V{5, 2, 4, 1, 3, 0});
  CHECK(upright(p, 8).v == V{2, 5, 1, 4, 0, 3});
  CHECK(upright(p, 6).width == 2);
  CHECK(upright(p, 0).v == p.v);
}

TEST_CASE("a sheet of any pictures") {
  const MethodInfo& cuda = find_method("cuda");
  const auto protector = cuda.prepare(two_classes());
  std::vector<Image> originals;
  originals.push_back(waves(32, 32, 3, 8));
  originals.push_back(waves(1000, 300, 1, 16));
  originals.push_back(waves(300, 500, 4, 8, true));
  originals.push_back(waves(1, 1, 2, 8, true));
  std::vector<Applied> applied;
  for (const Image& image : originals) applied.push_back(apply(image, *protector, {"x", 0, 0, 4}));
  std::vector<SheetRow> rows;
  for (std::size_t i = 0; i < originals.size(); ++i) {
    rows.push_back({originals[i], applied[i].image, static_cast<int>(2 * i), "m\xc3\xbcsli",
                    "some/very/long/folder/name/that/will/not/fit/into/its/line/of/the/sheet/picture.png",
                    applied[i].change});
  }
  const Image sheet = contact_sheet(rows, "cuda, variant dc", 224);
  CHECK(sheet.width() == 760);
  CHECK(sheet.channels() == 3);
  const int grown = contact_sheet(rows, "", 224).height() - contact_sheet({}, "", 224).height();
  // 224 and 67 tall as stored; 300 x 500 kept upright, one pixel enlarged to the whole cell.
  CHECK(grown == 224 + 67 + 224 + 224 + 4 * 52);
  rows[1].orientation = 6;
  CHECK(contact_sheet(rows, "", 224).height() - contact_sheet({}, "", 224).height() == grown + 224 - 67);
  std::vector<SheetRow> many;
  for (int i = 0; i < 20; ++i) many.push_back(rows[0]);
  CHECK(contact_sheet(many, "", 64).height() - contact_sheet({}, "", 64).height() == 12 * (64 + 52));
}

TEST_CASE("cells show original, result and eight times the change around mid-grey") {
  Image before(64, 64, 3, 8);
  std::ranges::fill(before.raw(), std::uint8_t{100});
  Image after(64, 64, 3, 8);
  std::ranges::fill(after.raw(), std::uint8_t{105});
  const std::vector<SheetRow> rows = {{before, after, 1, "", "a", measure(before, after)}};
  const Image sheet = contact_sheet(rows, "", 64);
  const int y = 104 + 34 + 32;
  CHECK(sample(sheet, 32 + 32, y, 0) == 100);
  CHECK(sample(sheet, 32 + 64 + 12 + 32, y, 1) == 105);
  CHECK(sample(sheet, 32 + 2 * (64 + 12) + 32, y, 2) == 168);
}
