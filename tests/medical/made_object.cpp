#include "tests/medical/made_object.h"

#include <dcmtk/dcmdata/dcdeftag.h>

#include "medical/dicom_library.h"

namespace wardmark {

std::vector<std::uint16_t> made_words() {
  std::vector<std::uint16_t> words;
  for (int i = 0; i < 256; ++i) words.push_back(static_cast<std::uint16_t>(i - 100));
  return words;
}

Bytes made_slice(const std::function<void(DcmDataset&)>& edit, std::string_view syntax, const std::string& sop) {
  use_dicom_library();
  DicomObject object;
  object.file = std::make_unique<DcmFileFormat>();
  DcmDataset& data = object.data();
  data.putAndInsertString(DCM_SOPClassUID, "1.2.840.10008.5.1.4.1.1.2");
  data.putAndInsertString(DCM_SOPInstanceUID, sop.c_str());
  data.putAndInsertString(DCM_StudyInstanceUID, "1.2.3.4");
  data.putAndInsertString(DCM_SeriesInstanceUID, "1.2.3.4.1");
  data.putAndInsertString(DCM_FrameOfReferenceUID, "1.2.3.4.9");
  data.putAndInsertString(DCM_Modality, "CT");
  data.putAndInsertString(DCM_PatientName, "Rubo DEMO   ");
  data.putAndInsertString(DCM_ImageType, "ORIGINAL\\PRIMARY\\AXIAL");
  data.putAndInsertString(DCM_PhotometricInterpretation, "MONOCHROME2");
  data.putAndInsertUint16(DCM_SamplesPerPixel, 1);
  data.putAndInsertUint16(DCM_Rows, 16);
  data.putAndInsertUint16(DCM_Columns, 16);
  data.putAndInsertUint16(DCM_BitsAllocated, 16);
  data.putAndInsertUint16(DCM_BitsStored, 12);
  data.putAndInsertUint16(DCM_HighBit, 11);
  data.putAndInsertUint16(DCM_PixelRepresentation, 1);
  data.putAndInsertString(DCM_RescaleSlope, "1");
  data.putAndInsertString(DCM_RescaleIntercept, "0");
  data.putAndInsertString(DCM_WindowCenter, "40");
  data.putAndInsertString(DCM_WindowWidth, "401");
  const auto words = made_words();
  data.putAndInsertUint16Array(DCM_PixelData, words.data(), static_cast<unsigned long>(words.size()));
  if (edit) edit(data);
  return write_object(object, syntax);
}

}  // namespace wardmark
