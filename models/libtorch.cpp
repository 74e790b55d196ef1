#include "models/libtorch.h"

#include <torch/torch.h>
#include <torch/version.h>

#include "models/device.h"

namespace wardmark {

Libtorch libtorch() {
  return {TORCH_VERSION, torch::cuda::is_available() ? torch::cuda::device_count() : 0, cpu_has_bf16()};
}

}  // namespace wardmark
