#include "models/language_trainer.h"

#include <doctest/doctest.h>

#include "models/adamw.h"
#include "models/bpe_training.h"
#include "models/head_loss.h"
#include "models/tokenizer_json.h"
#include "small_sets.h"

using namespace wardmark;
using namespace wardmark::testing;

namespace {

ByteLevelModel learned(const std::vector<std::string>& texts, std::int32_t words) {
  return train_byte_level_bpe(
      [&](const std::function<void(std::string_view)>& sink) {
        for (const std::string& text : texts) sink(text);
      },
      words);
}

std::shared_ptr<LanguageModel> fresh_model(std::int64_t vocabulary = 50) {
  const LanguageConfig config = language_config({"tiny", 2, 2, 32}, vocabulary, 16);
  WeightSource weights(3, config.layers, {});
  return build_gpt2(config, weights);
}

/// The same twelve tokens over and over, among noise.
std::vector<std::int32_t> stream() {
  std::vector<std::int32_t> tokens;
  std::uint32_t state = 1;
  while (tokens.size() < 2000) {
    for (std::int32_t t = 0; t < 12; ++t) tokens.push_back(7 + (t * 5) % 13);
    for (int n = 0; n < 4; ++n)
      tokens.push_back(static_cast<std::int32_t>((state = state * 1664525 + 1013904223) >> 16) % 50);
  }
  return tokens;
}

LanguageRecipe small_recipe() {
  LanguageRecipe recipe;
  recipe.context = 16;
  recipe.batch = 8;
  recipe.epochs = 3;
  recipe.rate = 5e-3;
  return recipe;
}

}  // namespace

TEST_CASE("the pair that stands most often becomes a word, and of equal ones that of smaller ids") {
  const ByteLevelModel model = learned({"abab abab", " abab"}, 300);
  // Pieces: "abab", " abab" twice. "ab" stands six times, then " " with "ab" ... "abab" three times.
  REQUIRE(model.merges.size() == 3);
  CHECK(model.words[256] == "ab");
  CHECK(model.words[257] == "abab");
  CHECK(model.words[258] == "\u0120abab");
  CHECK(model.words.back() == kEndOfText);
  CHECK(model.words.size() == 260);
  const ByteLevelModel cut = learned({"abab abab", " abab"}, 258);
  CHECK(cut.merges.size() == 1);
  const ByteLevelModel equal = learned({"xyxy", "babab"}, 258);
  CHECK(equal.words[256] == "ab");  // "ab", "ba" and "xy" stand twice each
  CHECK(error_of([] { learned({"a"}, 256); }).code() == Code::parameter);
  const ByteLevelBpe tokenizer(parse_tokenizer_json(bytes_of(write_tokenizer_json(model))));
  CHECK(tokenizer.encode("abab abab<|endoftext|>").size() == 3);
}

