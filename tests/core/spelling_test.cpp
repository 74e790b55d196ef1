#include "core/spelling.h"

#include <doctest/doctest.h>

using namespace wardmark;

TEST_CASE("distance of names") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("", "cuda") == 4);
  CHECK(edit_distance("cuda", "cuda") == 0);
  CHECK(edit_distance("coda", "cuda") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("sitting", "kitten") == 3);
  CHECK(edit_distance("jpg", "jpeg") == 1);
}
