#include "medical/sop_classes.h"

#include <algorithm>
#include <array>

namespace wardmark {
namespace {

constexpr std::string_view kRoot = "1.2.840.10008.";
constexpr std::string_view kStorage = "1.2.840.10008.5.1.4.";

constexpr std::array<SopClass, 125> kClasses = {{
    {"1.1.1", "Computed Radiography", Fate::protect},
    {"1.1.1.1", "Digital X-Ray, presentation", Fate::protect},
    {"1.1.1.1.1", "Digital X-Ray, processing", Fate::protect},
    {"1.1.1.2", "Mammography, presentation", Fate::protect},
    {"1.1.1.2.1", "Mammography, processing", Fate::protect},
    {"1.1.1.3", "Intra-oral X-Ray, presentation", Fate::protect},
    {"1.1.1.3.1", "Intra-oral X-Ray, processing", Fate::protect},
    {"1.1.2", "CT", Fate::protect},
    {"1.1.2.1", "Enhanced CT", Fate::protect, Code::bug, ImageKind::enhanced},
    {"1.1.2.2", "Legacy Converted Enhanced CT", Fate::protect, Code::bug, ImageKind::enhanced},
    {"1.1.3", "Ultrasound Multi-frame, retired", Fate::protect},
    {"1.1.3.1", "Ultrasound Multi-frame", Fate::protect},
    {"1.1.4", "MR", Fate::protect},
    {"1.1.4.1", "Enhanced MR", Fate::protect, Code::bug, ImageKind::enhanced},
    {"1.1.4.3", "Enhanced MR Color", Fate::protect, Code::bug, ImageKind::enhanced},
    {"1.1.4.4", "Legacy Converted Enhanced MR", Fate::protect, Code::bug, ImageKind::enhanced},
    {"1.1.6", "Ultrasound, retired", Fate::protect},
    {"1.1.6.1", "Ultrasound", Fate::protect},
    {"1.1.6.2", "Enhanced US Volume", Fate::protect, Code::bug, ImageKind::enhanced},
    {"1.1.7", "Secondary Capture", Fate::protect},
    {"1.1.7.2", "Multi-frame Grayscale Byte Secondary Capture", Fate::protect},
    {"1.1.7.3", "Multi-frame Grayscale Word Secondary Capture", Fate::protect},
    {"1.1.7.4", "Multi-frame True Color Secondary Capture", Fate::protect},
    {"1.1.12.1", "X-Ray Angiographic", Fate::protect},
    {"1.1.12.1.1", "Enhanced XA", Fate::protect, Code::bug, ImageKind::enhanced},
    {"1.1.12.2", "X-Ray Radiofluoroscopic", Fate::protect},
    {"1.1.12.2.1", "Enhanced XRF", Fate::protect, Code::bug, ImageKind::enhanced},
    {"1.1.13.1.1", "X-Ray 3D Angiographic", Fate::protect, Code::bug, ImageKind::enhanced},
    {"1.1.13.1.2", "X-Ray 3D Craniofacial", Fate::protect, Code::bug, ImageKind::enhanced},
    {"1.1.13.1.3", "Breast Tomosynthesis", Fate::protect, Code::bug, ImageKind::enhanced},
    {"1.1.13.1.4", "Breast Projection X-Ray, presentation", Fate::protect, Code::bug, ImageKind::enhanced},
    {"1.1.13.1.5", "Breast Projection X-Ray, processing", Fate::protect, Code::bug, ImageKind::enhanced},
    {"1.1.14.1", "Intravascular OCT, presentation", Fate::protect, Code::bug, ImageKind::enhanced},
    {"1.1.14.2", "Intravascular OCT, processing", Fate::protect, Code::bug, ImageKind::enhanced},
    {"1.1.20", "Nuclear Medicine", Fate::protect},
    {"1.1.77.1.1", "VL Endoscopic", Fate::protect},
    {"1.1.77.1.2", "VL Microscopic", Fate::protect},
    {"1.1.77.1.4", "VL Photographic", Fate::protect},
    {"1.1.77.1.5.1", "Ophthalmic Photography 8 Bit", Fate::protect, Code::bug, ImageKind::ophthalmic},
    {"1.1.77.1.5.2", "Ophthalmic Photography 16 Bit", Fate::protect, Code::bug, ImageKind::ophthalmic},
    {"1.1.77.1.5.4", "Ophthalmic Tomography", Fate::protect, Code::bug, ImageKind::ophthalmic},
    {"1.1.77.1.7", "Dermoscopic Photography", Fate::protect},
    {"1.1.128", "PET", Fate::protect},
    {"1.1.128.1", "Legacy Converted Enhanced PET", Fate::protect, Code::bug, ImageKind::enhanced},
    {"1.1.130", "Enhanced PET", Fate::protect, Code::bug, ImageKind::enhanced},
    {"1.1.88.11", "Basic Text SR", Fate::carry},
    {"1.1.88.22", "Enhanced SR", Fate::carry},
    {"1.1.88.33", "Comprehensive SR", Fate::carry},
    {"1.1.88.34", "Comprehensive 3D SR", Fate::carry},
    {"1.1.88.35", "Extensible SR", Fate::carry},
    {"1.1.88.40", "Procedure Log", Fate::carry},
    {"1.1.88.50", "Mammography CAD SR", Fate::carry},
    {"1.1.88.59", "Key Object Selection", Fate::carry},
    {"1.1.88.65", "Chest CAD SR", Fate::carry},
    {"1.1.88.67", "X-Ray Radiation Dose SR", Fate::carry},
    {"1.1.88.68", "Radiopharmaceutical Radiation Dose SR", Fate::carry},
    {"1.1.88.69", "Colon CAD SR", Fate::carry},
    {"1.1.88.70", "Implantation Plan SR", Fate::carry},
    {"1.1.88.71", "Acquisition Context SR", Fate::carry},
    {"1.1.88.72", "Simplified Adult Echo SR", Fate::carry},
    {"1.1.88.73", "Patient Radiation Dose SR", Fate::carry},
    {"1.1.88.74", "Planned Imaging Agent Administration SR", Fate::carry},
    {"1.1.88.75", "Performed Imaging Agent Administration SR", Fate::carry},
    {"1.1.88.76", "Enhanced X-Ray Radiation Dose SR", Fate::carry},
    {"1.1.11.1", "Grayscale Softcopy Presentation State", Fate::carry},
    {"1.1.11.2", "Color Softcopy Presentation State", Fate::carry},
    {"1.1.11.3", "Pseudo-Color Softcopy Presentation State", Fate::carry},
    {"1.1.11.4", "Blending Softcopy Presentation State", Fate::carry},
    {"1.1.11.5", "XA/XRF Grayscale Softcopy Presentation State", Fate::carry},
    {"1.1.11.6", "Grayscale Planar MPR Presentation State", Fate::carry},
    {"1.1.11.7", "Compositing Planar MPR Presentation State", Fate::carry},
    {"1.1.11.8", "Advanced Blending Presentation State", Fate::carry},
    {"1.1.11.9", "Volume Rendering Presentation State", Fate::carry},
    {"1.1.11.10", "Segmented Volume Rendering Presentation State", Fate::carry},
    {"1.1.11.11", "Multiple Volume Rendering Presentation State", Fate::carry},
    {"1.1.66.1", "Spatial Registration", Fate::carry},
    {"1.1.66.2", "Spatial Fiducials", Fate::carry},
    {"1.1.66.3", "Deformable Spatial Registration", Fate::carry},
    {"1.1.67", "Real World Value Mapping", Fate::carry},
    {"1.1.77.1.5.3", "Stereometric Relationship", Fate::carry},
    {"1.1.481.2", "RT Dose", Fate::carry},
    {"1.1.481.4", "RT Beams Treatment Record", Fate::carry},
    {"1.1.481.5", "RT Plan", Fate::carry},
    {"1.1.481.6", "RT Brachy Treatment Record", Fate::carry},
    {"1.1.481.7", "RT Treatment Summary Record", Fate::carry},
    {"1.1.481.8", "RT Ion Plan", Fate::carry},
    {"1.1.481.9", "RT Ion Beams Treatment Record", Fate::carry},
    {"38.1", "Hanging Protocol", Fate::carry},
    {"39.1", "Color Palette", Fate::carry},
    {"1.1.66.4", "Segmentation", Fate::carry, Code::dcm_w03},
    {"1.1.66.5", "Surface Segmentation", Fate::carry, Code::dcm_w03},
    {"1.1.66.7", "Label Map Segmentation", Fate::carry, Code::dcm_w03},
    {"1.1.481.3", "RT Structure Set", Fate::carry, Code::dcm_w03},
    {"1.1.9.1.1", "12-lead ECG Waveform", Fate::carry, Code::dcm_w04},
    {"1.1.9.1.2", "General ECG Waveform", Fate::carry, Code::dcm_w04},
    {"1.1.9.1.3", "Ambulatory ECG Waveform", Fate::carry, Code::dcm_w04},
    {"1.1.9.2.1", "Hemodynamic Waveform", Fate::carry, Code::dcm_w04},
    {"1.1.9.3.1", "Cardiac Electrophysiology Waveform", Fate::carry, Code::dcm_w04},
    {"1.1.9.4.1", "Basic Voice Audio Waveform", Fate::carry, Code::dcm_w04},
    {"1.1.9.4.2", "General Audio Waveform", Fate::carry, Code::dcm_w04},
    {"1.1.9.5.1", "Arterial Pulse Waveform", Fate::carry, Code::dcm_w04},
    {"1.1.9.6.1", "Respiratory Waveform", Fate::carry, Code::dcm_w04},
    {"1.1.77.1.6", "VL Whole Slide Microscopy", Fate::refuse, Code::dcm_052},
    {"1.1.77.1.9", "Confocal Microscopy Tiled Pyramidal", Fate::refuse, Code::dcm_052},
    {"1.1.77.1.3", "VL Slide-Coordinates Microscopic", Fate::refuse, Code::dcm_052},
    {"1.1.30", "Parametric Map", Fate::refuse, Code::dcm_050},
    {"1.1.81.1", "Ophthalmic Thickness Map", Fate::refuse, Code::dcm_050},
    {"1.1.82.1", "Corneal Topography Map", Fate::refuse, Code::dcm_050},
    {"1.1.77.1.5.7", "Ophthalmic OCT En Face", Fate::refuse, Code::dcm_050},
    {"1.1.77.1.5.8", "Ophthalmic OCT B-scan Volume Analysis", Fate::refuse, Code::dcm_050},
    {"1.1.481.1", "RT Image", Fate::refuse, Code::dcm_050},
    {"1.1.481.23", "Enhanced RT Image", Fate::refuse, Code::dcm_050},
    {"1.1.481.24", "Enhanced Continuous RT Image", Fate::refuse, Code::dcm_050},
    {"1.1.7.1", "Multi-frame Single Bit Secondary Capture", Fate::refuse, Code::dcm_050},
    {"1.1.66", "Raw Data", Fate::refuse, Code::dcm_054},
    {"1.1.4.2", "MR Spectroscopy", Fate::refuse, Code::dcm_054},
    {"1.1.66.6", "Tractography Results", Fate::refuse, Code::dcm_054},
    {"1.1.104.1", "Encapsulated PDF", Fate::refuse, Code::dcm_053},
    {"1.1.104.2", "Encapsulated CDA", Fate::refuse, Code::dcm_053},
    {"1.1.104.3", "Encapsulated STL", Fate::refuse, Code::dcm_053},
    {"1.1.104.4", "Encapsulated OBJ", Fate::refuse, Code::dcm_053},
    {"1.1.104.5", "Encapsulated MTL", Fate::refuse, Code::dcm_053},
    {"1.1.77.1.1.1", "Video Endoscopic", Fate::refuse, Code::dcm_021},
    {"1.1.77.1.2.1", "Video Microscopic", Fate::refuse, Code::dcm_021},
    {"1.1.77.1.4.1", "Video Photographic", Fate::refuse, Code::dcm_021},
}};

}  // namespace

std::string_view name(Fate fate) {
  switch (fate) {
    case Fate::protect:
      return "protected";
    case Fate::carry:
      return "carried";
    case Fate::refuse:
      return "refused";
  }
  broken_promise("fate");
}

std::span<const SopClass> sop_classes() { return kClasses; }

const SopClass* find_sop_class(std::string_view uid) {
  if (!uid.starts_with(kStorage)) return nullptr;
  uid.remove_prefix(kStorage.size());
  const auto row = std::ranges::find(kClasses, uid, &SopClass::uid);
  return row == kClasses.end() ? nullptr : &*row;
}

Code unlisted_class_code(std::string_view uid) { return uid.starts_with(kRoot) ? Code::dcm_050 : Code::dcm_051; }

bool is_annotation(const SopClass& row) { return row.fate == Fate::carry && row.code == Code::dcm_w03; }

}  // namespace wardmark
