#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/bytes.h"

namespace wardmark {

/// Pictures of one size with their classes, as networks are trained on them: what a data set becomes once its files are
/// decoded and brought to the training size. 8 bits a sample; deeper pictures were scaled down with rounding.
struct PixelSet {
  int height = 0;
  int width = 0;
  int channels = 0;                  ///< 1 or 3
  Bytes samples;                     ///< items x height x width x channels
  std::vector<std::int64_t> labels;  ///< index into `classes`, one an item
  std::vector<std::string> classes;  ///< sorted by bytes
  std::vector<std::string> ids;      ///< item ids, one an item; empty where there are none

  std::size_t size() const { return labels.size(); }
  std::size_t item_samples() const {
    return static_cast<std::size_t>(height) * static_cast<std::size_t>(width) * static_cast<std::size_t>(channels);
  }
  ByteView item(std::size_t i) const { return ByteView(samples).subspan(i * item_samples(), item_samples()); }
  bool same_shape(const PixelSet& other) const {
    return height == other.height && width == other.width && channels == other.channels;
  }
};

}  // namespace wardmark
