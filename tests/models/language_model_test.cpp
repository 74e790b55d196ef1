#include "models/language_model.h"

#include <doctest/doctest.h>

#include <cstring>
#include <map>
#include <nlohmann/json.hpp>

#include "models/byte_level_bpe.h"
#include "models/text_model.h"
#include "models/tokenizer_json.h"
#include "small_sets.h"

using namespace wardmark;
using namespace wardmark::testing;
using nlohmann::json;

namespace {

LanguageConfig small_config(const std::string& family) {
  LanguageConfig config;
  config.family = family;
  config.vocabulary = 260;
  config.context = 64;
  config.width = 32;
  config.layers = 3;
  config.heads = 4;
  config.key_heads = family == "llama" ? 2 : 4;
  config.head_width = 8;
  config.hidden = 64;
  config.attention_biases = config.perceptron_biases = false;
  return config;
}

/// Far from fresh: fresh weights hardly look at what came before.
std::shared_ptr<LanguageModel> small_model(const std::string& family) {
  const LanguageConfig config = small_config(family);
  WeightSource weights(7, config.layers, {});
  const auto model = find_language_family(family).build(config, weights);
  const torch::NoGradGuard no_grad;
  for (torch::Tensor& parameter : model->parameters()) parameter.mul_(parameter.dim() > 1 ? 12 : 1);
  model->eval();
  return model;
}

/// 256 bytes as words, and four that no text gives.
std::unique_ptr<Tokenizer> bytes_as_words(std::int32_t begin = -1) {
  ByteLevelModel model;
  for (const std::string& symbol : byte_symbols()) model.words.push_back(symbol);
  for (const char* word : {"<s>", "<a>", "<b>", "<c>"}) model.words.emplace_back(word);
  model.plain.assign(260, false);
  std::fill(model.plain.begin() + 256, model.plain.end(), true);
  model.begin = begin;
  return std::make_unique<ByteLevelBpe>(std::move(model));
}

ModelFolder folder_of(std::map<std::string, Bytes> files) {
  ModelFolder folder;
  folder.name = "model";
  for (const auto& [name, bytes] : files) folder.files.insert(name);
  folder.read = [files](const std::string& name) { return files.at(name); };
  return folder;
}

Bytes bytes_in(const std::string& text) {
  const ByteView view = bytes_of(text);
  return {view.begin(), view.end()};
}

TensorMap tensors_of(const LanguageModel& model) {
  TensorMap tensors;
  for (const auto& item : model.named_parameters()) tensors["transformer." + item.key()] = item.value();
  return tensors;
}

std::string llama2c_file(std::int32_t dim, std::int32_t vocabulary, std::size_t floats) {
  const std::int32_t head[] = {dim, 16, 1, 2, 1, vocabulary, 8};
  std::string file(sizeof head + 4 * floats, '\0');
  std::memcpy(file.data(), head, sizeof head);
  return file;
}

}  // namespace

TEST_CASE("each family builds, and names what it is") {
  for (const LanguageFamily& family : language_families()) {
    INFO(family.name);
    CHECK(!family.summary.empty());
    CHECK(!family.source.empty());
    const auto model = small_model(std::string(family.name));
    const torch::Tensor logits = language_logits(*model, torch::randint(0, 260, {2, 5}, torch::kLong));
    CHECK(logits.sizes() == c10::IntArrayRef({2, 5, 260}));
    CHECK(torch::isfinite(logits).all().item<bool>());
  }
  CHECK(error_of([] { find_language_family("bert"); }).code() == Code::parameter);
}

TEST_CASE("a token sees what came before it and nothing behind") {
  for (const LanguageFamily& family : language_families()) {
    INFO(family.name);
    const torch::NoGradGuard no_grad;
    const auto model = small_model(std::string(family.name));
    torch::Tensor tokens = torch::randint(0, 260, {1, 12}, torch::kLong);
    const torch::Tensor before = language_logits(*model, tokens);
    tokens[0][7] = (tokens[0][7] + 1).remainder(260);
    const torch::Tensor change = (language_logits(*model, tokens) - before).abs().amax({0, 2});
    CHECK(change.slice(0, 0, 7).max().item<double>() < 1e-5);
    CHECK(change.slice(0, 7).min().item<double>() > 1e-3);
  }
}

TEST_CASE("greedy text with a cache is the greedy text without, whatever is read beside it") {
  const std::vector<std::string> prompts = {"once", "a", "the quick brown fox jumps over", "it is, ", "another one"};
  for (const LanguageFamily& family : language_families()) {
    INFO(family.name);
    const torch::NoGradGuard no_grad;
    const auto model = small_model(std::string(family.name));
    const auto tokenizer = bytes_as_words();
    TextModel text(model, bytes_as_words(), {});
    const std::vector<std::string> written = text.continued(prompts, 20);
    REQUIRE(written.size() == prompts.size());
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      std::vector<std::int64_t> ids;
      for (const Token& token : tokenizer->encode(prompts[i])) ids.push_back(token.id);
      const std::size_t given = ids.size();
      for (int n = 0; n < 20; ++n) {
        const torch::Tensor row = torch::tensor(ids, torch::kLong).unsqueeze(0);
        ids.push_back(language_logits(*model, row)[0][-1].argmax().item<std::int64_t>());
      }
      const std::vector<std::int32_t> fresh(ids.begin() + static_cast<std::ptrdiff_t>(given), ids.end());
      CHECK(written[i] == tokenizer->decode(fresh));
      CHECK(text.continued({prompts[i]}, 20).front() == written[i]);
    }
  }
}

