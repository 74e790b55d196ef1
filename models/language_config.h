#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/bytes.h"

/// What a language model's files say of its shape, read without a tensor library, so that a fuzzer gets at it alone.
namespace wardmark {

enum class RopeScaling { none, linear, llama3 };

/// Shape and arithmetic of a transformer that predicts the next token.
struct LanguageConfig {
  std::string family = "gpt2";    ///< a row of language_families()
  std::int64_t vocabulary = 0;    ///< 1..2^22
  std::int64_t context = 0;       ///< most tokens, 2..2^24
  std::int64_t width = 0;         ///< of the residual stream, 1..2^17
  std::int64_t layers = 0;        ///< 1..1024
  std::int64_t heads = 0;         ///< 1..1024
  std::int64_t key_heads = 0;     ///< of keys and values; divides heads
  std::int64_t head_width = 0;    ///< 1..4096
  std::int64_t hidden = 0;        ///< between the layers of a perceptron, 1..2^19
  double epsilon = 1e-5;          ///< of the norms
  bool tied = true;               ///< the head is the embedding
  bool attention_biases = true;   ///< of Llama; GPT-2 has them
  bool perceptron_biases = true;  ///< likewise
  bool exact_gelu = false;        ///< GPT-2: by erf, not by tanh
  double rope_base = 10000;
  RopeScaling rope_scaling = RopeScaling::none;
  double rope_factor = 1, rope_low = 1, rope_high = 4;  ///< of rope_scaling
  std::int64_t rope_original = 8192;
  bool rope_interleaved = false;   ///< neighbours are turned against each other, not halves
  std::int32_t begin = -1;         ///< token that begins texts, where one is named
  std::vector<std::int32_t> ends;  ///< tokens that end a text
};

/// A config.json of Hugging Face's transformers, model_type gpt2 or llama. Nothing in it is trusted:
/// Error(model_format) for what is out of range, contradicts itself, or asks for arithmetic that is not built.
LanguageConfig parse_language_config(ByteView file);
/// A config.json that parse_language_config() reads as the same; of family gpt2.
std::string write_language_config(const LanguageConfig& config);

/// Where one tensor of float32 lies in a file of llama2.c.
struct Llama2cTensor {
  std::string name;  ///< as Hugging Face's Llama has it, without "model."
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0, end = 0;  ///< bytes within the file
};
struct Llama2cFile {
  LanguageConfig config;
  std::vector<Llama2cTensor> tensors;
};
/// The head of a model.bin of llama2.c, in its first layout: seven int32, then float32 (export.py, version 0). Nothing
/// is trusted: Error(model_format) for sizes out of range, and for a file not exactly as long as they claim.
Llama2cFile parse_llama2c(ByteView file);

}  // namespace wardmark
