#include "cli/study_preview.h"

#include <algorithm>
#include <cstdio>

#include "core/error.h"
#include "io/atomic_file.h"
#include "io/item_id.h"
#include "io/png_codec.h"
#include "perturb/tone.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;

constexpr int kGap = 4;          // pixels between the pictures
constexpr int kEnlargement = 8;  // of the difference

/// The frame in the middle, samples 0..65535 whatever the depth.
struct View {
  Image image;
  int sample(int y, std::size_t i) const {
    return image.bits() == 16 ? image.row<std::uint16_t>(y)[i] : image.row<std::uint8_t>(y)[i] * 257;
  }
};

View view_of_middle(const Picture& picture, const Image& image) {
  const int frame = picture.frames / 2;
  return {frame_view(picture, image, frame)};
}

std::uint8_t eight_bits(int sample) { return static_cast<std::uint8_t>((sample + 128) / 257); }

/// The panels side by side; `difference` is of the first two.
Image side_by_side(const std::vector<View>& views) {
  const Image& first = views.front().image;
  const bool pair = views.size() == 2;
  const int panels = pair ? 3 : 1;
  Image out(first.width() * panels + kGap * (panels - 1), first.height(), first.channels(), 8);
  std::ranges::fill(out.raw(), std::uint8_t{255});
  const std::size_t n = first.row_samples();
  const std::size_t step = n + static_cast<std::size_t>(kGap * first.channels());
  for (int y = 0; y < first.height(); ++y) {
    std::uint8_t* const row = out.row<std::uint8_t>(y);
    for (std::size_t i = 0; i < n; ++i) {
      const int before = views[0].sample(y, i);
      row[i] = eight_bits(before);
      if (!pair) continue;
      const int after = views[1].sample(y, i);
      row[step + i] = eight_bits(after);
      row[2 * step + i] = eight_bits(std::clamp(32768 + kEnlargement * (after - before), 0, 65535));
    }
  }
  return out;
}

Image preview_of(const StudyListing& listing, std::size_t i) {
  const ListedInstance& instance = listing.instances[i];
  const Picture before = listing.reader->decode(instance.place, listing.reader->fetch(instance.place));
  std::vector<View> views = {view_of_middle(before, before.image)};
  if (instance.clinical) {
    const std::size_t there = *instance.counterpart;
    const Picture after = listing.release->decode(there, listing.release->fetch(there));
    views.push_back(view_of_middle(before, after.image));
  }
  return side_by_side(views);
}

/// What is shown of a series: the end of a name, and the place of an instance.
std::vector<std::pair<std::string, std::size_t>> chosen(const StudyListing& listing,
                                                        const std::vector<std::size_t>& members) {
  if (const auto both = worst_and_median(listing.instances, members)) {
    std::vector<std::pair<std::string, std::size_t>> out = {{"-worst", both->first}};
    if (both->second != both->first) out.emplace_back("-median", both->second);
    return out;
  }
  std::vector<std::size_t> images;
  std::ranges::copy_if(members, std::back_inserter(images), [&](std::size_t i) {
    return listing.instances[i].facts.fate == Fate::protect && listing.instances[i].facts.pixels;
  });
  if (listing.release || images.empty()) return {};
  return {{"", images[images.size() / 2]}};
}

}  // namespace

std::size_t write_previews(const fs::path& folder, const ListingArgs& args, const StudyListing& listing) {
  const DatasetOptions new_folder;
  check_output_place(args.path, folder, new_folder);
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw Error(Code::write_failed, shown(folder) + ": " + error.message());
  std::size_t written = 0;
  const auto series = series_of(listing.instances);
  for (std::size_t s = 0; s < series.size(); ++s) {
    for (const auto& [end, place] : chosen(listing, series[s])) {
      char number[32];
      std::snprintf(number, sizeof number, "series-%02zu", s + 1);
      write_file(folder / (number + end + ".png"), encode_plain_png(preview_of(listing, place)), 0600);
      ++written;
    }
  }
  return written;
}

}  // namespace wardmark
