#include "models/text_model.h"

#include <algorithm>
#include <limits>

#include "core/error.h"

namespace wardmark {
namespace {

/// Tokens that go through the model at once: enough for large products, little enough for the caches.
constexpr std::int64_t kTokensAtOnce = 4096;
/// Logits held at once: they stay in the processor's caches.
constexpr std::int64_t kLogitsAtOnce = std::int64_t{1} << 21;

}  // namespace

TextModel::TextModel(std::shared_ptr<LanguageModel> model, std::unique_ptr<Tokenizer> tokenizer, const Compute& compute)
    : model_(std::move(model)),
      tokenizer_(std::move(tokenizer)),
      compute_(compute),
      context_(std::min(model_->config().context, kLongestServed)) {}

std::vector<std::int64_t> TextModel::ids_of(const std::vector<Token>& tokens) const {
  std::vector<std::int64_t> ids;
  ids.reserve(tokens.size() + 1);
  // Once: a text may spell the token out itself.
  const std::int32_t begin = tokenizer_->begin_id();
  if (begin >= 0 && (tokens.empty() || tokens.front().id != begin)) ids.push_back(begin);
  for (const Token& token : tokens) ids.push_back(token.id);
  for (const std::int64_t id : ids) {
    if (id >= model_->config().vocabulary) {
      throw Error(Code::model_format, "the tokenizer has words that the model lacks: " + std::to_string(id) + " of " +
                                          std::to_string(model_->config().vocabulary));
    }
  }
  return ids;
}

torch::Tensor TextModel::padded(const std::vector<Row>& rows) const {
  std::size_t longest = 0;
  for (const Row& row : rows) longest = std::max(longest, row.ids.size());
  torch::Tensor tokens =
      torch::zeros({static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(longest)}, torch::kLong);
  for (std::size_t i = 0; i < rows.size(); ++i)
    std::ranges::copy(rows[i].ids, tokens[static_cast<std::int64_t>(i)].data_ptr<std::int64_t>());
  return tokens.to(compute_.device);
}

/// Rows of similar length together; each will grow by `more`.
std::vector<std::vector<TextModel::Row>> TextModel::batches(std::vector<Row> rows, std::int64_t more) const {
  std::ranges::stable_sort(rows, {}, [](const Row& row) { return row.ids.size(); });
  std::vector<std::vector<Row>> batches;
  for (Row& row : rows) {
    const auto length = static_cast<std::int64_t>(row.ids.size()) + more;
    if (batches.empty() || static_cast<std::int64_t>(batches.back().size() + 1) * length > kTokensAtOnce)
      batches.emplace_back();
    batches.back().push_back(std::move(row));
  }
  return batches;
}

void TextModel::score(const std::vector<Row>& rows, std::vector<std::vector<float>>& scores) {
  LanguageStep step;
  step.tokens = padded(rows);
  const std::int64_t length = step.tokens.size(1);
  step.positions = torch::arange(length, step.tokens.options());
  step.mask = causal_mask(length, compute_.device);
  const torch::Tensor hidden = model_->hidden(step).view({-1, model_->config().width});
  // What predicts a token stands one place before it.
  std::vector<std::int64_t> places, targets;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto end = static_cast<std::int64_t>(rows[i].ids.size());
    for (std::int64_t t = end - rows[i].counted; t < end; ++t) {
      places.push_back(static_cast<std::int64_t>(i) * length + t - 1);
      targets.push_back(rows[i].ids[static_cast<std::size_t>(t)]);
    }
  }
  const torch::Tensor place = torch::tensor(places, torch::kLong).to(compute_.device);
  const torch::Tensor target = torch::tensor(targets, torch::kLong).to(compute_.device).unsqueeze(1);
  const std::int64_t at_once = std::max<std::int64_t>(1, kLogitsAtOnce / model_->config().vocabulary);
  std::vector<float> all;
  for (std::int64_t begin = 0; begin < place.size(0); begin += at_once) {
    const std::int64_t end = std::min(place.size(0), begin + at_once);
    const torch::Tensor logits = model_->logits(hidden.index_select(0, place.slice(0, begin, end)));
    const torch::Tensor chosen = torch::log_softmax(logits, 1).gather(1, target.slice(0, begin, end)).squeeze(1);
    const torch::Tensor values = chosen.clamp_max(0).to(torch::kCPU).contiguous();
    if (!torch::isfinite(values).all().item<bool>())
      throw Error(Code::model_format, "the model answers with no numbers", "its weights are damaged");
    all.insert(all.end(), values.data_ptr<float>(), values.data_ptr<float>() + values.numel());
  }
  auto next = all.begin();
  for (const Row& row : rows) {
    scores[row.item].assign(next, next + row.counted);
    next += row.counted;
  }
}

std::vector<std::vector<float>> TextModel::scored(const std::vector<TextInContext>& items) {
  const torch::NoGradGuard no_grad;
  std::vector<Row> rows;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto boundary = static_cast<std::uint32_t>(items[i].context.size());
    const std::vector<Token> tokens = tokenizer_->encode(items[i].context + items[i].text);
    Row row;
    row.item = i;
    row.ids = ids_of(tokens);
    row.counted = std::ranges::count_if(tokens, [&](const Token& t) { return t.begin >= boundary; });
    row.counted = std::min(row.counted, static_cast<std::int64_t>(row.ids.size()) - 1);
    if (row.counted <= 0) continue;
    if (const auto over = static_cast<std::int64_t>(row.ids.size()) - context_; over > 0) {
      if (row.counted >= context_) {
        throw Error(Code::parameter, "a text of " + std::to_string(row.counted) + " tokens, and the model takes " +
                                         std::to_string(context_));
      }
      // The token that begins texts stays.
      const auto kept = row.ids.begin() + (tokenizer_->begin_id() >= 0 && row.counted + 1 < context_ ? 1 : 0);
      row.ids.erase(kept, kept + over);
    }
    rows.push_back(std::move(row));
  }
  std::vector<std::vector<float>> scores(items.size());
  for (const std::vector<Row>& batch : batches(std::move(rows), 0)) score(batch, scores);
  return scores;
}

