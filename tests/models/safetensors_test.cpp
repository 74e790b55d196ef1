#include "models/safetensors.h"

#include <doctest/doctest.h>

#include <cstring>

#include "models/classifier_file.h"
#include "models/network_state.h"
#include "small_sets.h"

using namespace wardmark;
using namespace wardmark::testing;

namespace {

Bytes file_of(const std::string& header, std::size_t data_bytes) {
  Bytes bytes(8 + header.size() + data_bytes, 0);
  const std::uint64_t length = header.size();
  std::memcpy(bytes.data(), &length, 8);
  std::memcpy(bytes.data() + 8, header.data(), header.size());
  return bytes;
}

std::string entry(const char* type, const char* shape, const char* offsets) {
  return std::string(R"({"a":{"dtype":")") + type + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
}

Classifier small_classifier() {
  torch::manual_seed(3);
  Classifier model;
  model.network = build_network(find_network("resnet18"), {3, 32, 4, 0.125});
  model.network->forward(torch::randn({4, 3, 32, 32}));  // moves the running means away from 0
  model.network->eval();
  model.mean = torch::tensor({0.5F, 0.4F, 0.3F}).view({1, 3, 1, 1});
  model.std = torch::tensor({0.2F, 0.3F, 0.1F}).view({1, 3, 1, 1});
  return model;
}

const ClassifierInfo kInfo = {"resnet18", 32, 32, 3, 0.125, {"a", "b", "c", "d"}, R"({"epochs":3})"};

}  // namespace

TEST_CASE("what is written is read back, in every type and layout") {
  torch::manual_seed(1);
  const TensorMap tensors = {{"f64", torch::randn({3}, torch::kDouble)},
                             {"f32", torch::randn({2, 3, 4})},
                             {"turned", torch::randn({3, 5}).t()},
                             {"last", torch::randn({2, 3, 4, 4}).contiguous(torch::MemoryFormat::ChannelsLast)},
                             {"f16", torch::randn({3}).to(torch::kHalf)},
                             {"bf16", torch::randn({5}).to(torch::kBFloat16)},
                             {"i64", torch::tensor(7, torch::kLong)},
                             {"u8", torch::tensor({1, 255, 0}, torch::kByte)},
                             {"bool", torch::tensor({1, 0, 1}).to(torch::kBool)},
                             {"empty", torch::empty({0, 4})}};
  const Bytes bytes = write_safetensors(tensors, {{"format", "pt"}});
  CHECK(bytes == write_safetensors(tensors, {{"format", "pt"}}));
  const TensorFile file = read_safetensors(bytes);
  CHECK(file.metadata == std::map<std::string, std::string>{{"format", "pt"}});
  REQUIRE(file.tensors.size() == tensors.size());
  for (const auto& [name, tensor] : tensors) {
    INFO(name);
    CHECK(file.tensors.at(name).dtype() == tensor.dtype());
    CHECK(torch::equal(file.tensors.at(name), tensor));
  }
  CHECK(error_of([] { write_safetensors({{"c", torch::zeros({1}, torch::kComplexFloat)}}); }).code() == Code::bug);
}

TEST_CASE("a file written by hand is read") {
  Bytes bytes = file_of(R"({"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}   )", 8);
  const float values[] = {1.5F, -2.0F};
  std::memcpy(bytes.data() + bytes.size() - 8, values, 8);
  const TensorFile file = read_safetensors(bytes);
  CHECK(torch::equal(file.tensors.at("a"), torch::tensor({1.5F, -2.0F})));
  CHECK(file.metadata.at("k") == "v");
}

TEST_CASE("malformed files are refused") {
  const auto refused = [](const std::string& header, std::size_t data_bytes) {
    const Error error = error_of([&] { read_safetensors(file_of(header, data_bytes)); });
    INFO(header, ": ", error.what());
    CHECK(error.code() == Code::model_format);
    return std::string(error.what());
  };
  CHECK_NOTHROW(read_safetensors(file_of(entry("F32", "[2]", "[0,8]"), 8)));
  refused("", 0);
  refused("[1,2]", 0);
  refused("{", 0);
  refused(std::string(200000, '['), 0);
  refused(entry("F32", "[2]", "[0,8]"), 7);
  refused(entry("F32", "[2]", "[0,8]"), 9);
  refused(entry("F32", "[2]", "[8,0]"), 8);
  refused(entry("F32", "[2]", "[0]"), 8);
  refused(entry("F32", "[2]", "[-8,0]"), 8);
  refused(entry("F32", "[2]", "[0.0,8.0]"), 8);
  refused(entry("F32", "[2]", "[4,12]"), 12);
  refused(entry("F32", "[3]", "[0,8]"), 8);
  refused(entry("F32", "[-2]", "[0,8]"), 8);
  refused(entry("F32", "2", "[0,8]"), 8);
  refused(entry("F32", "[4611686018427387904,4]", "[0,0]"), 0);
  refused(entry("U8", "[18446744073709551615]", "[0,0]"), 0);
  refused(entry("F32", "[0,18446744073709551615]", "[0,0]"), 0);
  refused(entry("F32", "[0,4611686018427387904,4]", "[0,0]"), 0);
  refused(entry("F64", "[4611686018427387904,0]", "[0,0]"), 0);
  refused(entry("F32", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", "[0,4]"), 4);
  refused(R"({"a":{"dtype":32,"shape":[2],"data_offsets":[0,8]}})", 8);
  refused(R"({"a":{"shape":[2],"data_offsets":[0,8]}})", 8);
  refused(R"({"a":7})", 0);
  refused(R"({"__metadata__":{"k":1}})", 0);
  refused(R"({"__metadata__":"k"})", 0);
  CHECK(refused(entry("F8_E4M3", "[2]", "[0,2]"), 2).find("F8_E4M3") != std::string::npos);
  const std::string one = R"("a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
  CHECK(refused("{" + one + "," + one + "}", 8).find("twice") != std::string::npos);
  CHECK(refused("{" + one + R"(,"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})", 12).find("overlap") !=
        std::string::npos);
  CHECK(refused("{" + one + R"(,"b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}})", 16).find("no tensor") !=
        std::string::npos);
  Bytes truth = file_of(entry("BOOL", "[1]", "[0,1]"), 1);
  CHECK_NOTHROW(read_safetensors(truth));
  truth.back() = 2;
  CHECK(error_of([&] { read_safetensors(truth); }).code() == Code::model_format);
}

