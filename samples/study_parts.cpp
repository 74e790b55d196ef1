#include "samples/study_parts.h"

#include <cstdio>

namespace wardmark::samples {

std::string decimal(double value) {
  char text[24];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

float height(std::uint32_t n, std::uint32_t count) {
  return count < 2 ? 0.0f : 1.6f * static_cast<float>(n) / static_cast<float>(count - 1) - 0.8f;
}

std::string little(const std::vector<std::int16_t>& values) {
  std::string bytes;
  bytes.reserve(values.size() * 2);
  for (const std::int16_t v : values) {
    bytes += static_cast<char>(v & 0xFF);
    bytes += static_cast<char>(static_cast<std::uint16_t>(v) >> 8);
  }
  return bytes;
}

DicomItem header(const std::string& study, const std::string& series, const char* modality, int series_number) {
  DicomItem item;
  item.text(tag(0x08, 0x20), "DA", "20200101").text(tag(0x08, 0x30), "TM", "120000");
  item.text(tag(0x08, 0x23), "DA", "20200101").text(tag(0x08, 0x33), "TM", "120000");
  item.text(tag(0x08, 0x50), "SH", "").text(tag(0x08, 0x60), "CS", modality);
  item.text(tag(0x08, 0x70), "LO", "wardmark samples").text(tag(0x08, 0x90), "PN", "");
  item.text(tag(0x08, 0x1090), "LO", "phantom").text(tag(0x18, 0x1000), "LO", "0").text(tag(0x18, 0x1020), "LO", "1");
  item.text(tag(0x08, 0x103E), "LO", "phantom " + series);
  item.text(tag(0x10, 0x10), "PN", "Phantom^Head").text(tag(0x10, 0x20), "LO", "PHANTOM-" + study);
  item.text(tag(0x10, 0x30), "DA", "").text(tag(0x10, 0x40), "CS", "O");
  item.text(tag(0x12, 0x62), "CS", "YES").text(tag(0x12, 0x63), "LO", "phantom, no person");
  item.text(tag(0x20, 0x0D), "UI", fixed_uid("study " + study)).text(tag(0x20, 0x10), "SH", "1");
  item.text(tag(0x20, 0x0E), "UI", fixed_uid("series " + study + series));
  item.text(tag(0x20, 0x11), "IS", std::to_string(series_number)).text(tag(0x20, 0x13), "IS", "1");
  return item;
}

void add_dimension(DicomItem& item, const std::string& name) {
  const std::string organization = fixed_uid("dimension " + name);
  DicomItem index;
  index.text(tag(0x20, 0x9164), "UI", organization).numbers(tag(0x20, 0x9165), "AT", {0x20, 0x32});
  index.numbers(tag(0x20, 0x9167), "AT", {0x20, 0x9113});
  item.items(tag(0x20, 0x9221), {DicomItem().text(tag(0x20, 0x9164), "UI", organization)});
  item.items(tag(0x20, 0x9222), {index});
}

void add_space(DicomItem& item, const std::string& study) {
  item.text(tag(0x20, 0x52), "UI", fixed_uid("space " + study)).text(tag(0x20, 0x1040), "LO", "");
}

void add_pixels(DicomItem& item, int size, int allocated, int stored, bool is_signed) {
  item.numbers(tag(0x28, 0x02), "US", {1}).text(tag(0x28, 0x04), "CS", "MONOCHROME2");
  item.numbers(tag(0x28, 0x10), "US", {size}).numbers(tag(0x28, 0x11), "US", {size});
  item.numbers(tag(0x28, 0x100), "US", {allocated}).numbers(tag(0x28, 0x101), "US", {stored});
  item.numbers(tag(0x28, 0x102), "US", {stored - 1}).numbers(tag(0x28, 0x103), "US", {is_signed ? 1 : 0});
}

std::string position(int size, std::uint32_t n) {
  const std::string corner = decimal(-120.0 * (size - 1) / size);
  return corner + "\\" + corner + "\\" + decimal(2.5 * n);
}

}  // namespace wardmark::samples
