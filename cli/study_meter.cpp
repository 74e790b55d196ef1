#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/study.h"
#include "evaluate/meter.h"

namespace wardmark {
namespace {

using nlohmann::json;

constexpr std::size_t kMostPictures = 5000;

torch::Tensor labels_of(const PixelSet& set) { return torch::tensor(set.labels, torch::kLong); }

struct MeterRow {
  std::string name;
  std::size_t pictures = 0;
  Learnability learnability;
  double transfer = 0;
};

MeterRow measure(const std::string& name, const PixelSet& set, const torch::Tensor& test_features,
                 const torch::Tensor& test_labels, const Compute& compute) {
  const auto classes = static_cast<std::int64_t>(set.classes.size());
  const PixelSet some = subset(set, stratified(set, std::min(kMostPictures, set.size()), 0));
  const torch::Tensor features = meter_features(some, compute);
  return {name, some.size(), learnability(features, labels_of(some), classes),
          transfer_accuracy(features, labels_of(some), test_features, test_labels, classes)};
}

}  // namespace

void report_meter(const Study& study, const Compute& compute, Console& console) {
  const Material& m = study.material;
  const torch::Tensor test = meter_features(m.test, compute);
  std::vector<MeterRow> rows;
  if (m.has_clean()) rows.push_back(measure("originals", m.clean, test, labels_of(m.test), compute));
  rows.push_back(measure("protected", m.marked, test, labels_of(m.test), compute));
  if (console.style().json) {
    json list = json::array();
    for (const MeterRow& row : rows) {
      list.push_back({{"set", row.name},
                      {"pictures", row.pictures},
                      {"transfer_accuracy", row.transfer},
                      {"within_accuracy", row.learnability.accuracy},
                      {"within_posterior", row.learnability.mean_own},
                      {"bayes_error", row.learnability.bayes_error}});
    }
    console.result(json{{"schema", "wardmark.meter/1"}, {"test_items", m.test.size()}, {"sets", list}}.dump() + "\n");
    return;
  }
  std::string text;
  for (const MeterRow& row : rows) {
    char line[200];
    std::snprintf(
        line, sizeof(line),
        "%-10s %5zu pictures: %.1f %% of the clean test pictures recognised; within the set %.1f %%, estimated "
        "Bayes error %.3f\n",
        row.name.c_str(), row.pictures, 100 * row.transfer, 100 * row.learnability.accuracy,
        row.learnability.bayes_error);
    text += line;
  }
  console.result(text +
                 "a kernel on fixed features, no training: much easier within the set than on clean pictures means a "
                 "shortcut; what networks learn only training tells\n");
}

}  // namespace wardmark
