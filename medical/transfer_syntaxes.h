#pragma once
#include <span>
#include <string_view>

#include "core/error.h"

namespace wardmark {

/// How pixel data are read.
enum class PixelReader { native, rle, jpeg, jpeg_ls, jpeg_2000, none };
/// How pixel data are written.
enum class PixelWriter { native, rle, jpeg_lossless, jpeg_ls };

struct TransferSyntax {
  std::string_view uid;
  std::string_view name;
  PixelReader reader;
  std::string_view output;  ///< UID written back with `--transfer-syntax same`
  PixelWriter writer = PixelWriter::native;
  bool lossy = false;     ///< the source lost pixels
  Code code = Code::bug;  ///< of the refusal, where `reader` is none
};

/// The only list of transfer syntaxes (PS3.5 Annex A, PS3.6 Annex A). What a file is stored in is decided by it alone:
/// DCMTK reads a syntax that it does not know as explicit little endian.
std::span<const TransferSyntax> transfer_syntaxes();
/// The row of a UID, or null.
const TransferSyntax* find_transfer_syntax(std::string_view uid);

/// What `--transfer-syntax` may say.
struct OutputSyntax {
  std::string_view name;  ///< "rle"
  std::string_view uid;   ///< empty: by the input's row
  PixelWriter writer;
};
std::span<const OutputSyntax> output_syntaxes();

inline constexpr std::string_view kImplicit = "1.2.840.10008.1.2";
inline constexpr std::string_view kExplicit = "1.2.840.10008.1.2.1";
inline constexpr std::string_view kDeflated = "1.2.840.10008.1.2.1.99";
inline constexpr std::string_view kBigEndian = "1.2.840.10008.1.2.2";
inline constexpr std::string_view kRle = "1.2.840.10008.1.2.5";
inline constexpr std::string_view kJpegLossless = "1.2.840.10008.1.2.4.70";
inline constexpr std::string_view kJpegLs = "1.2.840.10008.1.2.4.80";

}  // namespace wardmark
