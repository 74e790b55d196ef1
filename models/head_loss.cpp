#include "models/head_loss.h"

#include <algorithm>

namespace wardmark {
namespace {

constexpr std::int64_t kLogitsAtOnce = std::int64_t{1} << 20;

class HeadLoss : public torch::autograd::Function<HeadLoss> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& hidden,
                               const torch::Tensor& head, const torch::Tensor& targets, bool bf16) {
    const auto type = bf16 ? torch::kBFloat16 : torch::kFloat;
    const torch::Tensor matrix = head.detach().to(type), states = hidden.detach().to(type);
    const std::int64_t rows = hidden.size(0);
    const std::int64_t at_once = std::max<std::int64_t>(16, kLogitsAtOnce / head.size(0));
    torch::Tensor hidden_slope = torch::empty_like(hidden), head_slope = torch::zeros_like(head);
    torch::Tensor loss = torch::zeros({}, hidden.options());
    for (std::int64_t begin = 0; begin < rows; begin += at_once) {
      const std::int64_t end = std::min(rows, begin + at_once);
      const torch::Tensor part = states.slice(0, begin, end), target = targets.slice(0, begin, end).unsqueeze(1);
      torch::Tensor slope = torch::log_softmax(part.mm(matrix.t()).to(torch::kFloat), 1);
      loss -= slope.gather(1, target).sum();
      slope.exp_().scatter_add_(1, target, torch::full({end - begin, 1}, -1.0F, slope.options()));
      slope = slope.mul_(1.0 / static_cast<double>(rows)).to(type);
      hidden_slope.slice(0, begin, end).copy_(slope.mm(matrix));
      bf16 ? head_slope.add_(slope.t().mm(part)) : head_slope.addmm_(slope.t(), part);
    }
    context->save_for_backward({hidden_slope, head_slope});
    return loss / rows;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list slopes) {
    const auto saved = context->get_saved_variables();
    return {saved[0] * slopes[0], saved[1] * slopes[0], torch::Tensor(), torch::Tensor()};
  }
};

}  // namespace

torch::Tensor head_loss(const torch::Tensor& hidden, const torch::Tensor& head, const torch::Tensor& targets,
                        bool bf16) {
  return HeadLoss::apply(hidden, head, targets, bf16);
}

}  // namespace wardmark