std::vector<std::vector<std::int64_t>> TextModel::decode(const std::vector<Row>& rows, std::int64_t tokens) {
  const auto count = static_cast<std::int64_t>(rows.size());
  const std::vector<std::int32_t>& ends = model_->config().ends;
  KeyValueCache cache;
  LanguageStep step;
  step.tokens = padded(rows);
  const std::int64_t longest = step.tokens.size(1);
  cache.capacity = longest + tokens;
  step.positions = torch::arange(longest, step.tokens.options());
  step.mask = causal_mask(longest, compute_.device);
  step.cache = &cache;
  std::vector<std::int64_t> lengths;
  for (const Row& row : rows) lengths.push_back(static_cast<std::int64_t>(row.ids.size()));
  const torch::Tensor length = torch::tensor(lengths, torch::kLong).to(compute_.device);
  const torch::Tensor hidden = model_->hidden(step);
  torch::Tensor last = hidden.gather(1, (length - 1).view({-1, 1, 1}).expand({-1, 1, hidden.size(2)})).squeeze(1);
  // Nobody looks at the places between a row's end and the longest row's.
  const torch::Tensor slots = torch::arange(cache.capacity, step.tokens.options()).unsqueeze(0);
  const torch::Tensor unused = slots.ge(length.unsqueeze(1)).logical_and(slots.lt(longest));
  const torch::Tensor mask = torch::zeros({count, cache.capacity}, torch::device(compute_.device))
                                 .masked_fill(unused, -std::numeric_limits<float>::infinity())
                                 .view({count, 1, 1, cache.capacity});
  std::vector<std::vector<std::int64_t>> written(rows.size());
  std::vector<bool> ended(rows.size(), false);
  for (std::int64_t n = 0; n < tokens; ++n) {
    const torch::Tensor best = model_->logits(last).argmax(1);
    const torch::Tensor ids = best.to(torch::kCPU).contiguous();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::int64_t id = ids.data_ptr<std::int64_t>()[i];
      ended[i] = ended[i] || std::ranges::find(ends, id) != ends.end();
      if (!ended[i]) written[i].push_back(id);
    }
    if (n + 1 == tokens || std::ranges::find(ended, false) == ended.end()) break;
    step.tokens = best.unsqueeze(1);
    step.positions = (length + n).unsqueeze(1);
    step.mask = mask.slice(3, 0, longest + n + 1);
    last = model_->hidden(step).squeeze(1);
  }
  return written;
}

/// Vocabularies that put a space before texts take it away again in front, so the new text is what the prompt lacks.
std::string TextModel::behind(const std::vector<std::int64_t>& prompt, const std::vector<std::int64_t>& fresh) const {
  const auto text_of = [&](const std::vector<std::int64_t>& ids) {
    return tokenizer_->decode(std::vector<std::int32_t>(ids.begin(), ids.end()));
  };
  std::vector<std::int64_t> all = prompt;
  all.insert(all.end(), fresh.begin(), fresh.end());
  const std::string before = text_of(prompt), whole = text_of(all);
  return whole.starts_with(before) ? whole.substr(before.size()) : text_of(fresh);
}

std::vector<std::string> TextModel::continued(const std::vector<std::string>& prompts, std::int64_t tokens) {
  const torch::NoGradGuard no_grad;
  if (tokens < 1 || tokens >= context_) {
    throw Error(Code::parameter, std::to_string(tokens) + " tokens behind a prompt, and the model takes " +
                                     std::to_string(context_) + " in all");
  }
  std::vector<Row> rows;
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    Row row;
    row.item = i;
    row.ids = ids_of(tokenizer_->encode(prompts[i]));
    if (row.ids.empty() && model_->config().begin >= 0) row.ids.push_back(model_->config().begin);
    if (row.ids.empty())
      throw Error(Code::parameter, "an empty prompt, and the model names no token that begins texts");
    if (const auto over = static_cast<std::int64_t>(row.ids.size()) + tokens - context_; over > 0) {
      const auto kept = row.ids.begin() + (tokenizer_->begin_id() >= 0 && context_ - tokens > 1 ? 1 : 0);
      row.ids.erase(kept, kept + over);
    }
    rows.push_back(std::move(row));
  }
  std::vector<std::string> texts(prompts.size());
  for (const std::vector<Row>& batch : batches(std::move(rows), tokens)) {
    const auto written = decode(batch, tokens);
    for (std::size_t i = 0; i < batch.size(); ++i) texts[batch[i].item] = behind(batch[i].ids, written[i]);
  }
  return texts;
}

std::unique_ptr<TextModel> open_text_model(const ModelFolder& folder, const std::string& checkpoint,
                                           const Compute& compute) {
  std::unique_ptr<Tokenizer> tokenizer = open_tokenizer(folder);
  const auto model =
      checkpoint.empty() ? load_language_model(folder, compute) : load_llama2c(folder.read(checkpoint), compute);
  return std::make_unique<TextModel>(model, std::move(tokenizer), compute);
}

}  // namespace wardmark
