#include "io/jpeg_codec.h"

#include <jerror.h>
#include <jpeglib.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "core/error.h"
#include "io/byte_order.h"
#include "io/jpeg_metadata.h"
#include "io/jpeg_segments.h"

namespace wardmark {

namespace {

constexpr std::uint64_t kMostScanPixels = std::uint64_t{1} << 33;  ///< pixels times scans: some minutes of work
constexpr int kMostScans = 128;                                    ///< each one walks over the whole picture
constexpr int kMostDivisor = 8191;                                 ///< libjpeg's divisors overflow above
constexpr JDIMENSION kRowGroup = 16;                               ///< rows handed over at once
using QuantTable = std::array<UINT16, DCTSIZE2>;

/// How a JPEG was stored, beside its pixels.
struct JpegForm : StoredForm {
  J_COLOR_SPACE coding_space = JCS_YCbCr;  ///< of the components
  bool progressive = false;
  unsigned restart_interval = 0;
  std::vector<QuantTable> tables;  ///< without repetitions
  std::array<int, 4> table_of{};   ///< by component
  JpegMetadata metadata;
  std::size_t file_bytes = 0;
};

/// libjpeg's error manager with the place its long jump ends at.
struct Complaint {
  jpeg_error_mgr manager;
  std::jmp_buf jump;
  std::array<char, JMSG_LENGTH_MAX> text;
};

void fail(j_common_ptr common) {
  auto* complaint = reinterpret_cast<Complaint*>(common->err);
  complaint->manager.format_message(common, complaint->text.data());
  std::longjmp(complaint->jump, 1);
}

/// A warning means lost or invented pixels, except for remarks on version numbers.
void fail_on_warning(j_common_ptr common, int level) {
  const int code = common->err->msg_code;
  if (level < 0 && code != JWRN_JFIF_MAJOR && code != JWRN_ADOBE_XFORM) fail(common);
}

void ignore_message(j_common_ptr) {}

void prepare(Complaint& complaint) {
  jpeg_std_error(&complaint.manager);
  complaint.manager.error_exit = fail;
  complaint.manager.emit_message = fail_on_warning;
  complaint.manager.output_message = ignore_message;
  complaint.text[0] = 0;
}

struct Decompressor {
  Decompressor() {
    prepare(complaint);
    info.err = &complaint.manager;
    if (setjmp(complaint.jump) != 0) throw std::bad_alloc();
    jpeg_create_decompress(&info);
  }
  ~Decompressor() { jpeg_destroy_decompress(&info); }
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;
  Complaint complaint;
  jpeg_decompress_struct info{};
};

struct Compressor {
  Compressor() {
    prepare(complaint);
    info.err = &complaint.manager;
    if (setjmp(complaint.jump) != 0) throw std::bad_alloc();
    jpeg_create_compress(&info);
  }
  ~Compressor() { jpeg_destroy_compress(&info); }
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;
  Complaint complaint;
  jpeg_compress_struct info{};
};

/// Destination manager that lets a byte vector grow.
struct Destination {
  jpeg_destination_mgr manager;
  Bytes* file;
};

void open_destination(j_compress_ptr info) {
  auto* destination = reinterpret_cast<Destination*>(info->dest);
  destination->manager.next_output_byte = destination->file->data();
  destination->manager.free_in_buffer = destination->file->size();
}

boolean grow_destination(j_compress_ptr info) {
  auto* destination = reinterpret_cast<Destination*>(info->dest);
  const std::size_t full = destination->file->size();
  bool grown = true;
  try {
    destination->file->resize(full * 2);
  } catch (const std::bad_alloc&) {
    grown = false;
  }
  if (!grown) {
    info->err->msg_code = JERR_OUT_OF_MEMORY;
    info->err->error_exit(reinterpret_cast<j_common_ptr>(info));
  }
  destination->manager.next_output_byte = destination->file->data() + full;
  destination->manager.free_in_buffer = destination->file->size() - full;
  return TRUE;
}

void close_destination(j_compress_ptr info) {
  auto* destination = reinterpret_cast<Destination*>(info->dest);
  destination->file->resize(destination->file->size() - destination->manager.free_in_buffer);
}

/// libjpeg's long jump ends in the next functions: no object with a destructor lives in them.
bool read_header(Decompressor& jpeg, ByteView file) {
  if (setjmp(jpeg.complaint.jump) != 0) return false;
  jpeg_mem_src(&jpeg.info, file.data(), file.size());
  jpeg_read_header(&jpeg.info, TRUE);
  return true;
}

bool start_pixels(Decompressor& jpeg) {
  if (setjmp(jpeg.complaint.jump) != 0) return false;
  jpeg_decompress_struct& info = jpeg.info;
  info.out_color_space = info.num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
  info.dct_method = JDCT_ISLOW;
  info.do_fancy_upsampling = TRUE;
  jpeg_start_decompress(&info);
  return true;
}

/// `count` rows of `stride` bytes, not more than are left.
bool read_rows(Decompressor& jpeg, std::uint8_t* pixels, std::size_t stride, JDIMENSION count) {
  if (setjmp(jpeg.complaint.jump) != 0) return false;
  jpeg_decompress_struct& info = jpeg.info;
  for (JDIMENSION done = 0; done < count;) {
    std::array<JSAMPROW, kRowGroup> rows;
    const JDIMENSION group = std::min<JDIMENSION>(kRowGroup, count - done);
    for (JDIMENSION i = 0; i < group; ++i) rows[i] = pixels + (done + i) * stride;
    done += jpeg_read_scanlines(&info, rows.data(), group);
  }
  return true;
}

/// Reads up to the end marker and lets go of the tables.
bool read_rest(Decompressor& jpeg) {
  if (setjmp(jpeg.complaint.jump) != 0) return false;
  jpeg_finish_decompress(&jpeg.info);
  return true;
}

void set_form(jpeg_compress_struct& info, const JpegForm& form) {
  jpeg_set_defaults(&info);
  jpeg_set_colorspace(&info, form.coding_space);
  info.dct_method = JDCT_ISLOW;
  info.optimize_coding = FALSE;
  info.restart_interval = form.restart_interval;
  info.write_JFIF_header = FALSE;  // both are among the carried segments
  info.write_Adobe_marker = FALSE;
  for (std::size_t i = 0; i < form.tables.size(); ++i) {
    if (!info.quant_tbl_ptrs[i]) info.quant_tbl_ptrs[i] = jpeg_alloc_quant_table(reinterpret_cast<j_common_ptr>(&info));
    std::memcpy(info.quant_tbl_ptrs[i]->quantval, form.tables[i].data(), sizeof(QuantTable));
    info.quant_tbl_ptrs[i]->sent_table = FALSE;
  }
  for (int i = 0; i < info.num_components; ++i) {
    info.comp_info[i].quant_tbl_no = form.table_of[static_cast<std::size_t>(i)];
    info.comp_info[i].h_samp_factor = 1;
    info.comp_info[i].v_samp_factor = 1;
  }
  if (form.progressive) jpeg_simple_progression(&info);
}

bool write_file(Compressor& jpeg, const JpegForm& form, const std::vector<CarriedSegment>& segments, const Image& image,
                Destination* destination) {
  if (setjmp(jpeg.complaint.jump) != 0) return false;
  jpeg_compress_struct& info = jpeg.info;
  info.dest = &destination->manager;
  info.image_width = static_cast<JDIMENSION>(image.width());
  info.image_height = static_cast<JDIMENSION>(image.height());
  info.input_components = image.channels();
  info.in_color_space = image.channels() == 1 ? JCS_GRAYSCALE : JCS_RGB;
  set_form(info, form);
  jpeg_start_compress(&info, TRUE);
  for (std::size_t i = 0; i < segments.size(); ++i) {
    jpeg_write_marker(&info, segments[i].marker, segments[i].payload.data(),
                      static_cast<unsigned>(segments[i].payload.size()));
  }
  while (info.next_scanline < info.image_height) {
    std::array<JSAMPROW, kRowGroup> rows;
    const JDIMENSION left = info.image_height - info.next_scanline;
    const JDIMENSION count = left < rows.size() ? left : static_cast<JDIMENSION>(rows.size());
    for (JDIMENSION i = 0; i < count; ++i) {
      rows[i] = const_cast<JSAMPROW>(image.row<std::uint8_t>(static_cast<int>(info.next_scanline + i)));
    }
    jpeg_write_scanlines(&info, rows.data(), count);
  }
  jpeg_finish_compress(&info);
  return true;
}

std::string unsupported_coding(const JpegLayout& layout) {
  constexpr std::uint8_t kBaseline = 0xC0, kExtended = 0xC1, kProgressive = 0xC2, kLossless = 0xC3, kArithmetic = 0xC9;
  const std::uint8_t frame = layout.frame.marker;
  if (frame == kBaseline || frame == kExtended || frame == kProgressive) {
    return layout.frame.precision == 8 ? std::string() : std::to_string(layout.frame.precision) + " bits per sample";
  }
  if (frame == kLossless || frame == 0xF7) return "lossless coding";
  return frame >= kArithmetic ? "arithmetic coding" : "hierarchical coding";
}

void refuse_unsuitable(const JpegLayout& layout, std::size_t file_bytes, const CodecLimits& limits) {
  if (layout.frame.width == 0 || layout.frame.height == 0) refuse_broken_jpeg("no pixel");
  if (const std::string coding = unsupported_coding(layout); !coding.empty()) {
    throw Error(Code::image_coding, coding, "save it as a baseline or progressive 8-bit JPEG, or as PNG, first");
  }
  if (layout.frame.components != 1 && layout.frame.components != 3) {
    throw Error(Code::image_colour, std::to_string(layout.frame.components) + " components (CMYK or YCCK)",
                "convert it to RGB first");
  }
  const std::uint64_t pixels =
      std::uint64_t{static_cast<unsigned>(layout.frame.width)} * static_cast<unsigned>(layout.frame.height);
  if (pixels > limits.max_pixels) {
    throw Error(Code::image_too_large,
                std::to_string(layout.frame.width) + " x " + std::to_string(layout.frame.height) + " pixels",
                "raise --max-pixels (now " + std::to_string(limits.max_pixels) + "), or scale it down first");
  }
  if (!layout.ended) refuse_broken_jpeg("cut short, no end marker");
  const bool endless = layout.scans > kMostScans || pixels * static_cast<unsigned>(layout.scans) > kMostScanPixels;
  if (endless) refuse_broken_jpeg(std::to_string(layout.scans) + " scans");
  // Each block of 8 x 8 pixels takes a bit at least.
  if (pixels / 64 > std::uint64_t{file_bytes} * 8)
    refuse_broken_jpeg(std::to_string(file_bytes) + " bytes are too few");
}

/// The tables the components were quantised with; libjpeg keeps them even when a later segment redefines them.
void take_tables(const jpeg_decompress_struct& info, JpegForm& form) {
  for (int i = 0; i < info.num_components; ++i) {
    const JQUANT_TBL* stored = info.comp_info[i].quant_table;
    if (!stored) refuse_broken_jpeg("a component without quantisation table");
    QuantTable table;
    std::copy(std::begin(stored->quantval), std::end(stored->quantval), table.begin());
    for (const UINT16 value : table) {
      if (value == 0) refuse_broken_jpeg("a quantisation step of 0");
      if (value > kMostDivisor)
        throw Error(Code::image_coding, "a quantisation step of " + std::to_string(value),
                    "save it again as JPEG or PNG first");
    }
    const auto known = std::find(form.tables.begin(), form.tables.end(), table);
    form.table_of[static_cast<std::size_t>(i)] = static_cast<int>(known - form.tables.begin());
    if (known == form.tables.end()) form.tables.push_back(table);
  }
}

/// libjpeg's own tables for a quality.
void take_usual_tables(int components, int quality, JpegForm& form) {
  Compressor jpeg;
  jpeg.info.input_components = components;
  jpeg.info.in_color_space = components == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&jpeg.info);
  jpeg_set_quality(&jpeg.info, quality, TRUE);
  form.tables.clear();
  for (int i = 0; i < (components == 1 || form.coding_space == JCS_RGB ? 1 : 2); ++i) {
    QuantTable table;
    std::copy_n(jpeg.info.quant_tbl_ptrs[i]->quantval, table.size(), table.begin());
    form.tables.push_back(table);
  }
  for (std::size_t i = 1; i < form.table_of.size(); ++i) form.table_of[i] = static_cast<int>(form.tables.size()) - 1;
  form.table_of[0] = 0;
}

/// Reads the header; Error for a colour model that is not carried.
void open_jpeg(Decompressor& jpeg, ByteView file) {
  if (!read_header(jpeg, file)) refuse_broken_jpeg(jpeg.complaint.text.data());
  if (jpeg.info.jpeg_color_space != JCS_GRAYSCALE && jpeg.info.jpeg_color_space != JCS_YCbCr &&
      jpeg.info.jpeg_color_space != JCS_RGB) {
    throw Error(Code::image_colour, "an unknown colour model", "convert it to RGB first");
  }
}

bool is_subsampled(const jpeg_decompress_struct& info) {
  for (int i = 1; i < info.num_components; ++i) {
    if (info.comp_info[i].h_samp_factor != info.comp_info[0].h_samp_factor ||
        info.comp_info[i].v_samp_factor != info.comp_info[0].v_samp_factor) {
      return true;
    }
  }
  return false;
}

}  // namespace

