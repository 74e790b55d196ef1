#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "medical/dicom_object.h"

namespace wardmark {

/// A small CT slice: implicitly signed 16 bit, 12 stored, 16 x 16, a ramp between -100 and 155, slope 1, intercept 0.
/// `edit` may change anything before it is written in `syntax`.
Bytes made_slice(const std::function<void(DcmDataset&)>& edit = {}, std::string_view syntax = kExplicit,
                 const std::string& sop = "1.2.3.4.5");

/// The stored words of that slice.
std::vector<std::uint16_t> made_words();

}  // namespace wardmark
