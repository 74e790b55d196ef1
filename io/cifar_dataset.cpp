#include "io/cifar_dataset.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "core/error.h"
#include "io/atomic_file.h"
#include "io/item_id.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;

constexpr int kSide = 32;
constexpr std::size_t kPlane = std::size_t{kSide} * kSide;
constexpr std::size_t kPixels = 3 * kPlane;

/// One of the two layouts.
struct Layout {
  std::string_view name;
  std::size_t label_bytes;
  int classes;
  std::size_t record() const { return label_bytes + kPixels; }
};
constexpr Layout kCifar10{"cifar10", 1, 10};
constexpr Layout kCifar100{"cifar100", 2, 100};

/// A file that records are read from by number.
class RecordFile {
 public:
  explicit RecordFile(const fs::path& path) : path_(path), fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    struct stat status {};
    if (fd_ < 0 || ::fstat(fd_, &status) != 0) throw fault(std::strerror(errno));
    size_ = static_cast<std::uint64_t>(status.st_size);
  }
  ~RecordFile() { ::close(fd_); }
  RecordFile(const RecordFile&) = delete;
  RecordFile& operator=(const RecordFile&) = delete;

  std::uint64_t size() const { return size_; }
  const fs::path& path() const { return path_; }
  /// Error(read_failed) when the file became shorter.
  void read(std::uint64_t offset, std::span<std::uint8_t> bytes) const {
    for (std::size_t used = 0; used < bytes.size();) {
      const ssize_t n = ::pread(fd_, bytes.data() + used, bytes.size() - used, static_cast<off_t>(offset + used));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) throw fault(n < 0 ? std::strerror(errno) : "it became shorter");
      used += static_cast<std::size_t>(n);
    }
  }

 private:
  Error fault(std::string_view why) const {
    return Error(Code::read_failed, shown(path_) + ": cannot be read: " + std::string(why));
  }
  fs::path path_;
  int fd_;
  std::uint64_t size_ = 0;
};

const Layout& layout_of(const RecordFile& file, const std::string& format) {
  const bool fits10 = file.size() % kCifar10.record() == 0;
  const bool fits100 = file.size() % kCifar100.record() == 0;
  if (file.size() == 0) throw Error(Code::input_empty, shown(file.path()) + ": holds no byte");
  const bool force10 = format == kCifar10.name;
  const bool force100 = format == kCifar100.name;
  if (fits10 && (force10 || (!force100 && !fits100))) return kCifar10;
  if (fits100 && (force100 || (!force10 && !fits10))) return kCifar100;
  if (fits10 && fits100) {
    throw Error(Code::input_missing, shown(file.path()) + ": could be CIFAR-10 or CIFAR-100 by its size",
                "say --format cifar10 or --format cifar100");
  }
  throw Error(Code::input_missing,
              shown(file.path()) + ": " + std::to_string(file.size()) +
                  " bytes are no whole number of CIFAR records (" + std::to_string(kCifar10.record()) + " or " +
                  std::to_string(kCifar100.record()) + " bytes)",
              "name what it is with --format");
}

std::string padded(std::size_t number, std::size_t width) {
  const std::string digits = std::to_string(number);
  return std::string(width - digits.size(), '0') + digits;
}

class CifarReader final : public DatasetReader {
 public:
  CifarReader(const fs::path& path, const DatasetOptions& options)
      : file_(path), layout_(layout_of(file_, options.format)) {
    add_items(options);
    LabelSource source = options.labels;
    if (source.from == LabelSource::From::folder) source.from = LabelSource::From::none;
    apply_labels(source, survey_, true);
  }

  const Survey& survey() const override { return survey_; }
  Bytes fetch(std::size_t i) const override {
    Bytes bytes;
    bytes.resize(layout_.record());
    file_.read(i * layout_.record(), bytes);
    return bytes;
  }
  Picture decode(std::size_t i, ByteView stored) const override;

  const Layout& layout() const { return layout_; }
  /// The label bytes of record i.
  ByteView labels(std::size_t i) const {
    return ByteView(labels_).subspan(i * layout_.label_bytes, layout_.label_bytes);
  }
  const RecordFile& file() const { return file_; }

 private:
  void add_items(const DatasetOptions& options);

  RecordFile file_;
  const Layout& layout_;
  Bytes labels_;
  Survey survey_;
};

void CifarReader::add_items(const DatasetOptions& options) {
  const auto names = options.class_names.empty() ? std::vector<std::string>() : read_class_names(options.class_names);
  const std::size_t count = static_cast<std::size_t>(file_.size() / layout_.record());
  const std::size_t width = std::to_string(count).size();
  constexpr std::size_t kBlock = 256;  // records read at once for their labels
  Bytes block;
  survey_.items.reserve(count);
  labels_.reserve(count * layout_.label_bytes);
  for (std::size_t start = 0; start < count; start += kBlock) {
    const std::size_t records = std::min(kBlock, count - start);
    block.resize(records * layout_.record());
    file_.read(start * layout_.record(), block);
    for (std::size_t k = 0; k < records; ++k) {
      const auto record = block.begin() + static_cast<std::ptrdiff_t>(k * layout_.record());
      labels_.insert(labels_.end(), record, record + static_cast<std::ptrdiff_t>(layout_.label_bytes));
      const int label = labels_.back();
      Item item;
      item.id = padded(start + k, width);
      item.bytes = layout_.record();
      const bool known = label < layout_.classes && (names.empty() || static_cast<std::size_t>(label) < names.size());
      if (known && options.labels.from == LabelSource::From::folder) {
        item.label = names.empty() ? std::to_string(label) : names[static_cast<std::size_t>(label)];
      }
      survey_.items.push_back(std::move(item));
    }
  }
}

