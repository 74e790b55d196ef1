#pragma once
#include <cstddef>
#include <cstdint>

/// libsentencepiece brings a protobuf of its own that cannot stand beside the one OpenCV's dnn uses. So it is linked
/// into a module, which is loaded where no other library sees its symbols; only these plain functions pass between.
extern "C" {

struct wardmark_sentencepiece {
  /// A model of `size` bytes, or null with the reason in `error`, cut to `room` bytes.
  void* (*open)(const char* bytes, std::size_t size, char* error, std::size_t room);
  void (*close)(void* model);
  std::int32_t (*size)(const void* model);
  std::int32_t (*begin_id)(const void* model);
  /// Calls `token` with the id and place of each token.
  void (*encode)(const void* model, const char* text, std::size_t size,
                 void (*token)(void* to, std::int32_t id, std::uint32_t begin, std::uint32_t end), void* to);
  /// Calls `text` once. Every id is in the vocabulary.
  void (*decode)(const void* model, const std::int32_t* ids, std::size_t count,
                 void (*text)(void* to, const char* bytes, std::size_t size), void* to);
};

/// The functions, for the life of the program.
const wardmark_sentencepiece* wardmark_sentencepiece_functions();
}
