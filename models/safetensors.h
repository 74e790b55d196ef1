#pragma once
#include <torch/torch.h>

#include <map>
#include <string>

#include "core/bytes.h"
#include "core/error.h"

/// The safetensors format: 8 bytes of header length, a JSON header of names, types, shapes and offsets, the data
/// (https://huggingface.co/docs/safetensors). A file is bytes here; whoever calls reads and writes it.
namespace wardmark {

using TensorMap = std::map<std::string, torch::Tensor>;

inline constexpr Code kModelFormat = Code::record_format;  ///< of everything that is wrong with a model file

struct TensorFile {
  TensorMap tensors;                            ///< on the CPU, in the type they were stored in
  std::map<std::string, std::string> metadata;  ///< "__metadata__"
};

/// Reads F64, F32, F16, BF16, I64, I32, U8 and BOOL. Nothing in the file is trusted: Error(kModelFormat) for a header
/// that is cut short, longer than 16 MiB, no JSON or with a name twice; for unknown types, shapes whose product
/// overflows or does not fit the offsets, and offsets outside the data, overlapping or with gaps between them.
TensorFile read_safetensors(ByteView bytes);

/// The file, data sorted by size of the type (so that all are aligned) and name: a pure function of the arguments.
/// Tensors of any device and layout; the types of read_safetensors(). Error(bug) for another type.
Bytes write_safetensors(const TensorMap& tensors, const std::map<std::string, std::string>& metadata = {});

}  // namespace wardmark
