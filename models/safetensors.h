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

struct TensorFile {
  TensorMap tensors;                            ///< on the CPU, in the type they were stored in
  std::map<std::string, std::string> metadata;  ///< "__metadata__"
};

/// Reads F64, F32, F16, BF16, I64, I32, U8 and BOOL. Nothing in the file is trusted: Error(model_format) as
/// parse_safetensors_header() has it, and for a truth value that is neither 0 nor 1.
TensorFile read_safetensors(ByteView bytes);

/// The file, data sorted by size of the type (so that all are aligned) and name: a pure function of the arguments.
/// Tensors of any device and layout; the types of read_safetensors(). Error(bug) for another type.
Bytes write_safetensors(const TensorMap& tensors, const std::map<std::string, std::string>& metadata = {});

}  // namespace wardmark