TEST_CASE("prompts that are too long are cut at their front") {
  TextModel text(small_model("gpt2"), bytes_as_words(), {});
  const std::string prompt(500, 'q');
  CHECK(text.continued({prompt + "the end"}, 10) == text.continued({std::string(47, 'q') + "the end"}, 10));
  CHECK(error_of([&] { text.continued({"a"}, 64); }).code() == Code::parameter);
  CHECK(error_of([&] { text.continued({"a"}, 0); }).code() == Code::parameter);
  CHECK(error_of([&] { text.continued({""}, 4); }).code() == Code::parameter);
}

TEST_CASE("scores are those of the whole text, at and behind the boundary") {
  const torch::NoGradGuard no_grad;
  for (const std::int32_t begin : {-1, 256}) {
    const auto model = small_model("llama");
    TextModel text(model, bytes_as_words(begin), {});
    const std::vector<TextInContext> items = {
        {"once ", "upon a time"}, {"", "abc"}, {"x", ""}, {"a longer context, ", "b"}};
    const auto scores = text.scored(items);
    REQUIRE(scores.size() == 4);
    for (std::size_t i = 0; i < items.size(); ++i) {
      std::vector<std::int64_t> ids;
      if (begin >= 0) ids.push_back(begin);
      for (const char c : items[i].context + items[i].text) ids.push_back(static_cast<unsigned char>(c));
      // Where nothing begins texts, nothing predicts the first byte.
      const std::size_t counted = std::min(items[i].text.size(), ids.size() - 1);
      REQUIRE(scores[i].size() == counted);
      const torch::Tensor all =
          torch::log_softmax(language_logits(*model, torch::tensor(ids, torch::kLong).unsqueeze(0))[0], 1);
      for (std::size_t n = 0; n < counted; ++n) {
        const auto at = static_cast<std::int64_t>(ids.size() - counted + n);
        CHECK(scores[i][n] ==
              doctest::Approx(all[at - 1][ids[static_cast<std::size_t>(at)]].item<double>()).epsilon(1e-4));
      }
    }
  }
}

TEST_CASE("a token that straddles the boundary does not count, and long contexts are cut at their front") {
  ByteLevelModel words;
  for (const std::string& symbol : byte_symbols()) words.words.push_back(symbol);
  words.words.emplace_back("th");
  words.plain.assign(257, false);
  words.merges.push_back({'t', 'h', 256});
  const auto id = [&](char c) {
    return static_cast<std::int32_t>(std::ranges::find(words.words, std::string(1, c)) - words.words.begin());
  };
  words.merges.front() = {id('t'), id('h'), 256};
  TextModel text(small_model("gpt2"), std::make_unique<ByteLevelBpe>(words), {});
  CHECK(text.scored({{"at", "hx"}}).front().size() == 1);
  CHECK(text.scored({{"a", "thx"}}).front().size() == 2);
  const auto cut = text.scored({{std::string(300, 'q'), "abcd"}, {std::string(60, 'q'), "abcd"}});
  for (std::size_t i = 0; i < 4; ++i) CHECK(cut[0][i] == doctest::Approx(cut[1][i]).epsilon(1e-4));
  CHECK(error_of([&] { text.scored({{"a", std::string(65, 'q')}}); }).code() == Code::parameter);
}

TEST_CASE("a model with other words than its tokenizer is refused when they come up") {
  ByteLevelModel words;
  for (const std::string& symbol : byte_symbols()) words.words.push_back(symbol);
  words.words.resize(300, "z");
  words.plain.assign(300, true);
  std::fill(words.plain.begin(), words.plain.begin() + 256, false);
  words.added.push_back({299, "<x>"});
  TextModel text(small_model("gpt2"), std::make_unique<ByteLevelBpe>(words), {});
  CHECK(error_of([&] { text.scored({{"a", "b<x>"}}); }).code() == Code::model_format);
}

