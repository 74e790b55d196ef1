#pragma once
#include <dcmtk/config/osconfig.h>
//
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcfilefo.h>
#include <dcmtk/dcmdata/dctagkey.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "medical/transfer_syntaxes.h"

namespace wardmark {

/// A DICOM file in memory.
struct DicomObject {
  std::unique_ptr<DcmFileFormat> file;
  const TransferSyntax* syntax = nullptr;  ///< of the file meta information; never one whose reader is none
  bool group_lengths = false;              ///< the source had group lengths
  DcmDataset& data() const { return *file->getDataset(); }
};

/// True where the file begins as Part 10 asks: 128 bytes, then DICM.
bool begins_as_part10(ByteView stored);

/// Reads a Part 10 file. Checked before DCMTK sees it: preamble, transfer syntax by our own table, nesting, lengths.
/// Error of Kind::item: dcm_001, 002, 003, 005, 010, 020, 021. Thread-safe; costs one copy of the file.
DicomObject read_object(ByteView stored);

/// The same without pixel data and what follows them: the header alone.
DicomObject read_header(ByteView stored);

/// The file as bytes, in `syntax` (one that the object's pixel data are in); meta information made anew, or with
/// `keep_names` only brought up to date (a directory's data set does not name it). Error(dcm_024) when DCMTK cannot
/// write it.
Bytes write_object(DicomObject& object, std::string_view syntax, bool keep_names = false);

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
