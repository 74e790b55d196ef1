#pragma once

namespace wardmark {

/// Sets DCMTK up, once per process: decoders and encoders registered for good, values left exactly as they are stored
/// (no correction of input, standard elements stored as UN read as what they are), nothing logged. To be called before
/// any other use of DCMTK; thread-safe. Error(dcm_081) when the data dictionary is not loaded.
void use_dicom_library();

}  // namespace wardmark