TEST_CASE("checkpoints that do not fit their configuration are refused before memory is taken") {
  const auto model = small_model("gpt2");
  const std::string config = write_language_config(model->config());
  const Bytes weights = write_safetensors(tensors_of(*model));
  const auto refused = [&](const std::string& text, const Bytes& file) {
    const Error error = error_of([&] {
      load_language_model(folder_of({{"config.json", bytes_in(text)}, {"model.safetensors", file}}), {});
    });
    INFO(error.what());
    CHECK(error.code() == Code::model_format);
  };
  CHECK_NOTHROW(
      load_language_model(folder_of({{"config.json", bytes_in(config)}, {"model.safetensors", weights}}), {}));
  refused(config, Bytes(weights.begin(), weights.begin() + static_cast<std::ptrdiff_t>(weights.size() / 2)));
  refused(config, Bytes(weights.begin(), weights.end() - 4));
  Bytes beyond = weights;
  const std::uint64_t length = 1 << 20;
  std::memcpy(beyond.data(), &length, 8);
  refused(config, beyond);
  // Ten gigabytes in a file of a kilobyte.
  json huge = json::parse(config);
  huge["n_embd"] = 16384;
  huge["n_head"] = 4;
  huge["n_layer"] = 96;
  refused(huge.dump(), weights);
  refused(huge.dump(), write_safetensors({{"transformer.wte.weight", torch::zeros({4, 4})}}));
  for (const auto& [key, value] :
       std::map<std::string, int>{{"n_inner", 65}, {"n_positions", 63}, {"vocab_size", 261}}) {
    json other = json::parse(config);
    other[key] = value;
    refused(other.dump(), weights);
  }
  TensorMap missing = tensors_of(*model);
  missing.erase("transformer.h.2.mlp.c_proj.bias");
  refused(config, write_safetensors(missing));
  TensorMap whole_numbers = tensors_of(*model);
  whole_numbers["transformer.ln_f.bias"] = torch::zeros({32}, torch::kLong);
  refused(config, write_safetensors(whole_numbers));
  CHECK(error_of([&] {
          load_language_model(folder_of({{"config.json", bytes_in(config)}}), {});
        }).code() == Code::model_format);
  CHECK(error_of([&] {
          load_language_model(
              folder_of({{"config.json", bytes_in(config)},
                         {"model.safetensors.index.json", bytes_in(R"({"weight_map":{"a":"../../x"}})")}}),
              {});
        }).code() == Code::model_format);
}

TEST_CASE("configurations are read in their ranges") {
  const auto refused = [](const std::string& text) {
    const Error error = error_of([&] { parse_language_config(bytes_of(text)); });
    INFO(text, ": ", error.what());
    CHECK(error.code() == Code::model_format);
  };
  for (const char* text :
       {"", "[]", "{}", R"({"model_type":"bert"})", R"({"model_type":7})", R"({"model_type":"gpt2","n_head":0})",
        R"({"model_type":"gpt2","n_embd":10,"n_head":3})", R"({"model_type":"gpt2","n_layer":1e9})",
        R"({"model_type":"gpt2","activation_function":"relu"})", R"({"model_type":"gpt2","n_positions":1})",
        R"({"model_type":"gpt2","scale_attn_by_inverse_layer_idx":true})",
        R"({"model_type":"llama","num_key_value_heads":5})", R"({"model_type":"llama","head_dim":7})",
        R"({"model_type":"llama","rms_norm_eps":-1})", R"({"model_type":"llama","hidden_act":"relu"})",
        R"({"model_type":"llama","rope_scaling":{"rope_type":"yarn","factor":2}})"})
    refused(text);
  const LanguageConfig config = small_config("gpt2");
  const LanguageConfig again = parse_language_config(bytes_of(write_language_config(config)));
  CHECK(again.hidden == config.hidden);
  CHECK(again.context == config.context);
  const LanguageConfig newer = parse_language_config(bytes_of(
      R"({"model_type":"llama","rope_parameters":{"rope_type":"linear","factor":2.0,"rope_theta":5000.0},"eos_token_id":[1,2]})"));
  CHECK(newer.rope_base == 5000);
  CHECK(newer.rope_scaling == RopeScaling::linear);
  CHECK(newer.ends == std::vector<std::int32_t>{1, 2});
}

TEST_CASE("a file of llama2.c is as long as it says, or refused") {
  // 20 words of 8, a layer with 2 heads of 4, one of them for keys; 16 hidden; 8 tokens.
  constexpr std::size_t floats = 20 * 8 + 8 + 8 * 8 + 2 * 4 * 8 + 8 * 8 + 8 + 3 * 16 * 8 + 8 + 8 * 4;
  const std::string file = llama2c_file(8, 20, floats);
  const Llama2cFile read = parse_llama2c(bytes_of(file));
  CHECK(read.config.tied);
  CHECK(read.tensors.size() == 11);
  CHECK_NOTHROW(load_llama2c(bytes_of(file), {}));
  CHECK(!parse_llama2c(bytes_of(llama2c_file(8, -20, floats + 160))).config.tied);
  const auto refused = [](const std::string& text) {
    const Error error = error_of([&] { parse_llama2c(bytes_of(text)); });
    INFO(error.what());
    CHECK(error.code() == Code::model_format);
  };
  refused("");
  refused(file.substr(0, file.size() - 1));
  refused(file + "x");
  refused(llama2c_file(8, INT32_MIN, floats));
  refused(llama2c_file(100'000, 4'000'000, floats));
  refused(llama2c_file(0x616b3432, 1, floats));
}