TEST_CASE("the loss and its gradients are those of whole logits") {
  torch::manual_seed(2);
  const torch::Tensor hidden = torch::randn({75, 24}).requires_grad_(true),
                      head = torch::randn({40'000, 24}).requires_grad_(true);
  const torch::Tensor targets = torch::randint(40'000, {75}, torch::kLong);
  const torch::Tensor loss = head_loss(hidden, head, targets, false);
  (2 * loss).backward();
  const torch::Tensor by_rows = hidden.grad().clone(), by_words = head.grad().clone();
  hidden.mutable_grad().reset();
  head.mutable_grad().reset();
  const torch::Tensor whole = torch::nn::functional::cross_entropy(hidden.mm(head.t()), targets);
  (2 * whole).backward();
  CHECK(loss.item<double>() == doctest::Approx(whole.item<double>()).epsilon(1e-5));
  CHECK(torch::allclose(by_rows, hidden.grad(), 1e-4, 1e-6));
  CHECK(torch::allclose(by_words, head.grad(), 1e-4, 1e-6));
}

TEST_CASE("steps are those of torch's AdamW") {
  torch::manual_seed(4);
  const torch::Tensor start = torch::randn({7, 5});
  torch::Tensor ours = start.clone().requires_grad_(true), theirs = start.clone().requires_grad_(true);
  AdamW::Settings settings;
  settings.clip = 0;
  AdamW optimiser({ours}, settings);
  torch::optim::AdamW reference({theirs}, torch::optim::AdamWOptions(0.01).betas({0.9, 0.95}).weight_decay(0.1));
  for (int n = 0; n < 5; ++n) {
    optimiser.clear();
    reference.zero_grad();
    (ours.pow(3).sum() * (n + 1)).backward();
    (theirs.pow(3).sum() * (n + 1)).backward();
    optimiser.step(0.01);
    reference.step();
  }
  CHECK(torch::allclose(ours, theirs, 1e-5, 1e-6));
  CHECK((ours - start).abs().max().item<double>() > 0.01);
  // A gradient a thousand times as long makes the same step once it is shortened.
  torch::Tensor a = start.clone().requires_grad_(true), b = start.clone().requires_grad_(true);
  AdamW first({a}, {}), second({b}, {});
  (a.sum() * 10).backward();
  (b.sum() * 10'000).backward();
  first.step(0.01);
  second.step(0.01);
  CHECK(torch::allclose(a, b, 1e-4, 1e-6));
}

TEST_CASE("a model learns what is repeated, and its files hold what it learned") {
  const auto model = fresh_model();
  const std::vector<std::int32_t> tokens = stream();
  const LanguageTrained trained = train_language(*model, tokens, small_recipe(), {}, {});
  REQUIRE(trained.epochs.size() == 3);
  CHECK(trained.epochs.front().loss > trained.epochs.back().loss + 0.5);
  CHECK(trained.epochs.back().tokens == 123 * 16);
  const torch::NoGradGuard no_grad;
  const TensorFile file = read_safetensors(language_weights(*model));
  CHECK(file.tensors.contains("transformer.h.1.attn.c_attn.weight"));
  WeightSource weights(file.tensors, "transformer.", {});
  const auto again = build_gpt2(model->config(), weights);
  const torch::Tensor row = torch::tensor(std::vector<std::int64_t>(tokens.begin(), tokens.begin() + 16)).unsqueeze(0);
  CHECK(torch::equal(language_logits(*again, row), language_logits(*model, row)));
}

TEST_CASE("a run is its seed, and goes on from a checkpoint as if it had not stopped") {
  torch::set_num_threads(1);
  const std::vector<std::int32_t> tokens = stream();
  std::vector<Bytes> kept;
  LanguageControl control;
  control.checkpoint = [&](const Bytes& bytes) { kept.push_back(bytes); };
  const auto whole = fresh_model(), resumed = fresh_model(), other = fresh_model();
  train_language(*whole, tokens, small_recipe(), control, {});
  REQUIRE(kept.size() == 3);
  LanguageControl later;
  later.resume = kept[0];
  const LanguageTrained trained = train_language(*resumed, tokens, small_recipe(), later, {});
  CHECK(trained.epochs.size() == 3);
  CHECK(language_weights(*resumed) == language_weights(*whole));
  LanguageRecipe changed = small_recipe();
  changed.seed = 1;
  CHECK(error_of([&] { train_language(*other, tokens, changed, later, {}); }).code() == Code::recipe_changed);
  train_language(*other, tokens, changed, {}, {});
  CHECK(language_weights(*other) != language_weights(*whole));
  later.resume = ByteView(kept[0]).first(kept[0].size() / 2);
  CHECK(error_of([&] { train_language(*other, tokens, small_recipe(), later, {}); }).code() == Code::model_format);
  LanguageControl stopping;
  stopping.stop = [] { return true; };
  CHECK(train_language(*other, tokens, small_recipe(), stopping, {}).stopped);
}

TEST_CASE("recipes in their ranges, and sizes by name") {
  for (const LanguageSize& size : language_sizes()) {
    CHECK(size.width % size.heads == 0);
    CHECK(&find_language_size(size.name) == &size);
  }
  CHECK(error_of([] { find_language_size("gpt-5"); }).code() == Code::parameter);
  LanguageRecipe recipe = small_recipe();
  recipe.epochs = 0;
  CHECK(error_of([&] { check_language_recipe(recipe); }).code() == Code::parameter);
  recipe = small_recipe();
  CHECK(error_of([&] { train_language(*fresh_model(), {1, 2, 3}, recipe, {}, {}); }).code() == Code::parameter);
  recipe.context = 32;
  CHECK(error_of([&] { train_language(*fresh_model(), stream(), recipe, {}, {}); }).code() == Code::parameter);
}
