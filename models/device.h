#pragma once
#include <torch/torch.h>

#include <string>
#include <string_view>

namespace wardmark {

enum class DeviceChoice { automatic, cpu, gpu };
enum class PrecisionChoice { automatic, fp32, bf16 };

/// "auto", "cpu" or "gpu" (the word cuda names a method here). Error(parameter) otherwise.
DeviceChoice parse_device(std::string_view text);
/// "auto", "fp32" or "bf16". Error(parameter) otherwise.
PrecisionChoice parse_precision(std::string_view text);

/// Where tensors live and how convolutions and products are computed. Weights and sums stay float32 either way.
struct Compute {
  torch::Device device = torch::kCPU;
  bool bf16 = false;
  /// "cpu fp32", "gpu bf16"
  std::string text() const;
};

/// Settles a choice on this machine. auto: a GPU where this libtorch has one; bf16 where the processor has
/// instructions for it (avx512_bf16, amx_bf16), or the GPU. Error(parameter) for a GPU that is not there.
Compute choose_compute(DeviceChoice device, PrecisionChoice precision);
/// True when this processor multiplies bf16 numbers itself.
bool cpu_has_bf16();

/// Makes the process fit for training; call it at the start, and train on the main thread. Lets torch use this many
/// cores, >= 1 (Debian's libtorch starts with one), and makes the C library keep freed memory: a step frees and takes
/// the same hundreds of megabytes again, and their page faults can cost twice as much as the arithmetic.
void set_threads(int cores);

/// While it lives, this thread computes as `compute` says. Not needed, and without effect, for fp32. Nests.
class Autocast {
 public:
  explicit Autocast(const Compute& compute);
  ~Autocast();
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  torch::DeviceType type_;
  bool active_;
  bool before_ = false;
};

}  // namespace wardmark