TEST_CASE("no cut and no flipped byte of a file does more than throw") {
  const Bytes bytes =
      write_safetensors({{"a", torch::ones({3})}, {"b", torch::ones({2, 2}, torch::kByte)}}, {{"k", "v"}});
  for (std::size_t length = 0; length < bytes.size(); ++length)
    CHECK(error_of([&] { read_safetensors(ByteView(bytes).first(length)); }).code() == Code::model_format);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const int flip : {1, 4, 32, 128, 255}) {
      Bytes changed = bytes;
      changed[i] = static_cast<std::uint8_t>(changed[i] ^ flip);
      try {
        read_safetensors(changed);
      } catch (const Error& error) {
        CHECK(error.code() == Code::model_format);
      }
    }
  }
}

TEST_CASE("a classifier comes back with the same logits") {
  const Classifier model = small_classifier();
  const ClassifierFiles files = save_classifier(model, kInfo);
  const LoadedClassifier loaded = load_classifier(files.weights, files.description, Compute{});
  CHECK(loaded.info.classes == kInfo.classes);
  CHECK(loaded.info.recipe == kInfo.recipe);
  CHECK_FALSE(loaded.model.network->is_training());
  const torch::NoGradGuard no_grad;
  const torch::Tensor x = torch::rand({3, 3, 32, 32});
  CHECK(torch::allclose(loaded.model(x), model(x), 1e-5, 1e-6));
}

TEST_CASE("weights that do not fit are listed and change nothing") {
  const Classifier model = small_classifier();
  TensorMap state = copied_state(*model.network);
  const TensorMap before = state;
  state.erase("layer1.0.bn1.num_batches_tracked");
  CHECK_NOTHROW(load_state(*model.network, state));
  state.erase("layer1.0.conv1.weight");
  state["fc.bias"] = torch::zeros({5});
  state["extra"] = torch::zeros({1});
  state["conv1.weight"] = torch::zeros_like(state["conv1.weight"]);
  const std::string text = error_of([&] { load_state(*model.network, state); }).what();
  CHECK(text.find("missing: layer1.0.conv1.weight;") != std::string::npos);
  CHECK(text.find("not part of the network: extra;") != std::string::npos);
  CHECK(text.find("of another shape: fc.bias ([5] for [4])") != std::string::npos);
  for (const auto& [name, tensor] : copied_state(*model.network)) CHECK(torch::equal(tensor, before.at(name)));

  const ClassifierFiles files = save_classifier(model, kInfo);
  ClassifierInfo wider = kInfo;
  wider.width_multiplier = 0.25;
  const Bytes description = save_classifier(model, wider).description;
  CHECK(error_of([&] { load_classifier(files.weights, description, Compute{}); }).code() == Code::model_format);
}

TEST_CASE("descriptions that are damaged are refused") {
  const ClassifierFiles files = save_classifier(small_classifier(), kInfo);
  const std::string good(text_of(files.description));
  const auto code_with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    text.replace(at, from.size(), to);
    return error_of([&] { load_classifier(files.weights, bytes_of(text), Compute{}); }).code();
  };
  CHECK(code_with("wardmark-model/1", "wardmark-model/9") == Code::model_format);
  CHECK(code_with("\"resnet18\"", "\"resnet99\"") == Code::model_format);
  CHECK(code_with("\"resnet18\"", "[]") == Code::model_format);
  CHECK(code_with("\"height\": 32", "\"height\": -1") == Code::model_format);
  CHECK(code_with("\"height\": 32", "\"height\": 99999999") == Code::model_format);
  CHECK(code_with("\"channels\": 3", "\"channels\": 4") == Code::model_format);
  CHECK(code_with("\"std\"", "\"other\"") == Code::model_format);
  CHECK(code_with("{", "") == Code::model_format);
}
