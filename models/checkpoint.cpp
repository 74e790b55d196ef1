#include "models/checkpoint.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>

namespace wardmark {
namespace {

using nlohmann::json;

constexpr const char* kSchema = "wardmark-checkpoint/1";

struct Part {
  std::string_view prefix;
  TensorMap Checkpoint::*tensors;
};
constexpr Part kParts[] = {{"network/", &Checkpoint::network},
                           {"momentum/", &Checkpoint::momenta},
                           {"best/", &Checkpoint::best},
                           {"scale/", &Checkpoint::scale}};

[[noreturn]] void refuse(const std::string& what) {
  throw Error(Code::model_format, "checkpoint: " + what, "remove the file to train from the start");
}

// JSON has no NaN: absent numbers are null.
json to_json(const EpochRecord& r) {
  return json::array(
      {r.epoch, r.loss, r.train_accuracy, r.validation_accuracy, r.validation_balanced, r.rate, r.seconds});
}

double share(const json& value) { return value.is_null() ? std::nan("") : value.get<double>(); }

EpochRecord record_of(const json& row) {
  if (row.size() != 7) refuse("a record of an epoch is incomplete");
  return {row.at(0).get<int>(), share(row.at(1)), share(row.at(2)), share(row.at(3)),
          share(row.at(4)),     share(row.at(5)), share(row.at(6))};
}

}  // namespace

Bytes write_checkpoint(const Checkpoint& checkpoint) {
  json records = json::array();
  for (const EpochRecord& record : checkpoint.records) records.push_back(to_json(record));
  const json state = {{"identity", checkpoint.identity}, {"records", records}, {"best_epoch", checkpoint.best_epoch}};
  TensorMap all;
  for (const Part& part : kParts) {
    for (const auto& [name, tensor] : checkpoint.*part.tensors) all.emplace(std::string(part.prefix) + name, tensor);
  }
  return write_safetensors(all, {{"schema", kSchema}, {"state", state.dump()}});
}

Checkpoint read_checkpoint(ByteView bytes, const std::string& identity) {
  TensorFile file = read_safetensors(bytes);
  if (file.metadata["schema"] != kSchema) refuse("not a checkpoint of this version");
  Checkpoint checkpoint;
  try {
    const json state = json::parse(file.metadata["state"]);
    checkpoint.identity = state.at("identity").get<std::string>();
    checkpoint.best_epoch = state.at("best_epoch").get<int>();
    for (const json& row : state.at("records")) checkpoint.records.push_back(record_of(row));
  } catch (const json::exception&) {
    refuse("its state cannot be read");
  }
  if (checkpoint.identity != identity) {
    throw Error(Code::recipe_changed, "checkpoint: it is of another recipe or of other pictures",
                "train from the start, or give the arguments of the first run");
  }
  for (auto& [name, tensor] : file.tensors) {
    bool placed = false;
    for (const Part& part : kParts) {
      if (!name.starts_with(part.prefix)) continue;
      (checkpoint.*part.tensors).emplace(name.substr(part.prefix.size()), tensor);
      placed = true;
    }
    if (!placed) refuse("\"" + name + "\" has no place in it");
  }
  return checkpoint;
}

}  // namespace wardmark
