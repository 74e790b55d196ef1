#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "samples/dicom_file.h"

/// What the objects of the studies have in common.
namespace wardmark::samples {

/// A value of VR DS.
std::string decimal(double value);
/// Where slice or frame n of `count` lies in the volume, -0.8 to 0.8.
float height(std::uint32_t n, std::uint32_t count);
/// Stored words.
std::string little(const std::vector<std::int16_t>& values);
/// Patient, study, series and equipment.
DicomItem header(const std::string& study, const std::string& series, const char* modality, int series_number);
/// Frames are told apart by their position alone.
void add_dimension(DicomItem& item, const std::string& name);
/// The frame of reference.
void add_space(DicomItem& item, const std::string& study);
/// The image pixel module of a grey square image.
void add_pixels(DicomItem& item, int size, int allocated, int stored, bool is_signed);
/// Image Position (Patient) of slice n; pixels are 240 mm / size.
std::string position(int size, std::uint32_t n);

}  // namespace wardmark::samples
