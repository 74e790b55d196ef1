#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace wardmark::samples {

/// A tag as one number: group and element.
constexpr std::uint32_t tag(std::uint32_t group, std::uint32_t element) { return group << 16 | element; }

/// Elements of a data set or of an item, as explicit VR little endian, in the order of their tags.
class DicomItem {
 public:
  /// A text of any VR with a short length: CS, DA, DS, IS, LO, PN, SH, ST, TM, UI; several values with backslashes.
  DicomItem& text(std::uint32_t tag, std::string_view vr, std::string value);
  /// Numbers of VR US, SS, UL, SL, or AT as pairs of group and element.
  DicomItem& numbers(std::uint32_t tag, std::string_view vr, const std::vector<int>& values);
  /// A sequence of items, of explicit length.
  DicomItem& items(std::uint32_t tag, const std::vector<DicomItem>& items);
  std::string bytes() const;

 private:
  void put(std::uint32_t tag, std::string_view vr, std::string value);
  std::map<std::uint32_t, std::string> elements_;
};

/// Pixel data that are made while they are written: `count` frames of `frame_bytes` each (even in all).
struct PixelSource {
  std::uint32_t count = 0;
  std::uint32_t frame_bytes = 0;
  std::string_view vr = "OW";
  std::function<std::string(std::uint32_t)> frame;
};

/// A UID made of fixed text: the same for everybody, under 2.25.
std::string fixed_uid(std::string_view name);

/// Writes a Part 10 file in explicit VR little endian; class and instance are those of the data set. Without frames
/// there is no pixel data. std::runtime_error with path and reason.
void write_dicom(const std::filesystem::path& path, const std::string& sop_class, const std::string& sop_instance,
                 const DicomItem& dataset, const PixelSource& pixels = {});

}  // namespace wardmark::samples
