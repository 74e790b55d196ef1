#include "models/device.h"

#include <ATen/autocast_mode.h>

#include <algorithm>
#if defined(__GLIBC__)
#include <malloc.h>
#endif
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "core/error.h"

// The functions that name the device came with 2.4; the older ones were deprecated by them.
#define WARDMARK_AUTOCAST_BY_DEVICE (TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4))

namespace wardmark {
namespace {

#if defined(__GLIBC__)
constexpr int kKeptBytes = 1 << 30;  // smaller blocks come from the heap, and so much may lie free at its end
constexpr int kGrowth = 64 << 20;    // the heap grows by
#endif

bool autocast_enabled(torch::DeviceType type) {
#if WARDMARK_AUTOCAST_BY_DEVICE
  return at::autocast::is_autocast_enabled(type);
#else
  return type == torch::kCPU ? at::autocast::is_cpu_enabled() : at::autocast::is_enabled();
#endif
}

void enable_autocast(torch::DeviceType type, bool on) {
#if WARDMARK_AUTOCAST_BY_DEVICE
  if (on) at::autocast::set_autocast_dtype(type, torch::kBFloat16);
  at::autocast::set_autocast_enabled(type, on);
#else
  if (type == torch::kCPU) {
    if (on) at::autocast::set_autocast_cpu_dtype(torch::kBFloat16);
    at::autocast::set_cpu_enabled(on);
  } else {
    if (on) at::autocast::set_autocast_gpu_dtype(torch::kBFloat16);
    at::autocast::set_enabled(on);
  }
#endif
}

// There is no question to ask that does not need the GPU's own headers, so a convolution is tried.
bool gpu_has_bf16() {
  try {
    const auto options = torch::TensorOptions().device(torch::kCUDA).dtype(torch::kBFloat16);
    return torch::conv2d(torch::ones({1, 8, 8, 8}, options), torch::ones({8, 8, 3, 3}, options))
        .to(torch::kFloat)
        .isfinite()
        .all()
        .item<bool>();
  } catch (const c10::Error&) {
    return false;
  }
}

}  // namespace

DeviceChoice parse_device(std::string_view text) {
  if (text == "auto") return DeviceChoice::automatic;
  if (text == "cpu") return DeviceChoice::cpu;
  if (text == "gpu") return DeviceChoice::gpu;
  throw Error(Code::parameter, "--device: \"" + std::string(text) + "\" is not known", "choose one of: auto cpu gpu");
}

PrecisionChoice parse_precision(std::string_view text) {
  if (text == "auto") return PrecisionChoice::automatic;
  if (text == "fp32") return PrecisionChoice::fp32;
  if (text == "bf16") return PrecisionChoice::bf16;
  throw Error(Code::parameter, "--precision: \"" + std::string(text) + "\" is not known",
              "choose one of: auto fp32 bf16");
}

std::string Compute::text() const { return std::string(device.is_cpu() ? "cpu" : "gpu") + (bf16 ? " bf16" : " fp32"); }

bool cpu_has_bf16() {
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("avx512f")) return false;  // asks the system too, which saves the registers
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & (1u << 22))) return true;  // amx_bf16
  return __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & (1u << 5));             // avx512_bf16
#else
  return false;
#endif
}

Compute choose_compute(DeviceChoice device, PrecisionChoice precision) {
  const bool gpu = device != DeviceChoice::cpu && torch::cuda::is_available();
  if (device == DeviceChoice::gpu && !gpu) {
    throw Error(Code::parameter, "--device gpu: this libtorch sees no GPU",
                "leave --device out to compute on the processor");
  }
  Compute compute;
  if (gpu) {
    compute.device = torch::Device(torch::kCUDA, 0);
    at::globalContext().setBenchmarkCuDNN(true);
  }
  compute.bf16 = precision == PrecisionChoice::bf16 ||
                 (precision == PrecisionChoice::automatic && (gpu ? gpu_has_bf16() : cpu_has_bf16()));
  // Convolutions would be rounded to 10 bits otherwise, and that is not fp32.
  if (gpu) at::globalContext().setAllowTF32CuDNN(compute.bf16);
  return compute;
}

void set_threads(int cores) {
  torch::set_num_threads(std::max(1, cores));
#if defined(__GLIBC__)
  mallopt(M_MMAP_THRESHOLD, kKeptBytes);
  mallopt(M_TRIM_THRESHOLD, kKeptBytes);
  mallopt(M_TOP_PAD, kGrowth);
#endif
}

Autocast::Autocast(const Compute& compute) : type_(compute.device.type()), active_(compute.bf16) {
  if (!active_) return;
  before_ = autocast_enabled(type_);
  enable_autocast(type_, true);
  at::autocast::increment_nesting();
}

Autocast::~Autocast() {
  if (!active_) return;
  // Casts of the weights are kept while it lives, and are stale after the next step.
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  enable_autocast(type_, before_);
}

}  // namespace wardmark
