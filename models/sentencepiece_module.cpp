#include "models/sentencepiece_module.h"

#include <sentencepiece_processor.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <vector>

namespace {

using sentencepiece::SentencePieceProcessor;

const SentencePieceProcessor& processor(const void* model) {
  return *static_cast<const SentencePieceProcessor*>(model);
}

void* open_model(const char* bytes, std::size_t size, char* error, std::size_t room) {
  std::string reason;
  try {
    auto model = std::make_unique<SentencePieceProcessor>();
    const auto status = model->LoadFromSerializedProto(std::string_view(bytes, size));
    if (status.ok() && model->GetPieceSize() > 0) return model.release();
    reason = status.ok() ? "an empty vocabulary" : status.error_message();
  } catch (const std::exception& failed) {
    reason = failed.what();
  }
  const std::size_t length = std::min(reason.size(), room - 1);
  std::memcpy(error, reason.data(), length);
  error[length] = '\0';
  return nullptr;
}

void close_model(void* model) { delete static_cast<SentencePieceProcessor*>(model); }
std::int32_t size_of(const void* model) { return processor(model).GetPieceSize(); }
std::int32_t begin_of(const void* model) { return processor(model).bos_id(); }

void encode(const void* model, const char* text, std::size_t size,
            void (*token)(void*, std::int32_t, std::uint32_t, std::uint32_t), void* to) {
  const auto encoded = processor(model).EncodeAsImmutableProto(std::string_view(text, size));
  for (const auto& piece : encoded.pieces())
    token(to, static_cast<std::int32_t>(piece.id()), piece.begin(), piece.end());
}

void decode(const void* model, const std::int32_t* ids, std::size_t count,
            void (*text)(void*, const char*, std::size_t), void* to) {
  const std::string decoded = processor(model).DecodeIds(std::vector<int>(ids, ids + count));
  text(to, decoded.data(), decoded.size());
}

}  // namespace

extern "C" const wardmark_sentencepiece* wardmark_sentencepiece_functions() {
  static const wardmark_sentencepiece functions = {open_model, close_model, size_of, begin_of, encode, decode};
  return &functions;
}
