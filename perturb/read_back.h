#pragma once
#include <cstdint>

#include "core/image.h"
#include "core/key.h"
#include "core/lane_digest.h"
#include "perturb/measure.h"

namespace wardmark {

/// What a coding left of a change n = released - original.
struct ReadBack {
  Change change;           ///< of the decoded picture against the original
  std::int64_t kept = 0;   ///< <decoded - original, n>, exact
  std::int64_t total = 0;  ///< <n, n>, exact

  /// Surviving share kept / total in units of 0.0001, rounded down; 10000 where nothing was changed. Below 0 and above
  /// 10000 happen.
  int share() const;
  double surviving() const { return share() / 10000.0; }
  /// Whether kept / total >= percent / 100, exactly.
  bool survives(int percent) const { return share() >= 100 * percent; }
};

/// Takes a picture as it is decoded from the file just written, compares it with what was meant, and hashes it: its
/// rows are used while they are in the cache, and nobody holds it. Not thread-safe. About 2 ms a megapixel of 8-bit RGB
/// where it measures, 0.3 ms where it compares.
class ReadBackMeter final : public RowSink {
 public:
  enum class Mode {
    compare,  ///< a lossless form must give `meant` again
    measure   ///< a lossy form gives something near it
  };
  /// Both pictures of one shape; both must outlive this.
  ReadBackMeter(const Image& original, const Image& meant, Mode mode);
  void begin(const ImageShape& shape) override;
  void rows(const std::uint8_t* samples, int count) override;

  /// What was decoded has the shape that was written.
  bool same_shape() const { return same_shape_; }
  /// All rows came and are those meant (Mode::compare).
  bool equal() const { return same_shape_ && equal_ && y_ == original_.height(); }
  /// After the last row (Mode::measure).
  ReadBack read_back();
  /// content_digest() of what was decoded; once, after the last row.
  Digest content();

 private:
  template <class T>
  void measure_row(const T* decoded);
  const Image& original_;
  const Image& meant_;
  Mode mode_;
  Meter meter_;
  ReadBack sums_;
  LaneHash hash_;
  int y_ = 0;
  bool same_shape_ = false;
  bool equal_ = true;
};

/// Measures a picture that was read back whole. All of one shape (a broken promise otherwise).
ReadBack measure_read_back(const Image& original, const Image& released, const Image& decoded);

}  // namespace wardmark
