#include "medical/jpeg2000.h"

#include <openjpeg.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

#include "core/error.h"

namespace wardmark {
namespace {

/// A stream over bytes in memory.
struct Source {
  ByteView bytes;
  std::size_t at = 0;
};

OPJ_SIZE_T read_source(void* buffer, OPJ_SIZE_T wanted, void* user) {
  auto& source = *static_cast<Source*>(user);
  const std::size_t n = std::min<std::size_t>(wanted, source.bytes.size() - source.at);
  if (n == 0) return static_cast<OPJ_SIZE_T>(-1);
  std::memcpy(buffer, source.bytes.data() + source.at, n);
  source.at += n;
  return n;
}

OPJ_OFF_T skip_source(OPJ_OFF_T wanted, void* user) {
  auto& source = *static_cast<Source*>(user);
  if (wanted < 0) return -1;
  const std::size_t n = std::min<std::size_t>(static_cast<std::size_t>(wanted), source.bytes.size() - source.at);
  source.at += n;
  return n == 0 && wanted > 0 ? -1 : static_cast<OPJ_OFF_T>(n);
}

OPJ_BOOL seek_source(OPJ_OFF_T place, void* user) {
  auto& source = *static_cast<Source*>(user);
  if (place < 0 || static_cast<std::size_t>(place) > source.bytes.size()) return OPJ_FALSE;
  source.at = static_cast<std::size_t>(place);
  return OPJ_TRUE;
}

struct Destroy {
  void operator()(opj_codec_t* codec) const { opj_destroy_codec(codec); }
  void operator()(opj_image_t* image) const { opj_image_destroy(image); }
};
struct DestroyStream {
  void operator()(opj_stream_t* stream) const { opj_stream_destroy(stream); }
};
using Codec = std::unique_ptr<opj_codec_t, Destroy>;
using Picture2000 = std::unique_ptr<opj_image_t, Destroy>;
using Stream2000 = std::unique_ptr<opj_stream_t, DestroyStream>;

void quiet(const char*, void*) {}

[[noreturn]] void contradiction(const std::string& what) {
  throw Error(Code::dcm_023, "the code stream has " + what, "the file is inconsistent; leave it out");
}

void check_header(const opj_image_t& image, const PixelFormat& f) {
  if (image.numcomps != static_cast<OPJ_UINT32>(f.samples)) {
    contradiction(std::to_string(image.numcomps) + " components, the header " + std::to_string(f.samples));
  }
  for (OPJ_UINT32 c = 0; c < image.numcomps; ++c) {
    const opj_image_comp_t& part = image.comps[c];
    const std::uint64_t width = (static_cast<std::uint64_t>(image.x1) - image.x0 + part.dx - 1) / part.dx;
    const std::uint64_t height = (static_cast<std::uint64_t>(image.y1) - image.y0 + part.dy - 1) / part.dy;
    if (width != static_cast<std::uint64_t>(f.columns) || height != static_cast<std::uint64_t>(f.rows)) {
      contradiction(std::to_string(width) + " x " + std::to_string(height) + " pixels, the header " +
                    std::to_string(f.columns) + " x " + std::to_string(f.rows));
    }
    if (part.prec > static_cast<OPJ_UINT32>(f.allocated) || part.prec < static_cast<OPJ_UINT32>(f.stored)) {
      contradiction(std::to_string(part.prec) + " bits, the header " + std::to_string(f.stored));
    }
  }
}

template <class T>
void copy_samples(const opj_image_t& image, const PixelFormat& f, Bytes& out) {
  const std::size_t pixels = f.pixels_per_frame();
  T* const to = reinterpret_cast<T*>(out.data());
  for (OPJ_UINT32 c = 0; c < image.numcomps; ++c) {
    const OPJ_INT32* from = image.comps[c].data;
    if (from == nullptr || image.comps[c].w != static_cast<OPJ_UINT32>(f.columns) ||
        image.comps[c].h != static_cast<OPJ_UINT32>(f.rows)) {
      contradiction("a component of another size");
    }
    // Values are taken by their bits: where only the sign differs, the header says how to read them.
    for (std::size_t i = 0; i < pixels; ++i) {
      to[i * image.numcomps + c] = static_cast<T>(static_cast<std::uint32_t>(from[i]));
    }
  }
}

}  // namespace

Bytes decode_jpeg2000(ByteView stream, const PixelFormat& format) {
  const auto fail = [](const char* what) { throw Error(Code::dcm_022, std::string("JPEG 2000: ") + what); };
  const bool raw = stream.size() >= 4 && stream[0] == 0xFF && stream[1] == 0x4F && stream[2] == 0xFF;
  Source source{stream};
  const Codec codec(opj_create_decompress(raw ? OPJ_CODEC_J2K : OPJ_CODEC_JP2));
  const Stream2000 input(opj_stream_default_create(OPJ_TRUE));
  if (codec == nullptr || input == nullptr) throw std::bad_alloc();
  opj_set_error_handler(codec.get(), quiet, nullptr);
  opj_set_warning_handler(codec.get(), quiet, nullptr);
  opj_set_info_handler(codec.get(), quiet, nullptr);
  opj_stream_set_user_data(input.get(), &source, nullptr);
  opj_stream_set_user_data_length(input.get(), stream.size());
  opj_stream_set_read_function(input.get(), read_source);
  opj_stream_set_skip_function(input.get(), skip_source);
  opj_stream_set_seek_function(input.get(), seek_source);
  opj_dparameters_t parameters;
  opj_set_default_decoder_parameters(&parameters);
  if (!opj_setup_decoder(codec.get(), &parameters) || !opj_decoder_set_strict_mode(codec.get(), OPJ_TRUE)) {
    fail("the decoder cannot start");
  }
  opj_image_t* opened = nullptr;
  if (!opj_read_header(input.get(), codec.get(), &opened)) fail("the header cannot be read");
  const Picture2000 image(opened);
  check_header(*image, format);
  if (!opj_decode(codec.get(), input.get(), image.get())) fail("the code stream is damaged or cut short");
  Bytes out(format.pixels_per_frame() * static_cast<std::size_t>(format.samples * format.allocated / 8));
  if (format.allocated == 16)
    copy_samples<std::uint16_t>(*image, format, out);
  else
    copy_samples<std::uint8_t>(*image, format, out);
  return out;
}

}  // namespace wardmark
