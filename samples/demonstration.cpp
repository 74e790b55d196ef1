#include "samples/demonstration.h"

#include <atomic>
#include <cstdio>
#include <exception>
#include <thread>

#include "samples/canvas.h"
#include "samples/pictures.h"
#include "samples/writers.h"

namespace wardmark::samples {
namespace {

constexpr PictureClass kClasses[] = {
    {"chest-xray", Storage::png_grey8, false, draw_chest}, {"fabric", Storage::jpeg_rgb8, true, draw_fabric},
    {"head-ct", Storage::png_grey16, false, draw_head},    {"marble", Storage::png_rgb8, true, draw_marble},
    {"spine-mr", Storage::png_grey16, false, draw_spine},  {"wood", Storage::jpeg_rgb8, true, draw_wood},
};

Raster stored(const Canvas& canvas, int bits) {
  Raster raster{canvas.width, canvas.height, canvas.channels, bits, {}};
  const float range = bits == 16 ? 65535.0f : 255.0f;
  raster.v.reserve(canvas.v.size());
  for (const float value : canvas.v) raster.v.push_back(static_cast<std::uint16_t>(value * range + 0.5f));
  return raster;
}

/// FNV-1a over the samples.
std::uint64_t checksum(const Raster& raster) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const std::uint16_t sample : raster.v) hash = (hash ^ sample) * 0x100000001b3u;
  return hash;
}

/// Draws and writes one picture; the checksum of its samples as drawn.
std::uint64_t make(const Order& order, const PictureClass& kind, std::uint32_t number) {
  const bool colour = kind.storage == Storage::png_rgb8 || kind.storage == Storage::jpeg_rgb8;
  Canvas canvas(kind.landscape ? order.size * 5 / 4 : order.size, kind.landscape ? order.size * 15 / 16 : order.size,
                colour ? 3 : 1);
  kind.draw(canvas, number);
  const Raster raster = stored(canvas, kind.storage == Storage::png_grey16 ? 16 : 8);
  const bool jpeg = kind.storage == Storage::jpeg_rgb8;
  char name[32];
  std::snprintf(name, sizeof name, "%03u.%s", number + 1, jpeg ? "jpg" : "png");
  const auto path = order.folder / kind.name / name;
  if (jpeg) {
    write_jpeg(path, raster);
  } else {
    write_png(path, raster);
  }
  return checksum(raster);
}

}  // namespace

std::span<const PictureClass> classes() { return kClasses; }

Made draw_demonstration(const Order& order) {
  for (const PictureClass& kind : kClasses) std::filesystem::create_directories(order.folder / kind.name);
  const std::uint32_t total = static_cast<std::uint32_t>(std::size(kClasses)) * order.per_class;
  std::atomic<std::uint32_t> next{0};
  std::atomic<std::uint64_t> sum{0};
  std::exception_ptr failure;
  std::atomic_flag failed;
  const auto work = [&] {
    try {
      for (std::uint32_t i = next++; i < total; i = next++) {
        // Every picture adds its checksum times its place, so that swapped pictures show.
        sum += make(order, kClasses[i / order.per_class], i % order.per_class) * (2u * i + 1u);
      }
    } catch (...) {
      if (!failed.test_and_set()) failure = std::current_exception();
      next = total;
    }
  };
  std::vector<std::thread> crew;
  for (unsigned i = 1; i < std::thread::hardware_concurrency(); ++i) crew.emplace_back(work);
  work();
  for (std::thread& thread : crew) thread.join();
  if (failure) std::rethrow_exception(failure);
  return {total, sum};
}

}  // namespace wardmark::samples
