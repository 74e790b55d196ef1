#pragma once
#include <string>
#include <vector>

#include "medical/object_facts.h"

namespace wardmark {

/// A file of the input with what was found of it.
struct StudyObject {
  std::string id;  ///< as an item id
  ObjectFacts facts;
};

/// Makes of single files what belongs together: one view and one bound for every series, copies told apart, directories
/// matched with their files, and studies held back whole. A refused object keeps its study back (dcm_069) unless
/// options.skip_refused; with options.strict it keeps everything back. With options.looking series are given
/// their view, and no more. The result does not depend on the order.
void settle_studies(std::vector<StudyObject>& objects, const StudyOptions& options);

/// What the owner should be told at the end: studies that still carry names, dates or private attributes, and objects
/// that were carried although the table refuses their class.
std::vector<std::string> study_reminders(const std::vector<StudyObject>& objects);

}  // namespace wardmark
