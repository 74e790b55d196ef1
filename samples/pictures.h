#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "samples/canvas.h"

namespace wardmark::samples {

/// How the pictures of a class are stored.
enum class Storage { png_grey8, png_grey16, png_rgb8, jpeg_rgb8 };

/// One class of the demonstration set.
struct PictureClass {
  std::string_view name;  ///< its folder
  Storage storage;
  bool landscape;  ///< 5 : 3.75 of the size instead of square
  /// Draws picture `number` of this class onto the canvas. Pure.
  void (*draw)(Canvas& canvas, std::uint32_t number);
};

/// The only list of classes.
std::span<const PictureClass> classes();

// Phantoms: what scanners show of a body, drawn from ellipses and noise. No anatomy of any person.
void draw_head(Canvas& canvas, std::uint32_t number);
void draw_chest(Canvas& canvas, std::uint32_t number);
void draw_spine(Canvas& canvas, std::uint32_t number);
// Materials.
void draw_wood(Canvas& canvas, std::uint32_t number);
void draw_marble(Canvas& canvas, std::uint32_t number);
void draw_fabric(Canvas& canvas, std::uint32_t number);

}  // namespace wardmark::samples
