#pragma once
#include <cstdint>
#include <vector>

#include "core/dataset.h"
#include "core/image.h"

namespace wardmark {

/// Rows of one frame of a picture; `frame` counts from 0.
int frame_height(const Picture& picture);

/// A copy of one of `frames` frames that lie one below the other.
Image frame_of(const Image& image, int frames, int frame);

/// A frame through a window, given as the samples shown as black and as white: spread over the full range of its depth.
Image windowed(const Image& frame, FrameTone::Span window);

/// What a frame of `image` looks like under its tone: samples from black to white spread over the full range of the
/// image's depth, others at its ends. `image` is the original or a changed picture of the same shape.
Image frame_view(const Picture& picture, const Image& image, int frame);

/// The same through another window, given as the samples shown as black and as white.
Image frame_view(const Picture& picture, const Image& image, int frame, FrameTone::Span window);

/// The whole picture as a method or a person looks at it: every frame under its tone; the image itself where it has
/// none.
Image view_of(const Picture& picture);

/// The frame in the middle, with its tone and without its form: what stands for a picture of which one frame is wanted.
Picture middle_frame(Picture picture);

/// For every sample value the lowest and highest value it may become under a tone: its free span and `most`. Values
/// that may not change stay.
struct ToneBounds {
  /// `levels` sample values, 256 or 65536.
  ToneBounds(const FrameTone& tone, int levels);
  std::vector<std::uint16_t> low;
  std::vector<std::uint16_t> high;
};

}  // namespace wardmark
