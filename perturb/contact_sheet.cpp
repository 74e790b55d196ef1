#include "perturb/contact_sheet.h"

#include <algorithm>
#include <cstdio>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "perturb/resample.h"

namespace wardmark {
namespace {

// Lengths in pixels of the page.
constexpr int kMargin = 32;
constexpr int kGap = 12;
constexpr int kHeader = 104;
constexpr int kCaption = 34;
constexpr int kRowGap = 18;
constexpr int kFooter = 64;
constexpr int kColumns = 3;
constexpr float kAmplification = 8.0f;

const cv::Scalar kPaper(250, 250, 248);
const cv::Scalar kInk(34, 38, 46);
const cv::Scalar kSoftInk(112, 118, 128);
const cv::Scalar kRule(216, 218, 222);

struct Style {
  int face;
  double size;
  cv::Scalar colour;
};
const Style kTitle{cv::FONT_HERSHEY_DUPLEX, 0.78, kInk};
const Style kText{cv::FONT_HERSHEY_SIMPLEX, 0.46, kInk};
const Style kSoft{cv::FONT_HERSHEY_SIMPLEX, 0.44, kSoftInk};

int text_width(const std::string& text, const Style& style) {
  int below = 0;
  return cv::getTextSize(text, style.face, style.size, 1, &below).width;
}

// One '?' for each character that the font lacks.
std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const unsigned char byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f) {
      out += c;
    } else if ((byte & 0xc0) != 0x80) {
      out += '?';
    }
  }
  return out;
}

// The end of a path tells more than its start, so the start goes.
std::string fitted(std::string text, const Style& style, int width) {
  if (text_width(text, style) <= width) return text;
  while (!text.empty() && text_width("..." + text, style) > width) text.erase(0, 1);
  return "..." + text;
}

void write(cv::Mat& page, const std::string& text, int x, int baseline, const Style& style) {
  cv::putText(page, text, {x, baseline}, style.face, style.size, style.colour, 1, cv::LINE_AA);
}

// A picture's size in its cell before it is turned: reduced, or enlarged by a whole factor.
Size reduced_size(const Image& image, int cell) {
  const int longer = std::max(image.width(), image.height());
  const auto scaled = [&](int side) {
    return std::max(1, static_cast<int>((std::int64_t{side} * cell + longer / 2) / longer));
  };
  if (longer <= cell) return {image.width(), image.height()};
  return {scaled(image.width()), scaled(image.height())};
}

int zoom_of(int width, int height, int cell) { return std::max(1, cell / std::max(width, height)); }

Planes cell_planes(const Image& image, int orientation, int cell) {
  const Size size = reduced_size(image, cell);
  return upright(shrink(image, size.width, size.height), orientation);
}

// Height that a row's pictures take.
int picture_height(const SheetRow& row, int cell) {
  const Size size = reduced_size(row.original, cell);
  const bool turned = row.orientation >= 5 && row.orientation <= 8;
  return (turned ? size.width : size.height) * zoom_of(size.width, size.height, cell);
}

// Draws planes, mapped to 0..255 by factor and offset, from row `top`, in the middle of the column at x.
void paint(cv::Mat& page, const Planes& planes, float factor, float offset, int x, int top, int cell) {
  const int zoom = zoom_of(planes.width, planes.height, cell);
  const int left = x + (cell - planes.width * zoom) / 2;
  for (int row = 0; row < planes.height * zoom; ++row) {
    cv::Vec3b* out = page.ptr<cv::Vec3b>(top + row) + left;
    for (int column = 0; column < planes.width * zoom; ++column) {
      const std::size_t pixel = static_cast<std::size_t>(row / zoom) * static_cast<std::size_t>(planes.width) +
                                static_cast<std::size_t>(column / zoom);
      const float* p = planes.v.data() + pixel * static_cast<std::size_t>(planes.channels);
      for (int c = 0; c < 3; ++c) {
        const float value = p[planes.channels >= 3 ? c : 0] * factor + offset;
        out[column][c] = static_cast<unsigned char>(std::clamp(value, 0.0f, 255.0f) + 0.5f);
      }
    }
  }
  cv::rectangle(page, {left - 1, top - 1, planes.width * zoom + 2, planes.height * zoom + 2}, kRule, 1);
}

std::string decibels(const Change& change) {
  if (change.sum_sq == 0) return "unchanged";
  char text[64];
  std::snprintf(text, sizeof text, "PSNR %.1f dB   SSIM %.3f   CIEDE2000 %.1f", change.psnr(), change.ssim / 10000.0,
                change.ciede2000_p95 / 100.0);
  return text;
}

