#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/report.h"
#include "io/dataset_format.h"
#include "medical/frame_tone.h"
#include "medical/sop_classes.h"

namespace wardmark {

/// What the first pass found of one file, and what the study it belongs to makes of it. The plan keeps it as text.
struct ObjectFacts {
  Fate fate = Fate::refuse;
  bool directory = false;  ///< a DICOMDIR
  Code code = Code::dcm_001;
  std::string reason;  ///< of a refusal
  std::string hint;
  std::string sop_class;
  std::string sop;
  std::string series;
  std::string study;
  /// Of a file that a DICOMDIR lists: the folder of that, ending with a slash, or empty for the root.
  std::optional<std::string> file_set;
  std::vector<Note> notes;
  std::optional<SeriesView> view;
  std::map<std::string, std::vector<std::string>> files;  ///< of a directory: SOP, series, study UID by file ID

  // Known during a scan alone.
  bool as_asked = false;  ///< carried by --carry-class alone
  std::string patient_id;
  std::string modality;
  std::string label;  ///< the attribute that --labels dicom: names
  std::string transfer_syntax;
  Digest content{};
  std::optional<PixelFormat> format;
  double largest_slope = 1.0;
  bool hounsfield = false;
};

/// Looks at one file: reads it, decodes its pixels, and sorts it by what docs/dicom.md says. Never throws for what is
/// wrong with the file: that is its fate. Thread-safe.
ObjectFacts examine(ByteView stored, std::string_view path, const StudyOptions& options,
                    const std::string& label_keyword);

/// Facts as text and back: one line of JSON, the same for the same facts. Error(plan_format).
std::string facts_text(const ObjectFacts& facts);
ObjectFacts parse_facts(std::string_view text);

/// True of digits and dots as PS3.5 chapter 9 asks, 64 at most.
bool is_uid(std::string_view text);

/// Error(usage) for what is no UID, or the UID of a class that is not refused.
void check_carried_classes(const std::vector<std::string>& classes);

/// The tag of a DICOM keyword. Error(usage) when the dictionary does not know it.
void check_keyword(const std::string& keyword);

inline constexpr std::string_view kDirectoryClass = "1.2.840.10008.1.3.10";

}  // namespace wardmark
