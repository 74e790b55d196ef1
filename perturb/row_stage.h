#pragma once

namespace wardmark {

/// A picture whose rows pass by.
struct RowShape {
  int width = 0;
  int height = 0;
  int colours = 0;  ///< channels a method may change
  int samples = 0;  ///< per pixel: the colours, and opacity after them where there is one
  float full_range = 255.0f;
};

/// What is done to a picture at its own size row by row, whatever that is: a function of each sample and its place
/// alone. Not thread-safe; one per picture.
class RowStage {
 public:
  virtual ~RowStage() = default;
  /// Row y (each once, top to bottom) in place: width x samples values in stored units, neither clipped nor rounded.
  /// Opacity stays.
  virtual void row(int y, float* values) = 0;
};

}  // namespace wardmark