void draw_row(cv::Mat& page, const SheetRow& row, int y, int cell) {
  const int width = kColumns * cell + (kColumns - 1) * kGap;
  const std::string measured = decibels(row.change);
  const std::string label = row.class_name.empty() ? "" : fitted(printable(row.class_name), kText, width / 4) + "  ";
  const int label_width = label.empty() ? 0 : text_width(label, kText) + 6;
  const int measured_width = text_width(measured, kSoft);
  write(page, label, kMargin, y + 22, kText);
  write(page, fitted(printable(row.item_id), kSoft, width - label_width - measured_width - 24), kMargin + label_width,
        y + 22, kSoft);
  write(page, measured, kMargin + width - measured_width, y + 22, kSoft);

  const Planes before = cell_planes(row.original, row.orientation, cell);
  const Planes after = cell_planes(row.released, row.orientation, cell);
  Planes change = after;
  for (std::size_t i = 0; i < change.v.size(); ++i) change.v[i] -= before.v[i];
  const float unit = 255.0f / before.full_range;
  const int top = y + kCaption;
  paint(page, before, unit, 0.0f, kMargin, top, cell);
  paint(page, after, unit, 0.0f, kMargin + cell + kGap, top, cell);
  paint(page, change, unit * kAmplification, 128.0f, kMargin + 2 * (cell + kGap), top, cell);
}

void draw_header(cv::Mat& page, std::string_view heading, int cell) {
  const int width = kColumns * cell + (kColumns - 1) * kGap;
  write(page, fitted("wardmark: " + printable(heading), kTitle, width), kMargin, kMargin + 20, kTitle);
  const char* const titles[kColumns] = {"original", "protected", "change x 8, around mid-grey"};
  for (int i = 0; i < kColumns; ++i) {
    write(page, fitted(titles[i], kText, cell), kMargin + i * (cell + kGap), kHeader - 18, kText);
  }
  cv::line(page, {kMargin, kHeader - 6}, {kMargin + width - 1, kHeader - 6}, kRule, 1);
}

void draw_footer(cv::Mat& page, std::span<const SheetRow> rows, int y) {
  Change worst;
  for (const SheetRow& row : rows) {
    worst.ssim = std::min(worst.ssim, row.change.ssim);
    worst.ciede2000_p95 = std::max(worst.ciede2000_p95, row.change.ciede2000_p95);
  }
  char text[160];
  std::snprintf(text, sizeof text, "worst of these: SSIM %.3f, CIEDE2000 %.1f (95th percentile)%s",
                worst.ssim / 10000.0, worst.ciede2000_p95 / 100.0, worst.visible() ? ": visible" : "");
  cv::line(page, {kMargin, y}, {page.cols - kMargin - 1, y}, kRule, 1);
  write(page, text, kMargin, y + 26, kText);
}

}  // namespace

Planes upright(const Planes& picture, int orientation) {
  if (orientation < 2 || orientation > 8) return picture;
  const bool turned = orientation >= 5;  // rows of the stored picture are columns of the upright one
  const bool from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool from_bottom = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  Planes out = picture;
  if (turned) std::swap(out.width, out.height);
  const std::size_t channels = static_cast<std::size_t>(picture.channels);
  float* target = out.v.data();
  for (int y = 0; y < out.height; ++y) {
    for (int x = 0; x < out.width; ++x, target += channels) {
      int column = turned ? y : x;
      int row = turned ? x : y;
      if (from_right) column = picture.width - 1 - column;
      if (from_bottom) row = picture.height - 1 - row;
      const std::size_t pixel =
          static_cast<std::size_t>(row) * static_cast<std::size_t>(picture.width) + static_cast<std::size_t>(column);
      std::copy_n(picture.v.data() + pixel * channels, channels, target);
    }
  }
  return out;
}

Image contact_sheet(std::span<const SheetRow> rows, std::string_view heading, int cell) {
  cell = std::clamp(cell, 64, 1024);
  rows = rows.first(std::min(rows.size(), kSheetRows));
  const int width = 2 * kMargin + kColumns * cell + (kColumns - 1) * kGap;
  int height = kHeader + kFooter;
  for (const SheetRow& row : rows) height += kCaption + picture_height(row, cell) + kRowGap;
  Image sheet(width, height, 3, 8);
  cv::Mat page(height, width, CV_8UC3, sheet.raw().data());
  page.setTo(kPaper);
  draw_header(page, heading, cell);
  int y = kHeader;
  for (const SheetRow& row : rows) {
    draw_row(page, row, y, cell);
    y += kCaption + picture_height(row, cell) + kRowGap;
  }
  draw_footer(page, rows, y);
  return sheet;
}

}  // namespace wardmark
