#include "evaluate/pixels.h"

#include <cstring>

namespace wardmark {

std::span<std::uint8_t> item_of(PixelSet& set, std::size_t i) {
  return std::span(set.samples).subspan(i * set.item_samples(), set.item_samples());
}

PixelSet with_size(const PixelSet& set, int height, int width) {
  PixelSet out;
  out.height = height;
  out.width = width;
  out.channels = set.channels;
  out.labels = set.labels;
  out.classes = set.classes;
  out.ids = set.ids;
  out.samples.resize(set.size() * out.item_samples());
  return out;
}

torch::Tensor stored_samples(const PixelSet& set) {
  // from_blob takes no const; nothing here writes through the view.
  return torch::from_blob(const_cast<std::uint8_t*>(set.samples.data()),
                          {static_cast<std::int64_t>(set.size()), set.height, set.width, set.channels}, torch::kUInt8);
}

torch::Tensor pictures_of(const PixelSet& set, const torch::Tensor& rows) {
  return stored_samples(set).index_select(0, rows).permute({0, 3, 1, 2}).to(torch::kFloat32).contiguous().div_(255.0);
}

torch::Tensor pictures_of(const PixelSet& set, std::int64_t first, std::int64_t count) {
  return pictures_of(set, torch::arange(first, first + count, torch::kInt64));
}

void store_pictures(PixelSet& set, const torch::Tensor& rows, const torch::Tensor& pictures) {
  const torch::Tensor levels =
      pictures.mul(255.0).add_(0.5).floor_().clamp_(0, 255).to(torch::kUInt8).permute({0, 2, 3, 1}).contiguous().cpu();
  const torch::Tensor places = rows.cpu().contiguous();
  const std::int64_t* place = places.data_ptr<std::int64_t>();
  const std::uint8_t* from = levels.data_ptr<std::uint8_t>();
  for (std::int64_t i = 0; i < places.numel(); ++i, from += set.item_samples())
    std::memcpy(item_of(set, static_cast<std::size_t>(place[i])).data(), from, set.item_samples());
}

torch::Tensor rows_of_class(const PixelSet& set, std::int64_t label) {
  std::vector<std::int64_t> rows;
  for (std::size_t i = 0; i < set.size(); ++i) {
    if (set.labels[i] == label) rows.push_back(static_cast<std::int64_t>(i));
  }
  return torch::tensor(rows, torch::kInt64);
}

}  // namespace wardmark
