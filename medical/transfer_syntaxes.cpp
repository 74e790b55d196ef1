#include "medical/transfer_syntaxes.h"

#include <algorithm>
#include <array>

namespace wardmark {
namespace {

using Reader = PixelReader;
using Writer = PixelWriter;

constexpr TransferSyntax refused(std::string_view uid, std::string_view name, Code code) {
  return {uid, name, Reader::none, {}, Writer::native, false, code};
}

constexpr std::array kSyntaxes = {
    TransferSyntax{kImplicit, "implicit little endian", Reader::native, kImplicit},
    TransferSyntax{kExplicit, "explicit little endian", Reader::native, kExplicit},
    TransferSyntax{kBigEndian, "explicit big endian", Reader::native, kExplicit},
    TransferSyntax{kDeflated, "deflated explicit little endian", Reader::native, kDeflated},
    TransferSyntax{kRle, "RLE", Reader::rle, kRle, Writer::rle},
    TransferSyntax{"1.2.840.10008.1.2.4.50", "JPEG baseline", Reader::jpeg, kJpegLs, Writer::jpeg_ls, true},
    TransferSyntax{"1.2.840.10008.1.2.4.51", "JPEG extended", Reader::jpeg, kJpegLs, Writer::jpeg_ls, true},
    TransferSyntax{"1.2.840.10008.1.2.4.53", "JPEG spectral selection", Reader::jpeg, kJpegLs, Writer::jpeg_ls, true},
    TransferSyntax{"1.2.840.10008.1.2.4.55", "JPEG progressive", Reader::jpeg, kJpegLs, Writer::jpeg_ls, true},
    TransferSyntax{"1.2.840.10008.1.2.4.57", "JPEG lossless", Reader::jpeg, kJpegLossless, Writer::jpeg_lossless},
    TransferSyntax{kJpegLossless, "JPEG lossless SV1", Reader::jpeg, kJpegLossless, Writer::jpeg_lossless},
    TransferSyntax{kJpegLs, "JPEG-LS lossless", Reader::jpeg_ls, kJpegLs, Writer::jpeg_ls},
    TransferSyntax{"1.2.840.10008.1.2.4.81", "JPEG-LS near-lossless", Reader::jpeg_ls, kJpegLs, Writer::jpeg_ls, true},
    TransferSyntax{"1.2.840.10008.1.2.4.90", "JPEG 2000 lossless", Reader::jpeg_2000, kJpegLs, Writer::jpeg_ls},
    TransferSyntax{"1.2.840.10008.1.2.4.91", "JPEG 2000", Reader::jpeg_2000, kJpegLs, Writer::jpeg_ls, true},
    refused("1.2.840.10008.1.2.4.92", "JPEG 2000 multi-component lossless", Code::dcm_020),
    refused("1.2.840.10008.1.2.4.93", "JPEG 2000 multi-component", Code::dcm_020),
    refused("1.2.840.10008.1.2.4.94", "JPIP", Code::dcm_020),
    refused("1.2.840.10008.1.2.4.95", "JPIP deflated", Code::dcm_020),
    refused("1.2.840.10008.1.2.4.110", "JPEG XL lossless", Code::dcm_020),
    refused("1.2.840.10008.1.2.4.111", "JPEG XL recompression", Code::dcm_020),
    refused("1.2.840.10008.1.2.4.112", "JPEG XL", Code::dcm_020),
    refused("1.2.840.10008.1.2.4.201", "HTJ2K lossless", Code::dcm_020),
    refused("1.2.840.10008.1.2.4.202", "HTJ2K lossless RPCL", Code::dcm_020),
    refused("1.2.840.10008.1.2.4.203", "HTJ2K", Code::dcm_020),
    refused("1.2.840.10008.1.2.4.204", "JPIP HTJ2K", Code::dcm_020),
    refused("1.2.840.10008.1.2.4.205", "JPIP HTJ2K deflated", Code::dcm_020),
    refused("1.2.840.10008.1.2.8.1", "deflated image frame", Code::dcm_020),
    refused("1.2.840.10008.1.2.1.98", "encapsulated uncompressed", Code::dcm_020),
    refused("1.2.840.10008.1.2.4.100", "MPEG-2 main", Code::dcm_021),
    refused("1.2.840.10008.1.2.4.100.1", "MPEG-2 main, fragmentable", Code::dcm_021),
    refused("1.2.840.10008.1.2.4.101", "MPEG-2 high", Code::dcm_021),
    refused("1.2.840.10008.1.2.4.101.1", "MPEG-2 high, fragmentable", Code::dcm_021),
    refused("1.2.840.10008.1.2.4.102", "MPEG-4 4.1", Code::dcm_021),
    refused("1.2.840.10008.1.2.4.102.1", "MPEG-4 4.1, fragmentable", Code::dcm_021),
    refused("1.2.840.10008.1.2.4.103", "MPEG-4 BD", Code::dcm_021),
    refused("1.2.840.10008.1.2.4.103.1", "MPEG-4 BD, fragmentable", Code::dcm_021),
    refused("1.2.840.10008.1.2.4.104", "MPEG-4 4.2 2D", Code::dcm_021),
    refused("1.2.840.10008.1.2.4.104.1", "MPEG-4 4.2 2D, fragmentable", Code::dcm_021),
    refused("1.2.840.10008.1.2.4.105", "MPEG-4 4.2 3D", Code::dcm_021),
    refused("1.2.840.10008.1.2.4.105.1", "MPEG-4 4.2 3D, fragmentable", Code::dcm_021),
    refused("1.2.840.10008.1.2.4.106", "MPEG-4 stereo", Code::dcm_021),
    refused("1.2.840.10008.1.2.4.106.1", "MPEG-4 stereo, fragmentable", Code::dcm_021),
    refused("1.2.840.10008.1.2.4.107", "HEVC main", Code::dcm_021),
    refused("1.2.840.10008.1.2.4.108", "HEVC main 10", Code::dcm_021),
    refused("1.2.840.10008.1.2.7.1", "SMPTE ST 2110-20 progressive", Code::dcm_021),
    refused("1.2.840.10008.1.2.7.2", "SMPTE ST 2110-20 interlaced", Code::dcm_021),
    refused("1.2.840.10008.1.2.7.3", "SMPTE ST 2110-30", Code::dcm_021),
};

constexpr std::array kOutputs = {
    OutputSyntax{"same", {}, Writer::native},
    OutputSyntax{"explicit", kExplicit, Writer::native},
    OutputSyntax{"rle", kRle, Writer::rle},
    OutputSyntax{"jpeg-lossless", kJpegLossless, Writer::jpeg_lossless},
    OutputSyntax{"jpeg-ls", kJpegLs, Writer::jpeg_ls},
};

}  // namespace

std::span<const TransferSyntax> transfer_syntaxes() { return kSyntaxes; }

const TransferSyntax* find_transfer_syntax(std::string_view uid) {
  const auto row = std::ranges::find(kSyntaxes, uid, &TransferSyntax::uid);
  return row == kSyntaxes.end() ? nullptr : &*row;
}

std::span<const OutputSyntax> output_syntaxes() { return kOutputs; }

}  // namespace wardmark
