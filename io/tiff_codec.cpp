#include "io/tiff_codec.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "core/error.h"
#include "io/reduced_picture.h"
#include "io/tiff_layout.h"
#include "io/tiff_pixels.h"
#include "io/tiff_room.h"

namespace wardmark {
namespace {

using namespace std::string_view_literals;

/// How a TIFF was stored, beside its pixels.
struct TiffForm : StoredForm {
  TiffLayout layout;
  std::size_t file_bytes = 0;
};

template <class T>
bool is_opaque(const Image& image) {
  const std::size_t channels = static_cast<std::size_t>(image.channels());
  for (int y = 0; y < image.height(); ++y) {
    const T* row = image.row<T>(y);
    for (std::size_t i = channels - 1; i < image.row_samples(); i += channels) {
      if (row[i] != image.full_range()) return false;
    }
  }
  return true;
}

void refuse_multiplied(const TiffPage& page, const Image& image) {
  if (!page.associated) return;
  if (image.bits() == 16 ? is_opaque<std::uint16_t>(image) : is_opaque<std::uint8_t>(image)) return;
  throw Error(Code::image_colour, "colours multiplied by their alpha (associated alpha)",
              "save it with straight alpha, or as PNG, first");
}

ImageShape stacked(const std::vector<TiffPage>& pages) {
  ImageShape shape = pages.front().shape;
  shape.height *= static_cast<int>(pages.size());
  return shape;
}

/// What stands in the file again, and the room for picture data between.
class FileBuilder {
 public:
  explicit FileBuilder(const TiffForm& form) : form_(form), room_(form.layout.kept) {}

  void add(const TiffPage& page, TiffData data) {
    Placed placed{&page, std::move(data), {}};
    for (const auto& [at, length] : placed.data.blocks) placed.offsets.push_back(room_.take(length));
    placed_.push_back(std::move(placed));
  }

  Bytes run() {
    Bytes file(std::max(form_.file_bytes, room_.end()), 0);
    for (const TiffPiece& piece : form_.layout.kept) {
      std::ranges::copy(piece.bytes, file.begin() + static_cast<std::ptrdiff_t>(piece.at));
    }
    std::vector<TiffLists> lists;
    bool wide = false;
    {
      const TiffBlock view(file);
      wide = view.recognised_big();
      for (const Placed& placed : placed_) {
        lists.emplace_back(view, *placed.page, placed.offsets, sizes_of(placed), room_);
      }
    }
    if (!wide && room_.end() > 0xFFFFFFFFu) {
      throw Error(Code::image_too_large, "more than 4 GiB once it is coded", "save it as BigTIFF first");
    }
    file.resize(room_.end(), 0);
    for (const TiffLists& list : lists) list.write(file);
    for (const Placed& placed : placed_) {
      for (std::size_t i = 0; i < placed.offsets.size(); ++i) {
        const auto& [at, length] = placed.data.blocks[i];
        std::memcpy(file.data() + placed.offsets[i], placed.data.bytes.data() + at, length);
      }
    }
    return file;
  }

 private:
  struct Placed {
    const TiffPage* page;
    TiffData data;
    std::vector<std::uint64_t> offsets;
  };

  static std::vector<std::uint64_t> sizes_of(const Placed& placed) {
    std::vector<std::uint64_t> sizes;
    for (const auto& [at, length] : placed.data.blocks) sizes.push_back(length);
    return sizes;
  }

  const TiffForm& form_;
  TiffRoom room_;
  std::vector<Placed> placed_;
};

}  // namespace

bool recognises_tiff(ByteView head) {
  if (head.size() < 8) return false;
  const std::string_view start = text_of(head.first(4));
  return start == "II*\0"sv || start == "MM\0*"sv || start == "II+\0"sv || start == "MM\0+"sv;
}

Dimensions tiff_dimensions(ByteView bytes) {
  try {
    const ImageShape shape = stacked(read_tiff_pages(bytes, UINT64_MAX));
    return {shape.width, shape.height};
  } catch (const Error&) {
    return {};
  }
}

Picture decode_tiff(ByteView file, const CodecLimits& limits) {
  auto form = std::make_shared<TiffForm>();
  form->layout = read_tiff_layout(file, limits.max_pixels);
  form->file_bytes = file.size();
  const std::vector<TiffPage>& pages = form->layout.pages;
  const ImageShape shape = stacked(pages);
  Picture picture;
  picture.image = Image(shape.width, shape.height, shape.channels, shape.bits, shape.alpha);
  picture.frames = static_cast<int>(pages.size());
  int row = 0;
  for (const TiffPage& page : pages) {
    decode_tiff_page(file, page, picture.image, row);
    row += page.shape.height;
  }
  for (const TiffPage& page : pages) refuse_multiplied(page, picture.image);
  picture.orientation = pages.front().orientation;
  picture.inverted = pages.front().photometric == 0;
  picture.notes = form->layout.notes;
  picture.form = std::move(form);
  return picture;
}

void decode_tiff_rows(ByteView file, const CodecLimits& limits, RowSink& sink) {
  const std::vector<TiffPage> pages = read_tiff_pages(file, limits.max_pixels);
  sink.begin(stacked(pages));
  for (const TiffPage& page : pages) decode_tiff_page_rows(file, page, sink);
}

Bytes encode_tiff(const Picture& original, const Image& changed) {
  const auto* form = dynamic_cast<const TiffForm*>(original.form.get());
  if (!form) broken_promise("encode_tiff() of a picture that was no TIFF");
  if (!changed.same_shape(original.image)) broken_promise("encode_tiff() of a picture of another shape");
  const TiffLayout& layout = form->layout;
  const int height = layout.pages.front().shape.height;
  FileBuilder builder(*form);
  for (std::size_t i = 0; i < layout.pages.size(); ++i) {
    const TiffPage& page = layout.pages[i];
    builder.add(page, encode_tiff_page(page, layout.big_endian, changed, height * static_cast<int>(i)));
  }
  for (const TiffPreview& preview : layout.previews) {
    const ImageShape& small = preview.page.shape;
    const Image drawn =
        reduced_picture(changed, height * static_cast<int>(preview.of), height, small.width, small.height);
    builder.add(preview.page, encode_tiff_page(preview.page, layout.big_endian, drawn, 0));
  }
  return builder.run();
}

}  // namespace wardmark
