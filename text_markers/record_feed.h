#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "core/bytes.h"
#include "text_markers/corpus_search.h"
#include "text_markers/text_format.h"

namespace wardmark {

/// Feeds JSON lines to a search in pieces of whole lines, so that the record of a hit is at hand when it is reported.
/// Memory: a piece, or the longest line up to 32 MiB; of longer ones only the number is known. Not thread-safe.
class RecordFeed {
 public:
  RecordFeed(CorpusSearch& scanner, FieldNames names) : scanner_(scanner), names_(std::move(names)) {}
  void feed(ByteView bytes);
  /// The end of the stream; the scanner and this start anew.
  void finish();

  struct Place {
    std::uint64_t line = 0;  ///< from 1
    std::string id;          ///< empty where the record has none
  };
  /// The record at a hit's offset; to be asked while the hit is reported.
  Place at(std::uint64_t offset) const;

 private:
  void scan(std::size_t size);

  CorpusSearch& scanner_;
  FieldNames names_;
  Bytes buffer_;
  std::uint64_t start_ = 0;  ///< offset of the buffer's first byte
  std::uint64_t lines_ = 0;  ///< line ends before it
};

}  // namespace wardmark
