#pragma once
#include "core/plan.h"
#include "io/dataset_format.h"
#include "perturb/method.h"

namespace CLI {
class App;
}

namespace wardmark {

void add_study_options(CLI::App& app, StudyOptions& study);

/// What was asked for beyond the defaults, as recipe entries of a plan.
Settings study_settings(const StudyOptions& study);

/// The options a plan's entries stand for, with bound and kind of its method.
StudyOptions study_options(const Settings& output, const MethodInfo& method);

/// Refuses what does not go together: DICOM options and clinical units for an input that is no study, a method without
/// a bound on pixels that people are judged by. Error(usage), (parameter).
void check_study_options(const DatasetFormat& format, const Settings& output, const MethodInfo& method);

}  // namespace wardmark
