#include "medical/value_scale.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcsequen.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace wardmark {
namespace {

constexpr std::size_t kMostWindows = 4;  // of a frame

DcmItem* first_item(DcmItem& item, const DcmTagKey& tag, unsigned long place = 0) {
  DcmSequenceOfItems* sequence = nullptr;
  if (item.findAndGetSequence(tag, sequence).bad() || sequence == nullptr) return nullptr;
  return place < sequence->card() ? sequence->getItem(place) : nullptr;
}

/// The item of a functional group macro for a frame: its own, the shared one, or the data set itself.
DcmItem& macro(DcmDataset& data, int frame, const DcmTagKey& tag) {
  DcmItem* own = first_item(data, DCM_PerFrameFunctionalGroupsSequence, static_cast<unsigned long>(frame));
  if (own != nullptr) {
    if (DcmItem* found = first_item(*own, tag)) return *found;
  }
  DcmItem* shared = first_item(data, DCM_SharedFunctionalGroupsSequence);
  if (shared != nullptr) {
    if (DcmItem* found = first_item(*shared, tag)) return *found;
  }
  return data;
}

Rescale rescale_of(DcmDataset& data, int frame) {
  DcmItem& item = macro(data, frame, DCM_PixelValueTransformationSequence);
  if (data.tagExists(DCM_ModalityLUTSequence)) return {};
  const bool present = !text_of(item, DCM_RescaleSlope).empty();
  if (!present) return {};
  const auto slope = decimal_of(item, DCM_RescaleSlope);
  if (!slope || *slope == 0.0) {
    throw Error(Code::dcm_039, "RescaleSlope is '" + text_of(item, DCM_RescaleSlope) + "'", "leave it out");
  }
  return {*slope, decimal_of(item, DCM_RescaleIntercept).value_or(0.0), true};
}

std::optional<SeriesView> window_of(DcmItem& item, std::size_t place) {
  const auto centre = decimal_of(item, DCM_WindowCenter, place);
  const auto width = decimal_of(item, DCM_WindowWidth, place);
  if (!centre || !width || !(*width >= 1.0)) return std::nullopt;
  // LINEAR maps centre - 0.5 +- (width - 1) / 2 to the ends (PS3.3 C.11.2.1.2).
  const double half = std::max(0.5, (*width - 1.0) / 2.0);
  return SeriesView{*centre - 0.5 - half, *centre - 0.5 + half};
}

/// Windows of a frame in their order, as far as they can be read.
std::vector<SeriesView> windows_of(DcmDataset& data, int frame) {
  DcmItem& item = macro(data, frame, DCM_FrameVOILUTSequence);
  std::vector<SeriesView> windows;
  while (const auto window = windows.size() < kMostWindows ? window_of(item, windows.size()) : std::nullopt) {
    windows.push_back(*window);
  }
  return windows;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[(values.size() - 1) / 2];
}

template <class T>
std::vector<std::uint64_t> histogram(const Image& image) {
  std::vector<std::uint64_t> counts(static_cast<std::size_t>(image.full_range()) + 1);
  const T* samples = image.row<T>(0);
  for (std::size_t i = 0; i < image.samples(); ++i) ++counts[samples[i]];
  return counts;
}

/// Sample values below which the shares `low` and `high` of all samples lie.
std::pair<int, int> percentiles(const Image& image, double low, double high) {
  const auto counts = image.bits() == 16 ? histogram<std::uint16_t>(image) : histogram<std::uint8_t>(image);
  const auto at = [&](double share) {
    const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(image.samples()));
    std::uint64_t seen = 0;
    for (std::size_t v = 0; v < counts.size(); ++v) {
      seen += counts[v];
      if (seen > wanted) return static_cast<int>(v);
    }
    return image.full_range();
  };
  return {at(low), at(high)};
}

}  // namespace

ValueScale read_scale(const DicomObject& object, const PixelFormat& format, const Image& image) {
  DcmDataset& data = object.data();
  ValueScale scale;
  DcmSequenceOfItems* groups = nullptr;
  if (data.findAndGetSequence(DCM_PerFrameFunctionalGroupsSequence, groups).good() && groups != nullptr &&
      groups->card() != static_cast<unsigned long>(format.frames)) {
    throw Error(Code::dcm_043,
                std::to_string(groups->card()) + " functional groups for " + std::to_string(format.frames) + " frames",
                "the file is inconsistent; leave it out");
  }
  std::vector<double> lows;
  std::vector<double> highs;
  for (int frame = 0; frame < format.frames; ++frame) {
    scale.rescale.push_back(rescale_of(data, frame));
    scale.largest_slope = frame == 0 ? std::abs(scale.rescale.back().slope)
                                     : std::max(scale.largest_slope, std::abs(scale.rescale.back().slope));
    auto windows = format.colour() ? std::vector<SeriesView>() : windows_of(data, frame);
    if (!windows.empty()) {
      lows.push_back(windows.front().low);
      highs.push_back(windows.front().high);
      windows.erase(windows.begin());
    }
    scale.further.push_back(std::move(windows));
  }
  const Rescale& first = scale.rescale.front();
  const std::string modality = text_of(data, DCM_Modality);
  DcmItem& transform = macro(data, 0, DCM_PixelValueTransformationSequence);
  const std::string type = text_of(transform, DCM_RescaleType);
  scale.hounsfield = modality == "CT" && first.known && (type.empty() || type == "HU");
  scale.unit = scale.hounsfield ? "HU" : first.known && type != "US" ? type : std::string();
  if (modality == "PT" && scale.unit.empty()) scale.unit = text_of(data, DCM_Units);
  scale.window = !lows.empty();
  if (scale.window) {
    scale.view = {median(lows), median(highs)};
  } else if (format.colour()) {
    scale.view = {0.0, static_cast<double>(format.levels() - 1)};
  } else {
    const bool counts = modality == "PT" || modality == "NM";
    const auto [low, high] = percentiles(image, counts ? 0.01 : 0.005, counts ? 0.99 : 0.995);
    const double a = (low + format.lowest()) * first.slope + first.intercept;
    const double b = (std::max(high, low + 1) + format.lowest()) * first.slope + first.intercept;
    scale.view = {std::min(a, b), std::max(a, b)};
  }
  return scale;
}

}  // namespace wardmark
