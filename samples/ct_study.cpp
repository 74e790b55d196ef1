#include "samples/studies.h"
#include "samples/study_parts.h"
#include "samples/volumes.h"

namespace wardmark::samples {
namespace {

constexpr const char* kCt = "1.2.840.10008.5.1.4.1.1.2";
constexpr const char* kSegmentation = "1.2.840.10008.5.1.4.1.1.66.4";
constexpr const char* kKeyObjects = "1.2.840.10008.5.1.4.1.1.88.59";
constexpr const char* kPresentation = "1.2.840.10008.5.1.4.1.1.11.1";

std::string slice_uid(std::uint32_t n) { return fixed_uid("ct slice " + std::to_string(n)); }

void make_slice(const StudyOrder& order, std::uint32_t n) {
  const double pixel = 240.0 / order.size;
  DicomItem item = header("ct", "head", "CT", 1);
  add_space(item, "ct");
  add_pixels(item, order.size, 16, 16, true);
  item.text(tag(0x08, 0x08), "CS", "ORIGINAL\\PRIMARY\\AXIAL").text(tag(0x20, 0x13), "IS", std::to_string(n + 1));
  item.text(tag(0x18, 0x5100), "CS", "HFS");
  item.text(tag(0x18, 0x50), "DS", "2.5").text(tag(0x18, 0x60), "DS", "120").text(tag(0x20, 0x12), "IS", "1");
  item.text(tag(0x20, 0x32), "DS", position(order.size, n)).text(tag(0x20, 0x37), "DS", "1\\0\\0\\0\\1\\0");
  item.text(tag(0x28, 0x30), "DS", decimal(pixel) + "\\" + decimal(pixel));
  item.numbers(tag(0x28, 0x120), "SS", {kCtPadding});
  item.text(tag(0x28, 0x1050), "DS", "40\\500").text(tag(0x28, 0x1051), "DS", "80\\2000");
  item.text(tag(0x28, 0x1052), "DS", "0").text(tag(0x28, 0x1053), "DS", "1").text(tag(0x28, 0x1054), "LO", "HU");
  PixelSource pixels{1, static_cast<std::uint32_t>(2 * order.size * order.size), "OW", {}};
  pixels.frame = [&](std::uint32_t) { return little(ct_slice(order.size, height(n, order.slices), 100 + n)); };
  char name[32];
  std::snprintf(name, sizeof name, "IM%03u.dcm", n + 1);
  write_dicom(order.folder / "ct" / name, kCt, slice_uid(n), item, pixels);
}

DicomItem reference(const char* sop_class, const std::string& instance) {
  return DicomItem().text(tag(0x08, 0x1150), "UI", sop_class).text(tag(0x08, 0x1155), "UI", instance);
}

DicomItem code(const char* value, const char* scheme, const char* meaning) {
  DicomItem item;
  item.text(tag(0x08, 0x100), "SH", value).text(tag(0x08, 0x102), "SH", scheme);
  return item.text(tag(0x08, 0x104), "LO", meaning);
}

/// Slices that the other objects refer to: the middle third.
std::vector<std::uint32_t> referenced(const StudyOrder& order) {
  std::vector<std::uint32_t> slices;
  for (std::uint32_t n = order.slices / 3; n < order.slices - order.slices / 3; ++n) slices.push_back(n);
  return slices;
}

std::vector<DicomItem> references(const StudyOrder& order) {
  std::vector<DicomItem> items;
  for (const std::uint32_t n : referenced(order)) items.push_back(reference(kCt, slice_uid(n)));
  return items;
}

/// The CT series with the slices, as a sequence item.
DicomItem series_reference(const StudyOrder& order, std::uint32_t sequence) {
  DicomItem item;
  item.text(tag(0x20, 0x0E), "UI", fixed_uid("series cthead"));
  return item.items(sequence, references(order));
}

/// One functional group sequence per slice: which segment, where, and of which slice.
DicomItem segment_frame(const StudyOrder& order, std::uint32_t n, int place) {
  DicomItem source = reference(kCt, slice_uid(n));
  source.items(tag(0x40, 0xA170), {code("121322", "DCM", "Source image for image processing operation")});
  DicomItem derivation;
  derivation.items(tag(0x08, 0x2112), {source});
  derivation.items(tag(0x08, 0x9215), {code("113076", "DCM", "Segmentation")});
  DicomItem frame;
  frame.items(tag(0x08, 0x9124), {derivation});
  frame.items(tag(0x20, 0x9111), {DicomItem().numbers(tag(0x20, 0x9157), "UL", {place})});
  frame.items(tag(0x20, 0x9113), {DicomItem().text(tag(0x20, 0x32), "DS", position(order.size, n))});
  return frame.items(tag(0x62, 0x0A), {DicomItem().numbers(tag(0x62, 0x0B), "US", {1})});
}

void make_segmentation(const StudyOrder& order) {
  const std::vector<std::uint32_t> slices = referenced(order);
  const double pixel = 240.0 / order.size;
  DicomItem item = header("ct", "segmentation", "SEG", 2);
  add_space(item, "ct");
  add_dimension(item, "segmentation");
  add_pixels(item, order.size, 1, 1, false);
  item.text(tag(0x08, 0x08), "CS", "DERIVED\\PRIMARY").text(tag(0x28, 0x08), "IS", std::to_string(slices.size()));
  item.text(tag(0x62, 0x01), "CS", "BINARY").text(tag(0x28, 0x2110), "CS", "00");
  item.text(tag(0x70, 0x80), "CS", "BLEEDING").text(tag(0x70, 0x81), "LO", "").text(tag(0x70, 0x84), "PN", "");
  DicomItem segment;
  segment.numbers(tag(0x62, 0x04), "US", {1})
      .text(tag(0x62, 0x05), "LO", "bleeding")
      .text(tag(0x62, 0x08), "CS", "MANUAL");
  segment.items(tag(0x62, 0x03), {code("49755003", "SCT", "Morphologically abnormal structure")});
  segment.items(tag(0x62, 0x0F), {code("50960005", "SCT", "Hemorrhage")});
  item.items(tag(0x62, 0x02), {segment});
  item.items(tag(0x08, 0x1115), {series_reference(order, tag(0x08, 0x114A))});
  DicomItem measures;
  measures.text(tag(0x18, 0x50), "DS", "2.5").text(tag(0x28, 0x30), "DS", decimal(pixel) + "\\" + decimal(pixel));
  DicomItem shared;
  shared.items(tag(0x28, 0x9110), {measures});
  shared.items(tag(0x20, 0x9116), {DicomItem().text(tag(0x20, 0x37), "DS", "1\\0\\0\\0\\1\\0")});
  item.items(tag(0x5200, 0x9229), {shared});
  std::vector<DicomItem> frames;
  for (const std::uint32_t n : slices) frames.push_back(segment_frame(order, n, static_cast<int>(frames.size()) + 1));
  item.items(tag(0x5200, 0x9230), frames);
  PixelSource pixels{
      static_cast<std::uint32_t>(slices.size()), static_cast<std::uint32_t>(order.size * order.size / 8), "OB", {}};
  pixels.frame = [&](std::uint32_t k) {
    const auto mask = bleeding_mask(order.size, height(slices[k], order.slices));
    std::string bits(mask.size() / 8, '\0');
    for (std::size_t i = 0; i < mask.size(); ++i) bits[i / 8] = static_cast<char>(bits[i / 8] | mask[i] << i % 8);
    return bits;
  };
  write_dicom(order.folder / "ct" / "seg.dcm", kSegmentation, fixed_uid("segmentation"), item, pixels);
}

void make_key_objects(const StudyOrder& order) {
  DicomItem item = header("ct", "key objects", "KO", 3);
  item.items(tag(0x08, 0x1111), {});
  item.text(tag(0x40, 0xA040), "CS", "CONTAINER").text(tag(0x40, 0xA050), "CS", "SEPARATE");
  item.items(tag(0x40, 0xA043), {code("113000", "DCM", "Of Interest")});
  DicomItem study;
  study.text(tag(0x20, 0x0D), "UI", fixed_uid("study ct"));
  study.items(tag(0x08, 0x1115), {series_reference(order, tag(0x08, 0x1199))});
  item.items(tag(0x40, 0xA375), {study});
  DicomItem mapping;
  mapping.text(tag(0x08, 0x105), "CS", "DCMR").text(tag(0x40, 0xDB00), "CS", "2010");
  item.items(tag(0x40, 0xA504), {mapping});
  std::vector<DicomItem> content;
  for (const DicomItem& image : references(order)) {
    DicomItem row;
    row.text(tag(0x40, 0xA010), "CS", "CONTAINS").text(tag(0x40, 0xA040), "CS", "IMAGE");
    content.push_back(row.items(tag(0x08, 0x1199), {image}));
  }
  item.items(tag(0x40, 0xA730), content);
  write_dicom(order.folder / "ct" / "ko.dcm", kKeyObjects, fixed_uid("key objects"), item);
}

void make_presentation(const StudyOrder& order) {
  DicomItem item = header("ct", "presentation", "PR", 4);
  item.text(tag(0x70, 0x80), "CS", "BRAIN").text(tag(0x70, 0x81), "LO", "").text(tag(0x70, 0x84), "PN", "");
  item.text(tag(0x70, 0x82), "DA", "20200101").text(tag(0x70, 0x83), "TM", "120000");
  item.items(tag(0x08, 0x1115), {series_reference(order, tag(0x08, 0x1140))});
  DicomItem area;
  area.items(tag(0x08, 0x1140), references(order));
  area.numbers(tag(0x70, 0x52), "SL", {1, 1}).numbers(tag(0x70, 0x53), "SL", {order.size, order.size});
  area.text(tag(0x70, 0x100), "CS", "SCALE TO FIT").text(tag(0x70, 0x101), "DS", "1\\1");
  item.items(tag(0x70, 0x5A), {area});
  DicomItem voi;
  voi.items(tag(0x08, 0x1140), references(order));
  voi.text(tag(0x28, 0x1050), "DS", "40").text(tag(0x28, 0x1051), "DS", "80");
  item.items(tag(0x28, 0x3110), {voi});
  item.text(tag(0x28, 0x1052), "DS", "0").text(tag(0x28, 0x1053), "DS", "1").text(tag(0x28, 0x1054), "LO", "HU");
  item.text(tag(0x2050, 0x20), "CS", "IDENTITY");
  write_dicom(order.folder / "ct" / "pr.dcm", kPresentation, fixed_uid("presentation"), item);
}

}  // namespace

std::uint32_t make_ct_study(const StudyOrder& order) {
  std::filesystem::create_directories(order.folder / "ct");
  for (std::uint32_t n = 0; n < order.slices; ++n) make_slice(order, n);
  make_segmentation(order);
  make_key_objects(order);
  make_presentation(order);
  return order.slices + 3;
}

}  // namespace wardmark::samples
