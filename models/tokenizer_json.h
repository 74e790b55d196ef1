#pragma once
#include "models/byte_level_bpe.h"

/// Vocabularies of byte-level BPE as files, read without a tensor library, so that a fuzzer gets at them alone.
/// Nothing in the files is trusted: Error(model_format).
namespace wardmark {

/// A tokenizer.json of Hugging Face's tokenizers: model BPE; no normaliser; pre-tokenisers ByteLevel, Split (isolated)
/// and Digits; added tokens; the token that its template puts in front.
ByteLevelModel parse_tokenizer_json(ByteView file);
/// GPT-2's pair of files: words to ids as JSON, and merges a line, of which the first may be a comment.
ByteLevelModel parse_vocabulary_and_merges(ByteView vocabulary, ByteView merges);
/// What tokenizer_config.json changes: whether a token is put in front of texts, and which (add_bos_token, bos_token).
void apply_tokenizer_config(ByteView file, ByteLevelModel& model);

/// A tokenizer.json that parse_tokenizer_json() reads as the same model.
std::string write_tokenizer_json(const ByteLevelModel& model);

}  // namespace wardmark
