#pragma once
#include <array>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "core/image.h"
#include "io/atomic_file.h"
#include "io/codec.h"
#include "perturb/method.h"

/// Pictures and inputs that several tests use.
namespace wardmark::testing {

/// Smooth waves of several lengths with some noise on top; the same on every machine (integers only).
inline Image waves(int width, int height, int channels, int bits, bool alpha = false, std::uint32_t seed = 1) {
  const auto triangle = [](std::int64_t x, std::int64_t period) {  // 0..1000
    const std::int64_t r = ((x % period) + period) % period;
    return 2000 * (r < period - r ? r : period - r) / period;
  };
  Image image(width, height, channels, bits, alpha);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < channels; ++c) {
        seed = seed * 1664525u + 1013904223u;
        std::int64_t v = 100 + 3 * triangle(7 * x + 3 * y + 50 * c, 1303) / 10 + 2 * triangle(9 * y - 4 * x, 317) / 10 +
                         triangle(11 * x + c, 97) / 10 + (seed >> 25);  // 100..827
        const int shift = bits == 16 ? 6 : 0;
        v = bits == 16 ? v << shift : v / 4;
        if (bits == 16) {
          image.row<std::uint16_t>(y)[x * channels + c] = static_cast<std::uint16_t>(v);
        } else {
          image.row<std::uint8_t>(y)[x * channels + c] = static_cast<std::uint8_t>(v);
        }
      }
    }
  }
  return image;
}

inline Subkey test_key(std::uint8_t number) {
  std::array<std::uint8_t, 32> bytes{};
  bytes[0] = number;
  return Subkey(bytes);
}

inline PrepareInput two_classes(std::uint8_t key = 1, Parameters parameters = {}) {
  PrepareInput input;
  input.pool_key = test_key(key);
  input.classes = {"cat", "dog"};
  input.slots = {4, 2};
  input.items = 8;
  input.parameters = std::move(parameters);
  return input;
}

/// Sample (x, y, c) whatever the depth.
inline int sample(const Image& image, int x, int y, int c) {
  const int i = x * image.channels() + c;
  return image.bits() == 16 ? image.row<std::uint16_t>(y)[i] : image.row<std::uint8_t>(y)[i];
}

inline std::filesystem::path data_path(const std::string& name) { return std::filesystem::path(WARDMARK_DATA) / name; }

/// Pixels of a photograph among the real material, or an empty image where it is not there.
inline Image photo(const std::string& name) {
  const std::filesystem::path path = data_path("photos/" + name);
  if (!std::filesystem::exists(path)) return {};
  const Bytes bytes = read_file(path);
  return codec_for(bytes).decode(bytes, CodecLimits{}).image;
}

struct CifarRecord {
  int label = 0;
  Image image;
};

/// Up to `count` CIFAR-10 training pictures, or none where the material is not there.
inline std::vector<CifarRecord> cifar(std::size_t count) {
  std::vector<CifarRecord> records;
  const std::filesystem::path path = data_path("cifar10/train_6000.bin.xz");
  if (!std::filesystem::exists(path)) return records;
  std::FILE* pipe = popen(("xz -dc '" + path.string() + "' 2>/dev/null").c_str(), "r");
  std::array<std::uint8_t, 3073> record{};
  while (pipe != nullptr && records.size() < count && std::fread(record.data(), record.size(), 1, pipe) == 1) {
    Image image(32, 32, 3, 8);
    for (int y = 0; y < 32; ++y) {
      for (int x = 0; x < 32; ++x) {
        for (int c = 0; c < 3; ++c) {
          image.row<std::uint8_t>(y)[3 * x + c] = record[static_cast<std::size_t>(1 + 1024 * c + 32 * y + x)];
        }
      }
    }
    records.push_back({record[0], std::move(image)});
  }
  if (pipe != nullptr) pclose(pipe);
  return records;
}

}  // namespace wardmark::testing
