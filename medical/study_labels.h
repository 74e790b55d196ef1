#pragma once
#include <vector>

#include "io/labels.h"
#include "medical/study.h"

namespace wardmark {

/// Class names for the images of a study: by folder, by an attribute, or by a CSV whose header names `label` and one of
/// `path`, `PatientID`, `StudyInstanceUID`, `SeriesInstanceUID`, `SOPInstanceUID` (a JSON object goes by path). One per
/// object, empty where there is none. Objects without a picture have none. Error(labels_format) when slices of one
/// series get different classes, or no row fits: with `looking` the hint says what to do about a release.
std::vector<std::string> study_labels(const LabelSource& source, const std::vector<StudyObject>& objects,
                                      bool looking = false);

}  // namespace wardmark
