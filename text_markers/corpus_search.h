#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "text_markers/corpus_scan.h"

namespace wardmark {

/// Looks through a stream like CorpusScanner, with the same hits. Where few sentences are looked for, most of a text is
/// passed over at the speed of memory: a hit holds one run of its sentence's words whole, so only the words around a
/// pair of letters of such a run are looked at closely. A sentence spread over more than 64 KiB is then no hit. Memory:
/// half a megabyte. Not thread-safe.
class CorpusSearch {
 public:
  CorpusSearch(const ScanIndex& index, std::function<void(const ScanHit&)> sink);
  void feed(ByteView bytes);
  /// What was fed so far is all of a text: its hits are reported now; offsets go on.
  void flush();
  /// The end of the stream; the search starts anew.
  void finish();
  /// Words and bytes seen since construction.
  std::uint64_t words() const { return sparse_ ? words_ : scanner_.words(); }
  std::uint64_t bytes() const { return bytes_; }

 private:
  void look(bool all);
  void look_around(std::size_t place);
  void count_words(ByteView bytes);

  CorpusScanner scanner_;
  bool sparse_;
  std::vector<ScanPair> pairs_;
  Bytes buffer_;
  std::uint64_t start_ = 0;    ///< offset of the buffer's first byte
  std::size_t looked_ = 0;     ///< bytes of the buffer that were searched
  std::uint64_t scanned_ = 0;  ///< offset up to which the scanner came
  std::uint64_t words_ = 0;
  std::uint64_t bytes_ = 0;
  bool letter_ = false;  ///< the byte before the counted ones is part of a word
  bool slash_ = false;   ///< and they begin behind a backslash that counts
};

}  // namespace wardmark
