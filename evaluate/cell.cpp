#include "evaluate/cell.h"

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/error.h"

namespace wardmark {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 4> kData = {"clean", "marked", "mixture", "clean part"};

/// JSON has no NaN.
json number(double value) { return std::isfinite(value) ? json(value) : json(nullptr); }
double number(const json& value) { return value.is_null() ? std::nan("") : value.get<double>(); }

json reading_json(const Reading& r) {
  return {{"epoch", r.epoch},
          {"accuracy", number(r.accuracy)},
          {"balanced_accuracy", number(r.balanced_accuracy)},
          {"auc", number(r.auc)},
          {"predicted", r.predicted}};
}

Reading reading_of(const json& row) {
  return {row.at("epoch").get<int>(), number(row.at("accuracy")), number(row.at("balanced_accuracy")),
          number(row.at("auc")), row.at("predicted").get<std::vector<std::int32_t>>()};
}

}  // namespace

std::string Cell::data_text() const {
  if (data == Data::mixture) return "mixture " + std::to_string(share) + " %";
  if (data == Data::clean_part) return "clean part of mixture " + std::to_string(share) + " %";
  return std::string(kData[static_cast<std::size_t>(data)]);
}

std::string Cell::text() const {
  return network + ", " + data_text() + ", " + breaker + ", repeat " + std::to_string(repeat);
}

std::string cell_line(const CellResult& result) {
  const Cell& c = result.cell;
  return json{{"cell",
               {{"data", kData[static_cast<std::size_t>(c.data)]},
                {"share", c.share},
                {"breaker", c.breaker},
                {"network", c.network},
                {"repeat", c.repeat}}},
              {"train_items", result.train_items},
              {"epochs", result.epochs},
              {"seed", result.seed},
              {"seconds", result.seconds},
              {"compute", result.compute},
              {"last", reading_json(result.last)},
              {"best", reading_json(result.best)}}
      .dump();
}

CellResult read_cell_line(std::string_view line) {
  try {
    const json row = json::parse(line);
    const json& c = row.at("cell");
    const auto data = std::ranges::find(kData, c.at("data").get<std::string>());
    if (data == kData.end()) throw Error(Code::record_format, "an unknown kind of training data in a cell");
    CellResult result;
    result.cell = {static_cast<Data>(data - kData.begin()), c.at("share").get<int>(),
                   c.at("breaker").get<std::string>(), c.at("network").get<std::string>(), c.at("repeat").get<int>()};
    result.train_items = row.at("train_items").get<std::size_t>();
    result.epochs = row.at("epochs").get<int>();
    result.seed = row.at("seed").get<std::uint64_t>();
    result.seconds = row.at("seconds").get<double>();
    result.compute = row.at("compute").get<std::string>();
    result.last = reading_of(row.at("last"));
    result.best = reading_of(row.at("best"));
    return result;
  } catch (const json::exception&) {
    throw Error(Code::record_format, "a line of results that cannot be read",
                "remove the study's folder, or give --overwrite");
  }
}

}  // namespace wardmark
