#include "samples/dicom_file.h"

#include <fstream>
#include <stdexcept>

namespace wardmark::samples {
namespace {

std::string number(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
  return out;
}

std::string tag_bytes(std::uint32_t tag) { return number(tag >> 16, 2) + number(tag & 0xFFFF, 2); }

bool long_form(std::string_view vr) { return vr == "SQ" || vr == "OB" || vr == "OW"; }

std::string header(std::uint32_t tag, std::string_view vr, std::uint64_t length) {
  const std::string start = tag_bytes(tag) + std::string(vr);
  return long_form(vr) ? start + number(0, 2) + number(length, 4) : start + number(length, 2);
}

}  // namespace

void DicomItem::put(std::uint32_t tag, std::string_view vr, std::string value) {
  elements_[tag] = header(tag, vr, value.size()) + value;
}

DicomItem& DicomItem::text(std::uint32_t tag, std::string_view vr, std::string value) {
  if (value.size() % 2 != 0) value += vr == "UI" ? '\0' : ' ';
  put(tag, vr, std::move(value));
  return *this;
}

DicomItem& DicomItem::numbers(std::uint32_t tag, std::string_view vr, const std::vector<int>& values) {
  std::string value;
  const int bytes = vr == "UL" || vr == "SL" ? 4 : 2;
  for (const int v : values) value += number(static_cast<std::uint32_t>(v), bytes);
  put(tag, vr, std::move(value));
  return *this;
}

DicomItem& DicomItem::items(std::uint32_t tag, const std::vector<DicomItem>& list) {
  std::string value;
  for (const DicomItem& item : list) {
    const std::string content = item.bytes();
    value += tag_bytes(0xFFFEE000) + number(content.size(), 4) + content;
  }
  put(tag, "SQ", std::move(value));
  return *this;
}

std::string DicomItem::bytes() const {
  std::string out;
  for (const auto& [tag, element] : elements_) out += element;
  return out;
}

std::string fixed_uid(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a
  for (const char c : name) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3u;
  return "2.25." + std::to_string(hash | 1u << 30);
}

void write_dicom(const std::filesystem::path& path, const std::string& sop_class, const std::string& sop_instance,
                 const DicomItem& dataset, const PixelSource& pixels) {
  DicomItem meta;
  meta.text(tag(2, 2), "UI", sop_class);
  meta.text(tag(2, 3), "UI", sop_instance);
  meta.text(tag(2, 0x10), "UI", "1.2.840.10008.1.2.1");
  meta.text(tag(2, 0x12), "UI", fixed_uid("implementation"));
  const std::string version = header(tag(2, 1), "OB", 2) + std::string("\0\1", 2);
  const std::string rest = version + meta.bytes();
  DicomItem named = dataset;
  named.text(tag(8, 0x16), "UI", sop_class);
  named.text(tag(8, 0x18), "UI", sop_instance);
  std::ofstream file(path, std::ios::binary);
  file << std::string(128, '\0') << "DICM" << header(tag(2, 0), "UL", 4) << number(rest.size(), 4) << rest
       << named.bytes();
  if (pixels.count > 0) {
    file << header(tag(0x7FE0, 0x10), pixels.vr, std::uint64_t{pixels.count} * pixels.frame_bytes);
    for (std::uint32_t i = 0; i < pixels.count; ++i) file << pixels.frame(i);
  }
  file.flush();
  if (!file) throw std::runtime_error(path.string() + ": cannot be written");
}

}  // namespace wardmark::samples
