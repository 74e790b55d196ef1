#include "cli/clinical_json.h"

#include <cmath>

namespace wardmark {
namespace {

using nlohmann::json;

json window_json(const WindowFigures& window) {
  return {{"low", window.low},
          {"high", window.high},
          {"psnr", std::isfinite(window.psnr) ? json(window.psnr) : json()},
          {"ssim", window.ssim / 1e4}};
}

}  // namespace

json clinical_json(const Clinical& c) {
  json windows = json::array();
  for (const WindowFigures& window : c.windows) windows.push_back(window_json(window));
  return {{"unit", c.unit},
          {"max", {c.max_steps, c.max_physical}},
          {"rms", {c.rms_steps, c.rms_physical}},
          {"mean_shift", c.mean_shift},
          {"full", window_json(c.full)},
          {"windows", windows},
          {"noise_ratio", c.noise_ratio ? json(*c.noise_ratio) : json()}};
}

json summary_json(const ClinicalSummary& summary) {
  return {{"pictures", summary.pictures},
          {"worst", clinical_json(summary.worst)},
          {"median", clinical_json(summary.median)}};
}

}  // namespace wardmark
