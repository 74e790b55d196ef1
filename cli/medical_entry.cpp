#include "cli/medical_module.h"
#include "medical/dicom_dataset.h"
#include "medical/instance_facts.h"

extern "C" void wardmark_medical(wardmark::MedicalEntry& entry) {
  entry.open = wardmark::open_study;
  entry.create = wardmark::create_study_writer;
  entry.facts = wardmark::instance_facts;
}
