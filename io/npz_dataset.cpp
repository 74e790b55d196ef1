#include "io/npz_dataset.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <deque>
#include <mutex>
#include <string>
#include <utility>

#include "core/error.h"
#include "io/atomic_file.h"
#include "io/item_id.h"
#include "io/npy.h"
#include "io/zip_archive.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 3> kSplits = {"test", "train", "val"};  // sorted, as ids are
constexpr std::string_view kLayoutHint = "arrays NAME_images, N x H x W or N x H x W x C with C 1, 3 or 4, unsigned";
constexpr std::uint64_t kLongestSide = std::uint64_t{1} << 24;

/// One image array and where its items begin.
struct ImageArray {
  std::string split;
  std::size_t entry = 0;
  NpyHeader header;
  bool protect = false;
  std::size_t first = 0;  ///< index of its first item
  std::size_t count = 0;
  std::size_t record = 0;  ///< bytes of one image
  int width = 0;
  int height = 0;
  int channels = 1;
  mutable std::once_flag once;
  mutable Bytes member;  ///< header and data, once an item was fetched

  std::size_t offset(std::size_t item) const { return header.data_offset + (item - first) * record; }
  bool swapped() const { return header.size == 2 && header.big_endian != (std::endian::native == std::endian::big); }
};

void swap_pairs(std::span<std::uint8_t> bytes) {
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) std::swap(bytes[i], bytes[i + 1]);
}

std::string padded(std::size_t number, std::size_t width) {
  const std::string digits = std::to_string(number);
  return std::string(width - digits.size(), '0') + digits;
}

class NpzReader final : public DatasetReader {
 public:
  NpzReader(const fs::path& path, const DatasetOptions& options);

  const Survey& survey() const override { return survey_; }
  Bytes fetch(std::size_t i) const override {
    const ImageArray& array = array_of(i);
    std::call_once(array.once, [&] { array.member = zip_.read(array.entry); });
    const auto start = array.member.begin() + static_cast<std::ptrdiff_t>(array.offset(i));
    return Bytes(start, start + static_cast<std::ptrdiff_t>(array.record));
  }
  Picture decode(std::size_t i, ByteView stored) const override;

  const fs::path& path() const { return path_; }
  const ZipReader& zip() const { return zip_; }
  const std::deque<ImageArray>& arrays() const { return arrays_; }
  const ImageArray& array_of(std::size_t item) const {
    for (const ImageArray& array : arrays_) {
      if (item - array.first < array.count) return array;
    }
    broken_promise("item outside the npz arrays");
  }

 private:
  NpyHeader header(std::size_t entry, const DatasetOptions& options) const;
  void add_array(std::string_view split, std::size_t entry, const DatasetOptions& options);
  void add_labels(const ImageArray& array, const DatasetOptions& options, const std::vector<std::string>& names);
  void note_clean_arrays();
  Error fault(Code code, std::string_view array, const std::string& what, std::string_view hint = {}) const {
    return Error(code, shown(path_) + ": " + shown(array) + ": " + what, std::string(hint));
  }

  fs::path path_;
  ZipReader zip_;
  CodecLimits limits_;
  std::deque<ImageArray> arrays_;
  Survey survey_;
};

/// The splits to protect; Error(usage) for one that the file does not have.
bool wanted(std::string_view split, const DatasetOptions& options) {
  return std::any_of(options.splits.begin(), options.splits.end(),
                     [split](const std::string& name) { return name == "all" || name == split; });
}

NpzReader::NpzReader(const fs::path& path, const DatasetOptions& options)
    : path_(path), zip_(path), limits_(options.limits) {
  for (const std::string_view split : kSplits) {
    const int entry = zip_.find(std::string(split) + "_images.npy");
    if (entry >= 0) add_array(split, static_cast<std::size_t>(entry), options);
  }
  if (arrays_.empty()) {
    throw Error(Code::input_missing, shown(path) + ": holds none of train_images, val_images, test_images",
                std::string(kLayoutHint));
  }
  for (const std::string& name : options.splits) {
    const auto has = [&](const ImageArray& array) { return array.split == name; };
    if (name == "all" || std::any_of(arrays_.begin(), arrays_.end(), has)) continue;
    throw Error(Code::usage,
                "--splits " + shown(name) + ": " + shown(path) + " has no array " + shown(name) + "_images");
  }
  if (survey_.items.empty()) throw Error(Code::input_empty, shown(path) + ": holds no image");
  const auto names = options.class_names.empty() ? std::vector<std::string>() : read_class_names(options.class_names);
  if (options.labels.from == LabelSource::From::folder) {
    for (const ImageArray& array : arrays_) add_labels(array, options, names);
  }
  apply_labels(options.labels.from == LabelSource::From::folder
                   ? LabelSource{.from = LabelSource::From::none, .file = {}}
                   : options.labels,
               survey_, true);
  note_clean_arrays();
}

