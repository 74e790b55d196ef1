#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/bytes.h"

namespace wardmark {

/// What a suspect says of itself.
struct SuspectHello {
  std::string name;
  int height = 0, width = 0, channels = 0;  ///< of the pictures it takes: 8 bits a sample, RGB or grey
  std::vector<std::string> labels;          ///< its classes, in the order of its answers
  std::size_t batch = 256;                  ///< most pictures at a time
  bool scores = false;                      ///< it can score, not only classify
};

/// A model that is asked. Implementations are used from one thread.
class Suspect {
 public:
  virtual ~Suspect() = default;
  virtual const SuspectHello& hello() const = 0;
  /// The class of each of `count` pictures (count x height x width x channels bytes), as an index into hello().labels.
  /// Error(suspect_failed) or (suspect_reply) when there is no proper answer: then there is no verdict either.
  virtual std::vector<std::uint32_t> classify(ByteView pictures, std::size_t count) = 0;
  /// For each picture the natural logarithm of the probability of each label: count x labels values.
  /// Error(suspect_failed) where it gives labels only.
  virtual std::vector<float> score(ByteView pictures, std::size_t count);
};

}  // namespace wardmark
