#pragma once
#include <dcmtk/config/osconfig.h>
//
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcfilefo.h>
#include <dcmtk/dcmdata/dctagkey.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "medical/transfer_syntaxes.h"

namespace wardmark {

/// Deletes a file; of a large one, whose fragments are small blocks, the heap is made to give back what it holds.
struct FileDeleter {
  bool large = false;
  FileDeleter() = default;
  FileDeleter(std::default_delete<DcmFileFormat>) {}
  void operator()(DcmFileFormat* file) const;
};

/// A DICOM file in memory.
struct DicomObject {
  std::unique_ptr<DcmFileFormat, FileDeleter> file;
  const TransferSyntax* syntax = nullptr;  ///< of the file meta information; never one whose reader is none
  bool group_lengths = false;              ///< the source had group lengths
  /// Pixel data that stay where the file was read from; the data set's element is empty then. Native: their bytes;
  /// encapsulated: their items, from the offset table on.
  std::optional<ByteView> apart;
  DcmDataset& data() const { return *file->getDataset(); }
};

/// True where the file begins as Part 10 asks: 128 bytes, then DICM.
bool begins_as_part10(ByteView stored);

/// Reads a Part 10 file. Checked before DCMTK sees it: preamble, transfer syntax by our own table, nesting, lengths.
/// Error of Kind::item: dcm_001, 002, 003, 005, 010, 020, 021. Thread-safe; costs one copy of the file.
DicomObject read_object(ByteView stored);

/// The same, but pixel data in little endian are not copied: `apart` shows them in `stored`, which must outlive it.
/// Others (deflated, big endian, damaged) are read as by read_object().
DicomObject read_apart(ByteView stored);

/// The same without pixel data and what follows them: the header alone.
DicomObject read_header(ByteView stored);

/// Bytes of the pixel data, wherever they are; 0 where there are none, undefined of encapsulated ones.
std::uint64_t pixel_length(const DicomObject& object);

/// Pixel data in little endian that are made while a file is put together, so that nobody holds them twice: native
/// ones, or the items of encapsulated ones, offset table included.
struct PixelSupply {
  std::size_t most = 0;  ///< no more bytes than this
  /// Appends them, an even number of bytes.
  std::function<void(Bytes& file)> append;
};

/// The file as bytes, in `syntax` (one that the object's pixel data are in); meta information made anew, or with
/// `keep_names` only brought up to date (a directory's data set does not name it). With `pixels` the data set's own are
/// empty (see empty_pixels()), and `syntax` is explicit or implicit little endian or an encapsulated one.
/// Error(dcm_024) when DCMTK cannot write it; what `pixels` throws passes through, and the object can be written again.
Bytes write_object(DicomObject& object, std::string_view syntax, bool keep_names = false,
                   const PixelSupply* pixels = nullptr);

/// Gives the object an element without pixels, for write_object() in `syntax` with a supply; `words` of a native one:
/// OW, not OB. Error(dcm_024).
void empty_pixels(DicomObject& object, std::string_view syntax, bool words);

/// Text of an element without padding, all values; empty where it is absent. `item` is searched at its top level only.
std::string text_of(DcmItem& item, const DcmTagKey& tag);
/// Value `index` of a multi-valued text.
std::string value_of(DcmItem& item, const DcmTagKey& tag, std::size_t index = 0);
/// Values between backslashes.
std::vector<std::string> values_of(std::string_view text);
/// A number as text says it, strictly; absent where there is none or it is not finite.
std::optional<double> decimal_of(DcmItem& item, const DcmTagKey& tag, std::size_t index = 0);
/// An unsigned short; absent where there is none.
std::optional<int> short_of(DcmItem& item, const DcmTagKey& tag);

/// `(0010,0020)`.
std::string shown(const DcmTagKey& tag);

}  // namespace wardmark
