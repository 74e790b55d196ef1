#include "medical/dicom_library.h"

#include <dcmtk/config/osconfig.h>
//
#include <dcmtk/dcmdata/dcbytstr.h>
#include <dcmtk/dcmdata/dcdict.h>
#include <dcmtk/dcmdata/dcobject.h>
#include <dcmtk/dcmdata/dcrledrg.h>
#include <dcmtk/dcmdata/dcrleerg.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/dcmjpeg/djencode.h>
#include <dcmtk/dcmjpls/djdecode.h>
#include <dcmtk/dcmjpls/djencode.h>
#include <dcmtk/oflog/oflog.h>

#include <mutex>

#include "core/error.h"

namespace wardmark {
namespace {

void register_codecs() {
  DcmRLEDecoderRegistration::registerCodecs();
  DJDecoderRegistration::registerCodecs(EDC_photometricInterpretation, EUC_never, EPC_colorByPixel);
  DJLSDecoderRegistration::registerCodecs(EJLSUC_never, EJLSPC_colorByPixel);
  DcmRLEEncoderRegistration::registerCodecs(OFFalse, 0, OFTrue, OFFalse);
  DJEncoderRegistration::registerCodecs(ECC_lossyYCbCr, EUC_never, OFFalse, 0, 0, 0, OFTrue, ESS_444, OFFalse, OFFalse,
                                        0, 0, 0.0, 0.0, 0, 0, 0, 0, OFFalse, OFFalse, OFFalse, OFFalse, OFTrue);
  // "Cooked" encoding, the default, would move the high bit and so destroy overlay bits.
  DJLSEncoderRegistration::registerCodecs(0, 0, 0, 0, OFFalse, 0, OFTrue, EJLSUC_never, OFFalse);
}

void set_up() {
  OFLog::configure(OFLogger::OFF_LOG_LEVEL);
  // The default trims padding of texts when a file is saved.
  dcmEnableAutomaticInputDataCorrection.set(OFFalse);
  // Standard elements stored as UN would hide their UIDs.
  dcmEnableUnknownVRConversion.set(OFTrue);
  dcmEnableVRCheckerForStringValues.set(OFFalse);
  register_codecs();
}

}  // namespace

void use_dicom_library() {
  static std::once_flag once;
  std::call_once(once, set_up);
  if (!dcmDataDict.isDictionaryLoaded()) {
    throw Error(Code::dcm_081, "the DICOM data dictionary of DCMTK cannot be read",
                "install the package dcmtk-data, or set DCMDICTPATH to its dicom.dic");
  }
}

}  // namespace wardmark
