#include "models/attention.h"

#include <cmath>

#include "core/error.h"

namespace wardmark {

Projection::Projection(const std::string& name, std::int64_t in, std::int64_t out, bool bias, bool turned,
                       WeightSource& weights, WeightSource::Start start)
    : turned_(turned) {
  const std::vector<std::int64_t> shape = turned ? std::vector{in, out} : std::vector{out, in};
  weight_ = register_parameter("weight", weights.take(name + ".weight", shape, start), weights.fresh());
  if (bias)
    bias_ =
        register_parameter("bias", weights.take(name + ".bias", {out}, WeightSource::Start::zeros), weights.fresh());
}

torch::Tensor Projection::forward(const torch::Tensor& x) const {
  const torch::Tensor input = weight_.scalar_type() == torch::kFloat ? x : x.to(weight_.scalar_type());
  const torch::Tensor matrix = turned_ ? weight_ : weight_.t();
  if (!bias_.defined()) return input.mm(matrix);
  return torch::addmm(bias_.to(matrix.scalar_type()), input, matrix);
}

torch::Tensor attention(const torch::Tensor& queries, const torch::Tensor& keys, const torch::Tensor& values,
                        const torch::Tensor& mask) {
  const std::int64_t batch = queries.size(0), heads = queries.size(1), rows = queries.size(2), width = queries.size(3);
  const std::int64_t columns = keys.size(2), shared = heads / keys.size(1);
  // Several heads of queries may share one of keys.
  const auto each_head = [&](const torch::Tensor& x) {
    const torch::Tensor all = shared == 1 ? x : x.unsqueeze(2).expand({-1, -1, shared, -1, -1});
    return all.reshape({batch * heads, columns, width});
  };
  const double scale = 1 / std::sqrt(static_cast<double>(width));
  const torch::Tensor bias = mask.to(queries.scalar_type());
  const torch::Tensor shown =
      bias.dim() == 2 ? bias : bias.expand({batch, heads, rows, columns}).reshape({batch * heads, rows, columns});
  const torch::Tensor scores =
      torch::baddbmm(shown, queries.reshape({batch * heads, rows, width}), each_head(keys).transpose(1, 2), 1, scale);
  const torch::Tensor shares = torch::softmax(scores, -1).to(values.scalar_type());
  return shares.bmm(each_head(values)).view({batch, heads, rows, width}).transpose(1, 2).reshape({batch * rows, -1});
}

KeysAndValues remembered(KeyValueCache* cache, std::size_t layer, const torch::Tensor& keys,
                         const torch::Tensor& values) {
  if (cache == nullptr) return {keys, values};
  const std::int64_t end = cache->used + keys.size(2);
  if (end > cache->capacity) broken_promise("a cache of keys that is too small");
  if (cache->keys.size() == layer) {
    const std::vector<std::int64_t> shape = {keys.size(0), keys.size(1), cache->capacity, keys.size(3)};
    cache->keys.push_back(torch::empty(shape, keys.options()));
    cache->values.push_back(torch::empty(shape, values.options()));
  }
  cache->keys[layer].slice(2, cache->used, end).copy_(keys);
  cache->values[layer].slice(2, cache->used, end).copy_(values);
  return {cache->keys[layer].slice(2, 0, end), cache->values[layer].slice(2, 0, end)};
}

}  // namespace wardmark