bool recognises_jpeg(ByteView head) {
  return head.size() >= 3 && head[0] == 0xFF && head[1] == 0xD8 && head[2] == 0xFF;
}

Dimensions jpeg_dimensions(ByteView file) {
  const auto frame = find_jpeg_frame(file);
  return frame ? Dimensions{frame->width, frame->height} : Dimensions{};
}

Picture decode_jpeg(ByteView file, const CodecLimits& limits) {
  const JpegLayout layout = read_jpeg_layout(file);
  refuse_unsuitable(layout, file.size(), limits);
  JpegMetadata metadata = carried_metadata(file, layout);

  Decompressor jpeg;
  open_jpeg(jpeg, file);
  Picture picture;
  picture.image = Image(layout.frame.width, layout.frame.height, layout.frame.components, 8);
  const bool read = start_pixels(jpeg) &&
                    read_rows(jpeg, picture.image.raw().data(), picture.image.row_samples(), jpeg.info.output_height);
  if (!read) refuse_broken_jpeg(jpeg.complaint.text.data());

  auto form = std::make_shared<JpegForm>();
  form->coding_space = jpeg.info.jpeg_color_space;
  form->progressive = jpeg.info.progressive_mode;
  form->restart_interval = jpeg.info.restart_interval;
  form->metadata = std::move(metadata);
  form->file_bytes = file.size();
  take_tables(jpeg.info, *form);
  if (limits.jpeg_quality > 0) take_usual_tables(jpeg.info.num_components, limits.jpeg_quality, *form);
  const bool subsampled = is_subsampled(jpeg.info);
  if (!read_rest(jpeg)) refuse_broken_jpeg(jpeg.complaint.text.data());
  picture.notes = form->metadata.notes;
  if (subsampled) picture.notes.push_back({Code::chroma_444, ""});
  picture.orientation = form->metadata.orientation;
  picture.lossy = true;
  picture.form = std::move(form);
  return picture;
}

