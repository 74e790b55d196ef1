#include "samples/studies.h"
#include "samples/study_parts.h"
#include "samples/volumes.h"

namespace wardmark::samples {
namespace {

constexpr const char* kEnhancedMr = "1.2.840.10008.5.1.4.1.1.4.1";

/// Frames differ in slope and window, as they do where a scanner scales each by itself.
DicomItem mr_frame(std::uint32_t n, int size) {
  DicomItem content;
  content.numbers(tag(0x20, 0x9157), "UL", {static_cast<int>(n) + 1});
  DicomItem transform;
  transform.text(tag(0x28, 0x1052), "DS", "0").text(tag(0x28, 0x1053), "DS", decimal(1.0 + 0.25 * (n % 3)));
  transform.text(tag(0x28, 0x1054), "LO", "US");
  DicomItem window;
  window.text(tag(0x28, 0x1050), "DS", "1400").text(tag(0x28, 0x1051), "DS", decimal(2000 + 10 * (n % 7)));
  DicomItem frame;
  frame.items(tag(0x20, 0x9111), {content}).items(tag(0x28, 0x9145), {transform}).items(tag(0x28, 0x9132), {window});
  return frame.items(tag(0x20, 0x9113), {DicomItem().text(tag(0x20, 0x32), "DS", position(size, n))});
}

}  // namespace

std::uint32_t make_enhanced(const StudyOrder& order) {
  std::filesystem::create_directories(order.folder / "mr");
  const double pixel = 240.0 / order.size;
  DicomItem item = header("mr", "enhanced", "MR", 1);
  add_space(item, "mr");
  add_dimension(item, "mr");
  add_pixels(item, order.size, 16, 12, false);
  item.text(tag(0x08, 0x08), "CS", "ORIGINAL\\PRIMARY\\OTHER\\NONE").text(tag(0x08, 0x2A), "DT", "20200101120000");
  item.text(tag(0x08, 0x9205), "CS", "MONOCHROME").text(tag(0x08, 0x9206), "CS", "VOLUME");
  item.text(tag(0x08, 0x9207), "CS", "NONE").text(tag(0x28, 0x08), "IS", std::to_string(order.frames));
  item.text(tag(0x28, 0x301), "CS", "NO").text(tag(0x28, 0x2110), "CS", "00").text(tag(0x2050, 0x20), "CS", "IDENTITY");
  item.items(tag(0x40, 0x555), {});
  DicomItem type;
  type.text(tag(0x08, 0x9007), "CS", "ORIGINAL\\PRIMARY\\OTHER\\NONE").text(tag(0x08, 0x9205), "CS", "MONOCHROME");
  type.text(tag(0x08, 0x9206), "CS", "VOLUME").text(tag(0x08, 0x9207), "CS", "NONE");
  type.text(tag(0x08, 0x9208), "CS", "MAGNITUDE").text(tag(0x08, 0x9209), "CS", "T2");
  DicomItem measures;
  measures.text(tag(0x18, 0x50), "DS", "2.5").text(tag(0x28, 0x30), "DS", decimal(pixel) + "\\" + decimal(pixel));
  DicomItem shared;
  shared.items(tag(0x18, 0x9226), {type}).items(tag(0x28, 0x9110), {measures});
  shared.items(tag(0x20, 0x9116), {DicomItem().text(tag(0x20, 0x37), "DS", "1\\0\\0\\0\\1\\0")});
  item.items(tag(0x5200, 0x9229), {shared});
  std::vector<DicomItem> frames;
  for (std::uint32_t n = 0; n < order.frames; ++n) frames.push_back(mr_frame(n, order.size));
  item.items(tag(0x5200, 0x9230), frames);
  PixelSource pixels{order.frames, static_cast<std::uint32_t>(2 * order.size * order.size), "OW", {}};
  pixels.frame = [&](std::uint32_t n) { return little(mr_slice(order.size, height(n, order.frames), 500 + n)); };
  write_dicom(order.folder / "mr" / "enhanced.dcm", kEnhancedMr, fixed_uid("enhanced"), item, pixels);
  return 1;
}

}  // namespace wardmark::samples
