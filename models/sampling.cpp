#include "models/sampling.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "models/seeds.h"

namespace wardmark {
namespace {

using Indices = std::vector<std::int64_t>;

Indices permuted(const Indices& items, torch::Generator& random) {
  const torch::Tensor order = torch::randperm(static_cast<std::int64_t>(items.size()), random, torch::kLong);
  Indices result(items.size());
  for (std::size_t i = 0; i < items.size(); ++i)
    result[i] = items[static_cast<std::size_t>(order.data_ptr<std::int64_t>()[i])];
  return result;
}

torch::Tensor as_tensor(const Indices& items) { return torch::tensor(items, torch::kLong); }

}  // namespace

Split stratified_split(std::span<const std::int64_t> labels, double share, std::uint64_t seed) {
  std::map<std::int64_t, Indices> by_class;
  for (std::size_t i = 0; i < labels.size(); ++i) by_class[labels[i]].push_back(static_cast<std::int64_t>(i));
  torch::Generator random = seeded_generator(draw_seed(seed, Draw::split));
  Indices train, validation;
  for (const auto& [label, items] : by_class) {
    const auto size = static_cast<std::int64_t>(items.size());
    std::int64_t aside = 0;
    if (share > 0 && size > 1)
      aside = std::clamp<std::int64_t>(std::llround(share * static_cast<double>(size)), 1, size - 1);
    const Indices order = permuted(items, random);
    validation.insert(validation.end(), order.begin(), order.begin() + aside);
    train.insert(train.end(), order.begin() + aside, order.end());
  }
  std::ranges::sort(train);
  std::ranges::sort(validation);
  return {as_tensor(train), as_tensor(validation)};
}

torch::Tensor epoch_order(std::span<const std::int64_t> labels, const torch::Tensor& items, bool balanced,
                          std::uint64_t seed, std::int64_t epoch) {
  torch::Generator random = seeded_generator(draw_seed(seed, Draw::order, epoch));
  const torch::Tensor list = items.to(torch::kCPU, torch::kLong).contiguous();
  const Indices all(list.data_ptr<std::int64_t>(), list.data_ptr<std::int64_t>() + list.numel());
  if (!balanced) return as_tensor(permuted(all, random));

  std::map<std::int64_t, Indices> by_class;
  for (const std::int64_t i : all) by_class[labels[static_cast<std::size_t>(i)]].push_back(i);
  // Which classes get the places that are left over changes from epoch to epoch.
  const auto classes = static_cast<std::int64_t>(by_class.size());
  const std::int64_t each = list.numel() / classes, left = list.numel() % classes;
  Indices drawn;
  std::int64_t number = 0;
  for (const auto& [label, own] : by_class) {
    std::int64_t wanted = each + ((number++ + epoch) % classes < left ? 1 : 0);
    while (wanted > 0) {
      const Indices order = permuted(own, random);
      const auto taken = std::min(wanted, static_cast<std::int64_t>(order.size()));
      drawn.insert(drawn.end(), order.begin(), order.begin() + taken);
      wanted -= taken;
    }
  }
  return as_tensor(permuted(drawn, random));
}

std::int64_t steps_of_epoch(std::int64_t count, std::int64_t batch) { return (count + batch - 1) / batch; }

std::int64_t batch_begin(std::int64_t count, std::int64_t steps, std::int64_t step) { return count * step / steps; }

}  // namespace wardmark