Picture CifarReader::decode(std::size_t i, ByteView stored) const {
  const std::string& id = survey_.items[i].id;
  if (stored.size() != layout_.record()) {
    throw Error(Code::image_broken, id + ": a record of " + std::to_string(stored.size()) + " bytes");
  }
  const int label = stored[layout_.label_bytes - 1];
  if (label >= layout_.classes) {
    throw Error(Code::image_broken,
                id + ": label " + std::to_string(label) + ", the highest is " + std::to_string(layout_.classes - 1));
  }
  Picture picture;
  picture.image = Image(kSide, kSide, 3, 8);
  const std::uint8_t* planes = stored.data() + layout_.label_bytes;
  std::uint8_t* out = picture.image.raw().data();
  for (std::size_t p = 0; p < kPlane; ++p) {
    for (std::size_t c = 0; c < 3; ++c) out[3 * p + c] = planes[c * kPlane + p];
  }
  return picture;
}

class CifarWriter final : public DatasetWriter {
 public:
  CifarWriter(const CifarReader& reader, const fs::path& output, const DatasetOptions& options)
      : reader_(reader),
        output_(place(reader, output, options)),
        staged_(reader.survey().items.size(), 0),
        file_(output_) {}

  std::string output_id(std::size_t i) const override { return reader_.survey().items[i].id; }
  Bytes encode(std::size_t i, const Picture&, const Image& changed) const override;
  Picture decode(std::size_t i, ByteView stored) const override { return reader_.decode(i, stored); }
  Staged stage(std::size_t i, ByteView stored) override {
    if (stored.size() != record()) broken_promise("a CIFAR record of another size");
    file_.write_at(i * record(), stored);
    staged_[i] = 1;
    return {i, {}, stored.size()};
  }
  Bytes read_back(const Staged& staged) const override { return file_.read_at(staged.item * record(), record()); }
  void commit(std::span<const Staged>) override {}
  void finish() override;
  bool resumes() const override { return false; }

 private:
  static fs::path place(const CifarReader& reader, const fs::path& output, const DatasetOptions& options) {
    std::error_code error;
    const bool folder = fs::is_directory(output, error) || !output.has_filename();
    fs::path path = folder ? output / reader.file().path().filename() : output;
    check_output_place(reader.file().path(), path, options);
    if (!options.output_format.empty()) {
      throw Error(Code::usage, "--output-format " + shown(options.output_format) + ": a CIFAR file holds plain pixels");
    }
    return path;
  }
  std::size_t record() const { return reader_.layout().record(); }

  const CifarReader& reader_;
  fs::path output_;
  std::vector<char> staged_;  ///< one byte each: workers set different ones at the same time
  AsideFile file_;
};

Bytes CifarWriter::encode(std::size_t i, const Picture&, const Image& changed) const {
  const std::size_t labels = reader_.layout().label_bytes;
  Bytes bytes;
  bytes.resize(record());
  std::ranges::copy(reader_.labels(i), bytes.begin());
  const std::uint8_t* in = changed.raw().data();
  std::uint8_t* planes = bytes.data() + labels;
  for (std::size_t p = 0; p < kPlane; ++p) {
    for (std::size_t c = 0; c < 3; ++c) planes[c * kPlane + p] = in[3 * p + c];
  }
  return bytes;
}

void CifarWriter::finish() {
  Bytes blank(record(), 0);
  for (std::size_t i = 0; i < staged_.size(); ++i) {
    if (staged_[i] != 0) continue;
    std::ranges::copy(reader_.labels(i), blank.begin());
    file_.write_at(i * record(), blank);
  }
  file_.publish();
}

}  // namespace

std::unique_ptr<DatasetReader> open_cifar_dataset(const fs::path& input, const DatasetOptions& options) {
  return std::make_unique<CifarReader>(input, options);
}

std::unique_ptr<DatasetWriter> create_cifar_writer(const DatasetReader& reader, const fs::path& output,
                                                   const DatasetOptions& options) {
  const auto* cifar = dynamic_cast<const CifarReader*>(&reader);
  if (cifar == nullptr) broken_promise("a CIFAR writer for a reader of another kind");
  return std::make_unique<CifarWriter>(*cifar, output, options);
}

bool recognises_cifar(const fs::path& input, const DatasetOptions& options) {
  std::error_code error;
  return !options.files && fs::is_regular_file(input, error) &&
         (options.format.starts_with("cifar") || extension_of(input.native()) == ".bin");
}

}  // namespace wardmark