NpyHeader NpzReader::header(std::size_t entry, const DatasetOptions& options) const {
  const ZipEntry& member = zip_.entries()[entry];
  const Bytes begin = zip_.read(entry, kNpyHeaderLimit + 12);
  NpyHeader header;
  try {
    header = parse_npy_header(begin);
  } catch (const Error& error) {
    throw fault(error.code(), member.name, error.what(), error.hint());
  }
  if (header.data_bytes() > member.bytes - header.data_offset) {
    throw fault(Code::read_failed, member.name,
                "its shape " + header.shape_text() + " needs " + std::to_string(header.data_bytes()) +
                    " bytes, the file holds " + std::to_string(member.bytes - header.data_offset));
  }
  if (member.bytes > options.max_array_bytes) {
    throw fault(Code::out_of_memory, member.name,
                std::to_string(member.bytes) + " bytes unpacked, more than " + std::to_string(options.max_array_bytes));
  }
  if (!header.c_order()) {
    throw fault(Code::input_missing, member.name, "stored in Fortran order", "save numpy.ascontiguousarray(array)");
  }
  return header;
}

void NpzReader::add_array(std::string_view split, std::size_t entry, const DatasetOptions& options) {
  ImageArray& array = arrays_.emplace_back();
  array.split = split;
  array.entry = entry;
  array.header = header(entry, options);
  array.protect = wanted(split, options);
  const auto& shape = array.header.shape;
  const bool fits = (shape.size() == 3 || shape.size() == 4) && array.header.kind == 'u' && array.header.size <= 2 &&
                    shape[1] >= 1 && shape[1] <= kLongestSide && shape[2] >= 1 && shape[2] <= kLongestSide &&
                    (shape.size() == 3 || shape[3] == 1 || shape[3] == 3 || shape[3] == 4);
  if (!fits) {
    throw fault(Code::input_missing, zip_.entries()[entry].name,
                "shape " + array.header.shape_text() + " of type " + array.header.kind +
                    std::to_string(array.header.size) + " is no array of pictures",
                kLayoutHint);
  }
  array.first = survey_.items.size();
  array.count = static_cast<std::size_t>(shape[0]);
  array.height = static_cast<int>(shape[1]);
  array.width = static_cast<int>(shape[2]);
  array.channels = shape.size() == 4 ? static_cast<int>(shape[3]) : 1;
  if (array.count == 0) return;
  array.record = static_cast<std::size_t>(array.header.data_bytes() / shape[0]);
  const std::size_t width = std::to_string(array.count).size();
  survey_.items.reserve(array.first + array.count);
  for (std::size_t n = 0; n < array.count; ++n) {
    survey_.items.push_back({array.split + '/' + padded(n, width), "", array.record, array.protect});
  }
}

void NpzReader::add_labels(const ImageArray& array, const DatasetOptions& options,
                           const std::vector<std::string>& names) {
  const std::string name = array.split + "_labels.npy";
  const int entry = zip_.find(name);
  if (entry < 0) return;
  const NpyHeader head = header(static_cast<std::size_t>(entry), options);
  if (head.kind == 'f') throw fault(Code::labels_format, name, "labels are fractions, integers are needed");
  if (head.shape.empty() || head.shape[0] != array.count) {
    throw fault(Code::labels_format, name,
                "shape " + head.shape_text() + " for " + std::to_string(array.count) + " images");
  }
  if (head.count() != array.count) {
    throw fault(Code::labels_format, name, "shape " + head.shape_text() + ": several labels per item",
                "give one class per item: a label file with --labels FILE.csv, or --labels none");
  }
  const Bytes member = zip_.read(static_cast<std::size_t>(entry));
  const ByteView data = ByteView(member).subspan(head.data_offset);
  for (std::size_t n = 0; n < array.count; ++n) {
    const std::int64_t value = npy_integer(head, data, n);
    if (!names.empty() && (value < 0 || static_cast<std::uint64_t>(value) >= names.size())) {
      throw fault(Code::labels_format, name,
                  "label " + std::to_string(value) + " has no line among the " + std::to_string(names.size()) +
                      " of --classes");
    }
    survey_.items[array.first + n].label =
        names.empty() ? std::to_string(value) : names[static_cast<std::size_t>(value)];
  }
}

/// Says which arrays go out as they are, with their share of all items.
void NpzReader::note_clean_arrays() {
  for (const ZipEntry& entry : zip_.entries()) {
    const auto it = std::find_if(arrays_.begin(), arrays_.end(), [&](const ImageArray& a) {
      return entry.name == a.split + "_images.npy" || entry.name == a.split + "_labels.npy";
    });
    std::string detail = "carried as it is";
    if (it != arrays_.end()) {
      if (it->protect || entry.name.ends_with("_labels.npy")) continue;
      const std::size_t tenths = (it->count * 1000 + survey_.items.size() / 2) / survey_.items.size();
      detail = std::to_string(it->count) + " of " + std::to_string(survey_.items.size()) + " items (" +
               std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10) + " %)";
    }
    const std::string name = entry.name.ends_with(".npy") ? entry.name.substr(0, entry.name.size() - 4) : entry.name;
    survey_.notes.push_back({shown(name), Note{Code::left_clean, detail}});
  }
}