void decode_jpeg_rows(ByteView file, const CodecLimits& limits, RowSink& sink) {
  const JpegLayout layout = read_jpeg_layout(file);
  refuse_unsuitable(layout, file.size(), limits);
  Decompressor jpeg;
  open_jpeg(jpeg, file);
  const ImageShape shape{layout.frame.width, layout.frame.height, layout.frame.components, 8, false};
  if (!start_pixels(jpeg)) refuse_broken_jpeg(jpeg.complaint.text.data());
  sink.begin(shape);
  Bytes rows(shape.row_bytes() * kRowGroup);
  while (jpeg.info.output_scanline < jpeg.info.output_height) {
    const JDIMENSION count = std::min(kRowGroup, jpeg.info.output_height - jpeg.info.output_scanline);
    if (!read_rows(jpeg, rows.data(), shape.row_bytes(), count)) refuse_broken_jpeg(jpeg.complaint.text.data());
    sink.rows(rows.data(), static_cast<int>(count));
  }
  if (!read_rest(jpeg)) refuse_broken_jpeg(jpeg.complaint.text.data());
}

Bytes encode_jpeg(const Picture& original, const Image& changed) {
  const auto* form = dynamic_cast<const JpegForm*>(original.form.get());
  if (!form) broken_promise("encode_jpeg() of a picture that was no JPEG");
  if (!changed.same_shape(original.image)) broken_promise("encode_jpeg() of a picture of another shape");
  Bytes file(form->file_bytes + form->file_bytes / 2 + 4096);
  Destination destination{{}, &file};
  destination.manager.init_destination = open_destination;
  destination.manager.empty_output_buffer = grow_destination;
  destination.manager.term_destination = close_destination;
  std::vector<CarriedSegment> segments;
  for (std::size_t i = 0; i < form->metadata.segments.size(); ++i) {
    segments.push_back({form->metadata.segments[i].marker, payload_with_thumbnail(form->metadata, i, changed)});
  }
  Compressor jpeg;
  if (!write_file(jpeg, *form, segments, changed, &destination)) {
    if (jpeg.info.err->msg_code == JERR_OUT_OF_MEMORY) throw std::bad_alloc();
    broken_promise(std::string("encode_jpeg(): ") + jpeg.complaint.text.data());
  }
  return file;
}

}  // namespace wardmark
