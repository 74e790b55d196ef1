#include "round_trip.h"

/// A whole file.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  wardmark::round_trip(*wardmark::find_codec("tiff"), {data, size});
  return 0;
}
