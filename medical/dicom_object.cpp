#include "medical/dicom_object.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcelem.h>
#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dcmetinf.h>
#include <dcmtk/dcmdata/dcostrmb.h>
#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dcuid.h>
#include <dcmtk/dcmdata/dcwcache.h>
#include <dcmtk/dcmdata/dcxfer.h>
#include <malloc.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

#include "core/error.h"
#include "medical/dicom_library.h"
#include "medical/element_walk.h"

namespace wardmark {
namespace {

constexpr std::size_t kPreamble = 128;
constexpr std::size_t kMostInflated = std::size_t{1} << 31;
constexpr std::size_t kLarge = std::size_t{16} << 20;

std::uint32_t little(ByteView b, std::size_t at, int bytes) {
  std::uint32_t value = 0;
  for (int i = 0; i < bytes; ++i) value |= static_cast<std::uint32_t>(b[at + static_cast<std::size_t>(i)]) << (8 * i);
  return value;
}

/// What the file meta information says, read as bytes: it is always explicit little endian.
struct Meta {
  std::string syntax;
  std::size_t end = 0;  ///< where the data set begins
};

Meta read_meta(ByteView file) {
  Meta meta;
  std::size_t at = kPreamble + 4;
  while (at + 8 <= file.size() && little(file, at, 2) == 2) {
    const std::uint32_t element = little(file, at + 2, 2);
    const std::string vr(reinterpret_cast<const char*>(file.data()) + at + 4, 2);
    const bool wide = vr == "OB" || vr == "UN" || vr == "OW" || vr == "SQ" || vr == "UT";
    if (wide && at + 12 > file.size()) break;
    const std::size_t length = wide ? little(file, at + 8, 4) : little(file, at + 6, 2);
    const std::size_t value = at + (wide ? 12 : 8);
    if (length > file.size() - std::min(value, file.size())) break;
    if (element == 0x0010) {
      meta.syntax.assign(reinterpret_cast<const char*>(file.data()) + value, length);
      while (!meta.syntax.empty() && (meta.syntax.back() == '\0' || meta.syntax.back() == ' ')) meta.syntax.pop_back();
    }
    at = value + length;
  }
  meta.end = at;
  return meta;
}

/// Begins like a data set: group 2 or 8, element below 0x0100, in either byte order.
bool like_a_data_set(ByteView file) {
  if (file.size() < 8) return false;
  const bool little_endian = (file[0] == 2 || file[0] == 8) && file[1] == 0 && file[3] == 0;
  const bool big_endian = file[0] == 0 && (file[1] == 2 || file[1] == 8) && file[2] == 0;
  return little_endian || big_endian;
}

const TransferSyntax& syntax_of(const Meta& meta) {
  if (meta.syntax.empty()) {
    throw Error(Code::dcm_003, "the file meta information names no transfer syntax", "restore the file from a copy");
  }
  const TransferSyntax* row = find_transfer_syntax(meta.syntax);
  if (row == nullptr) {
    throw Error(Code::dcm_020, "unknown transfer syntax " + meta.syntax, "convert it to explicit little endian first");
  }
  if (row->reader == PixelReader::none) {
    throw Error(row->code, std::string(row->name) + " (" + meta.syntax + ")",
                row->code == Code::dcm_021 ? "video is not protected; leave it out"
                                           : "convert it to explicit little endian first");
  }
  return *row;
}

/// What is known of a file before DCMTK sees it.
struct Checked {
  const TransferSyntax* syntax = nullptr;
  std::optional<ElementPlace> pixels;  ///< native ones
};

Checked check_before_reading(ByteView stored) {
  if (!begins_as_part10(stored)) {
    if (like_a_data_set(stored)) {
      throw Error(Code::dcm_010, "no preamble: a data set without file meta information",
                  "dcmconv +f FILE OUT makes a file of it");
    }
    throw Error(Code::dcm_001, stored.empty() ? "no byte in the file" : "not DICOM", "leave it out");
  }
  const Meta meta = read_meta(stored);
  const TransferSyntax& syntax = syntax_of(meta);
  if (syntax.uid == kDeflated) {
    const Bytes plain = inflate_dataset(stored.subspan(meta.end), kMostInflated);
    check_structure(plain, 0, false, false);
    return {&syntax, {}};
  }
  return {&syntax, check_structure(stored, meta.end, syntax.uid == kImplicit, syntax.uid == kBigEndian)};
}

/// True where the pixel data can be taken out of the file and put back.
bool stand_apart(ByteView stored, const Checked& checked) {
  if (!checked.pixels) return false;
  const ElementPlace& p = *checked.pixels;
  const bool native = checked.syntax->reader == PixelReader::native;
  if (p.encapsulated == native) return false;
  if (native && checked.syntax->uid == kImplicit) return true;
  if (native && checked.syntax->uid != kExplicit) return false;
  const std::string_view vr(reinterpret_cast<const char*>(stored.data()) + p.element + 4, 2);
  return vr == "OB" || (vr == "OW" && native);
}

void put_number(Bytes& file, std::size_t at, std::size_t number) {
  for (std::size_t i = 0; i < 4; ++i) file[at + i] = static_cast<std::uint8_t>(number >> (8 * i));
}

/// Behind the header of an encapsulated element without pixels: an empty offset table, and the delimiter.
constexpr std::array<std::uint8_t, 16> kNoItems = {0xFE, 0xFF, 0x00, 0xE0, 0, 0, 0, 0,
                                                   0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0};

/// The file with empty pixel data.
Bytes without_pixels(ByteView stored, const ElementPlace& pixels) {
  const ByteView before = stored.first(pixels.value);
  const ByteView behind = stored.subspan(pixels.end);
  Bytes out(before.begin(), before.end());
  if (pixels.encapsulated) {
    out.insert(out.end(), kNoItems.begin(), kNoItems.end());
  } else {
    put_number(out, pixels.value - 4, 0);
  }
  out.insert(out.end(), behind.begin(), behind.end());
  return out;
}

[[noreturn]] void unreadable(const OFCondition& condition) {
  const bool end = condition == EC_EndOfStream || condition == EC_StreamNotifyClient || condition == EC_ItemEnd ||
                   condition == EC_SequEnd;
  throw Error(end ? Code::dcm_002 : Code::dcm_001, std::string("cannot be read: ") + condition.text(),
              "restore it from a copy");
}

enum class Extent { whole, pixels_apart, header };

DicomObject read(ByteView stored, Extent extent) {
  use_dicom_library();
  const Checked checked = check_before_reading(stored);
  DicomObject object;
  object.syntax = checked.syntax;
  Bytes rest;
  ByteView read = stored;
  if (extent == Extent::pixels_apart && stand_apart(stored, checked)) {
    rest = without_pixels(stored, *checked.pixels);
    read = rest;
    object.apart = stored.subspan(checked.pixels->value, checked.pixels->length);
  }
  object.file = std::make_unique<DcmFileFormat>();
  DcmInputBufferStream stream;
  stream.setBuffer(read.data(), static_cast<offile_off_t>(read.size()));
  stream.setEos();
  object.file->transferInit();
  const OFCondition condition =
      extent == Extent::header
          ? object.file->readUntilTag(stream, EXS_Unknown, EGL_noChange, DCM_MaxReadLength, DCM_PixelData)
          : object.file->read(stream, EXS_Unknown, EGL_noChange, DCM_MaxReadLength);
  object.file->transferEnd();
  object.file.get_deleter().large = read.size() >= kLarge;
  if (condition.bad()) unreadable(condition);
  DcmElement* first = object.data().card() > 0 ? object.data().getElement(0) : nullptr;
  object.group_lengths = first != nullptr && first->getETag() == 0;
  return object;
}

/// `file`, whose pixel data are empty, with those of `pixels`.
Bytes with_pixels(const Bytes& file, const PixelSupply& pixels) {
  const Checked checked = check_before_reading(file);
  const ElementPlace place = checked.pixels.value_or(ElementPlace{});
  if (!stand_apart(file, checked) || place.length != (place.encapsulated ? 8 : 0)) {
    broken_promise("a file was written without a place for its pixels");
  }
  Bytes out;
  out.reserve(file.size() + pixels.most);
  const auto add = [&](std::size_t from, std::size_t to) {
    out.insert(out.end(), file.begin() + static_cast<std::ptrdiff_t>(from),
               file.begin() + static_cast<std::ptrdiff_t>(to));
  };
  add(0, place.value);
  pixels.append(out);
  const std::size_t length = out.size() - place.value;
  if (!place.encapsulated) put_number(out, place.value - 4, length);
  // Pixel Data are the last of their group.
  const std::size_t delimiter = place.encapsulated ? 8 : 0;
  if (place.group_length > 0) put_number(out, place.group_length, out.size() + delimiter - place.group_length - 4);
  add(place.value + place.length, file.size());
  return out;
}

/// Room for the file: the length DCMTK computes, and what deflating may add.
std::size_t room_for(DcmFileFormat& file, E_TransferSyntax syntax) {
  const std::size_t length = file.calcElementLength(syntax, EET_ExplicitLength);
  return length + length / 8 + 65536;
}

}  // namespace

void FileDeleter::operator()(DcmFileFormat* file) const {
  delete file;
  if (large) ::malloc_trim(0);
}

bool begins_as_part10(ByteView stored) {
  return stored.size() >= kPreamble + 4 && std::memcmp(stored.data() + kPreamble, "DICM", 4) == 0;
}

DicomObject read_object(ByteView stored) { return read(stored, Extent::whole); }

DicomObject read_apart(ByteView stored) { return read(stored, Extent::pixels_apart); }

DicomObject read_header(ByteView stored) { return read(stored, Extent::header); }

std::uint64_t pixel_length(const DicomObject& object) {
  if (object.apart) return object.apart->size();
  DcmElement* pixels = nullptr;
  if (object.data().findAndGetElement(DCM_PixelData, pixels).bad() || pixels == nullptr) return 0;
  return pixels->getLengthField();
}

Bytes write_object(DicomObject& object, std::string_view syntax, bool keep_names, const PixelSupply* pixels) {
  const E_TransferSyntax xfer = DcmXfer(std::string(syntax).c_str()).getXfer();
  DcmFileFormat& file = *object.file;
  const auto fail = [](const OFCondition& condition) {
    throw Error(Code::dcm_024, std::string("cannot be written: ") + condition.text());
  };
  Bytes out(room_for(file, xfer));
  DcmOutputBufferStream stream(out.data(), static_cast<offile_off_t>(out.size()));
  DcmWriteCache cache;
  file.transferInit();
  const OFCondition condition =
      file.write(stream, xfer, EET_ExplicitLength, &cache, object.group_lengths ? EGL_recalcGL : EGL_withoutGL,
                 EPD_noChange, 0, 0, 0, keep_names ? EWM_updateMeta : EWM_createNewMeta);
  file.transferEnd();
  if (condition.bad()) fail(condition);
  stream.flush();
  void* filled = nullptr;
  offile_off_t length = 0;
  stream.flushBuffer(filled, length);
  out.resize(static_cast<std::size_t>(length));
  return pixels == nullptr ? out : with_pixels(out, *pixels);
}

void empty_pixels(DicomObject& object, std::string_view syntax, bool words) {
  const TransferSyntax* row = find_transfer_syntax(syntax);
  const bool native = row == nullptr || row->reader == PixelReader::native;
  auto pixels = std::make_unique<DcmPixelData>(DcmTag(DCM_PixelData, native && words ? EVR_OW : EVR_OB));
  if (!native) {
    auto sequence = std::make_unique<DcmPixelSequence>(DcmTag(DCM_PixelSequenceTag));
    auto table = std::make_unique<DcmPixelItem>(DcmTag(DCM_PixelItemTag));
    if (sequence->insert(table.get()).good()) table.release();
    pixels->putOriginalRepresentation(DcmXfer(std::string(syntax).c_str()).getXfer(), nullptr, sequence.release());
  }
  const OFCondition condition = object.data().insert(pixels.get(), OFTrue);
  if (condition.bad()) throw Error(Code::dcm_024, std::string("new pixel data cannot be set: ") + condition.text());
  pixels.release();
}

std::string text_of(DcmItem& item, const DcmTagKey& tag) {
  DcmElement* element = nullptr;
  if (item.findAndGetElement(tag, element).bad() || element == nullptr) return {};
  OFString text;
  if (element->getOFStringArray(text, OFFalse).bad()) return {};
  std::string out(text.c_str(), text.size());
  while (!out.empty() && (out.back() == '\0' || out.back() == ' ')) out.pop_back();
  return out;
}

std::vector<std::string> values_of(std::string_view text) {
  std::vector<std::string> values;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\\', at), text.size());
    std::string_view part = text.substr(at, end - at);
    while (!part.empty() && (part.front() == ' ')) part.remove_prefix(1);
    while (!part.empty() && (part.back() == ' ' || part.back() == '\0')) part.remove_suffix(1);
    values.emplace_back(part);
    at = end + 1;
  }
  return values;
}

std::string value_of(DcmItem& item, const DcmTagKey& tag, std::size_t index) {
  const auto values = values_of(text_of(item, tag));
  return index < values.size() ? values[index] : std::string();
}

std::optional<double> decimal_of(DcmItem& item, const DcmTagKey& tag, std::size_t index) {
  std::string text = value_of(item, tag, index);
  if (text.starts_with('+')) text.erase(0, 1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

std::optional<int> short_of(DcmItem& item, const DcmTagKey& tag) {
  Uint16 value = 0;
  if (item.findAndGetUint16(tag, value).bad()) return std::nullopt;
  return value;
}

std::string shown(const DcmTagKey& tag) {
  const OFString text = tag.toString();
  return {text.c_str(), text.size()};
}

}  // namespace wardmark
