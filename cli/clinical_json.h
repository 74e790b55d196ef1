#pragma once
#include <nlohmann/json.hpp>

#include "core/clinical.h"

namespace wardmark {

/// The figures of a picture as an object: "unit", "max" and "rms" as [stored, physical], "mean_shift", "full" and
/// "windows" with "low", "high", "psnr" (null: nothing changed) and "ssim", "noise_ratio" (null: no noise). The series
/// is left out: it is an identifier of the original.
nlohmann::json clinical_json(const Clinical& clinical);

/// `{"pictures": n, "worst": figures, "median": figures}`.
nlohmann::json summary_json(const ClinicalSummary& summary);

}  // namespace wardmark
