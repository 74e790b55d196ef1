#pragma once
#include <optional>
#include <string>

#include "core/dataset.h"
#include "medical/sop_classes.h"

namespace wardmark {

/// One object of a study, as it is listed for people.
struct InstanceFacts {
  Fate fate = Fate::refuse;   ///< what protect would do with it
  Code code = Code::dcm_001;  ///< of a refusal
  std::string study;          ///< UIDs as the file has them, or empty
  std::string series;
  std::string modality;
  std::string kind;    ///< name of its SOP class, or the UID, or empty
  std::string syntax;  ///< name of its transfer syntax, or the UID, or empty

  /// Of images that can be decoded, whatever becomes of them.
  struct Pixels {
    int columns = 0;
    int rows = 0;
    int frames = 1;
    int samples = 1;
    int bits = 0;      ///< stored
    double low = 0.0;  ///< lowest and highest value, physical
    double high = 0.0;
    std::string unit;
    bool window = false;  ///< the object names the window; else it is one of percentiles
    double window_low = 0.0;
    double window_high = 0.0;
  };
  std::optional<Pixels> pixels;
};

/// Looks at item `i` of a reader that open_study() made. Error(read_failed) alone. Thread-safe; costs a decode.
InstanceFacts instance_facts(const DatasetReader& reader, std::size_t i);

}  // namespace wardmark