/// Pixels of one record; `name` for errors.
Picture picture_of(const ImageArray& array, const std::string& id, ByteView stored, const CodecLimits& limits) {
  if (stored.size() != array.record) {
    throw Error(Code::image_broken,
                id + ": " + std::to_string(stored.size()) + " bytes instead of " + std::to_string(array.record));
  }
  if (static_cast<std::uint64_t>(array.width) * static_cast<std::uint64_t>(array.height) > limits.max_pixels) {
    throw Error(Code::image_too_large,
                id + ": " + std::to_string(array.width) + " x " + std::to_string(array.height) + " pixels, more than " +
                    std::to_string(limits.max_pixels),
                "raise --max-pixels");
  }
  Picture picture;
  picture.image =
      Image(array.width, array.height, array.channels, static_cast<int>(array.header.size * 8), array.channels == 4);
  std::memcpy(picture.image.raw().data(), stored.data(), stored.size());
  if (array.swapped()) swap_pairs(picture.image.raw());
  return picture;
}

Picture NpzReader::decode(std::size_t i, ByteView stored) const {
  return picture_of(array_of(i), survey_.items[i].id, stored, limits_);
}

class NpzWriter final : public DatasetWriter {
 public:
  NpzWriter(const NpzReader& reader, const fs::path& output, const DatasetOptions& options)
      : reader_(reader), output_(output), limits_(options.limits) {
    std::error_code error;
    if (fs::is_directory(output_, error) || !output_.has_filename()) output_ /= reader.path().filename();
    check_output_place(reader.path(), output_, options);
    if (!options.output_format.empty()) {
      throw Error(Code::usage, "--output-format " + shown(options.output_format) + ": an npz file holds plain arrays");
    }
    for (const ImageArray& array : reader.arrays()) blank_member(array);
  }

  std::string output_id(std::size_t i) const override { return reader_.survey().items[i].id; }
  Bytes encode(std::size_t i, const Picture&, const Image& changed) const override {
    const ByteView raw = changed.raw();
    Bytes bytes(raw.begin(), raw.end());
    if (reader_.array_of(i).swapped()) swap_pairs(bytes);
    return bytes;
  }
  Picture decode(std::size_t i, ByteView stored) const override { return reader_.decode(i, stored); }
  Staged stage(std::size_t i, ByteView stored) override {
    const ImageArray& array = reader_.array_of(i);
    if (stored.size() != array.record || !array.protect) broken_promise("record staged in an array it does not fit");
    std::memcpy(slot(i, array), stored.data(), stored.size());
    return {i, {}, stored.size()};
  }
  Bytes read_back(const Staged& staged) const override {
    const ImageArray& array = reader_.array_of(staged.item);
    const std::uint8_t* start = members_[index(array)].data() + array.offset(staged.item);
    return Bytes(start, start + array.record);
  }
  void commit(std::span<const Staged>) override {}
  void finish() override;
  bool resumes() const override { return false; }

 private:
  std::size_t index(const ImageArray& array) const {
    std::size_t k = 0;
    while (&reader_.arrays()[k] != &array) ++k;
    return k;
  }
  std::uint8_t* slot(std::size_t i, const ImageArray& array) { return members_[index(array)].data() + array.offset(i); }
  /// Header as it was, all samples 0; what follows the data is kept. Arrays that stay clean take no memory.
  void blank_member(const ImageArray& array) {
    Bytes& member = members_.emplace_back();
    if (!array.protect) return;
    member = reader_.zip().read(array.entry);
    std::memset(member.data() + array.header.data_offset, 0, array.count * array.record);
  }

  const NpzReader& reader_;
  fs::path output_;
  CodecLimits limits_;
  std::deque<Bytes> members_;  ///< by array of the reader
};

void NpzWriter::finish() {
  ZipWriter zip;
  for (std::size_t entry = 0; entry < reader_.zip().entries().size(); ++entry) {
    const auto& arrays = reader_.arrays();
    const auto it =
        std::find_if(arrays.begin(), arrays.end(), [&](const ImageArray& a) { return a.entry == entry && a.protect; });
    if (it == arrays.end()) {
      zip.copy(reader_.zip(), entry);
    } else {
      const ZipEntry& member = reader_.zip().entries()[entry];
      zip.add(member.name, members_[index(*it)], member.stored);
    }
  }
  write_file(output_, zip.finish());
}

}  // namespace

std::unique_ptr<DatasetReader> open_npz_dataset(const fs::path& input, const DatasetOptions& options) {
  return std::make_unique<NpzReader>(input, options);
}

std::unique_ptr<DatasetWriter> create_npz_writer(const DatasetReader& reader, const fs::path& output,
                                                 const DatasetOptions& options) {
  const auto* npz = dynamic_cast<const NpzReader*>(&reader);
  if (npz == nullptr) broken_promise("an npz writer for a reader of another kind");
  return std::make_unique<NpzWriter>(*npz, output, options);
}

bool recognises_npz(const fs::path& input, const DatasetOptions& options) {
  std::error_code error;
  return !options.files && fs::is_regular_file(input, error) &&
         (options.format == "npz" || extension_of(input.native()) == ".npz");
}

}  // namespace wardmark
