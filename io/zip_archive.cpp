#include "io/zip_archive.h"

#include <zip.h>

#include <algorithm>
#include <new>
#include <set>

#include "core/error.h"
#include "io/item_id.h"

namespace wardmark {
namespace {

// 1980-01-01 00:00, the first time a zip file can hold.
constexpr std::uint16_t kDosTime = 0;
constexpr std::uint16_t kDosDate = 0x21;
constexpr zip_uint32_t kDeflateLevel = 6;

std::string text_of_error(zip_error_t& error) {
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

struct CloseMember {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};

}  // namespace

ZipReader::ZipReader(const std::filesystem::path& path) : path_(path), archive_(nullptr, zip_discard) {
  int code = 0;
  archive_.reset(zip_open(path.c_str(), ZIP_RDONLY, &code));
  if (!archive_) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    throw Error(Code::read_failed, shown(path) + ": not a whole zip file: " + text_of_error(error));
  }
  std::set<std::string_view> names;
  const zip_int64_t count = zip_get_num_entries(archive_.get(), 0);
  entries_.reserve(static_cast<std::size_t>(count));
  for (zip_int64_t i = 0; i < count; ++i) {
    zip_stat_t status;
    zip_stat_init(&status);
    constexpr zip_uint64_t kNeeded = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_METHOD;
    if (zip_stat_index(archive_.get(), static_cast<zip_uint64_t>(i), ZIP_FL_ENC_RAW, &status) != 0 ||
        (status.valid & kNeeded) != kNeeded) {
      throw Error(Code::read_failed, shown(path) + ": member " + std::to_string(i) + " of the zip file is damaged");
    }
    entries_.push_back({status.name, status.size, status.comp_method == ZIP_CM_STORE});
    if (!names.insert(entries_.back().name).second) {
      throw Error(Code::read_failed, shown(path) + ": names the member " + shown(entries_.back().name) + " twice");
    }
  }
}

int ZipReader::find(std::string_view name) const {
  const auto it = std::find_if(entries_.begin(), entries_.end(), [&](const ZipEntry& e) { return e.name == name; });
  return it == entries_.end() ? -1 : static_cast<int>(it - entries_.begin());
}

Bytes ZipReader::read(std::size_t entry, std::uint64_t size) const {
  const std::lock_guard lock(mutex_);
  const auto fail = [&](const std::string& why) {
    return Error(Code::read_failed, shown(path_) + ": " + shown(entries_[entry].name) + ": cannot be unpacked: " + why);
  };
  const std::unique_ptr<zip_file_t, CloseMember> file(zip_fopen_index(archive_.get(), entry, 0));
  if (!file) throw fail(zip_strerror(archive_.get()));
  Bytes bytes;
  try {
    bytes.resize(std::min(size, entries_[entry].bytes));
  } catch (const std::exception&) {
    throw Error(Code::out_of_memory, shown(path_) + ": " + shown(entries_[entry].name) + ": not enough memory for " +
                                         std::to_string(entries_[entry].bytes) + " bytes");
  }
  for (std::size_t used = 0; used < bytes.size();) {
    const zip_int64_t n = zip_fread(file.get(), bytes.data() + used, bytes.size() - used);
    if (n <= 0) throw fail(n < 0 ? zip_file_strerror(file.get()) : "it is shorter than announced");
    used += static_cast<std::size_t>(n);
  }
  if (size >= entries_[entry].bytes) {
    // The checksum is compared when the end is read.
    std::uint8_t beyond = 0;
    const zip_int64_t n = zip_fread(file.get(), &beyond, 1);
    if (n != 0) throw fail(n < 0 ? zip_file_strerror(file.get()) : "it is longer than announced");
  }
  return bytes;
}

Bytes ZipReader::read(std::size_t entry) const { return read(entry, entries_[entry].bytes); }

struct ZipWriter::State {
  zip_source_t* buffer = nullptr;
  zip_t* archive = nullptr;
};

ZipWriter::ZipWriter() : state_(std::make_unique<State>()) {
  zip_error_t error;
  zip_error_init(&error);
  state_->buffer = zip_source_buffer_create(nullptr, 0, 0, &error);
  if (state_->buffer != nullptr) {
    zip_source_keep(state_->buffer);
    state_->archive = zip_open_from_source(state_->buffer, ZIP_TRUNCATE, &error);
  }
  if (state_->archive == nullptr) throw Error(Code::out_of_memory, "zip: " + text_of_error(error));
}

ZipWriter::~ZipWriter() {
  if (state_->archive != nullptr) zip_discard(state_->archive);
  if (state_->buffer != nullptr) zip_source_free(state_->buffer);
}

namespace {

void add_source(zip_t* archive, const std::string& name, zip_source_t* source, bool stored) {
  const zip_int64_t index = source == nullptr ? -1 : zip_file_add(archive, name.c_str(), source, ZIP_FL_ENC_GUESS);
  if (index < 0) {
    const std::string why = zip_strerror(archive);
    if (source != nullptr) zip_source_free(source);
    throw Error(Code::write_failed, shown(name) + ": cannot be added to the zip file: " + why);
  }
  const auto at = static_cast<zip_uint64_t>(index);
  if (zip_set_file_compression(archive, at, stored ? ZIP_CM_STORE : ZIP_CM_DEFLATE, stored ? 0 : kDeflateLevel) != 0 ||
      zip_file_set_dostime(archive, at, kDosTime, kDosDate, 0) != 0) {
    throw Error(Code::write_failed, shown(name) + ": cannot be added to the zip file: " + zip_strerror(archive));
  }
}

}  // namespace

void ZipWriter::add(const std::string& name, ByteView bytes, bool stored) {
  add_source(state_->archive, name, zip_source_buffer(state_->archive, bytes.data(), bytes.size(), 0), stored);
}

void ZipWriter::copy(const ZipReader& from, std::size_t entry) {
  const ZipEntry& member = from.entries_[entry];
  add_source(state_->archive, member.name, zip_source_zip(state_->archive, from.archive_.get(), entry, 0, 0, 0),
             member.stored);
}

Bytes ZipWriter::finish() {
  if (zip_close(state_->archive) != 0) {
    throw Error(Code::read_failed, std::string("the zip file cannot be made: ") + zip_strerror(state_->archive));
  }
  state_->archive = nullptr;
  zip_stat_t status;
  zip_stat_init(&status);
  Bytes bytes;
  if (zip_source_stat(state_->buffer, &status) != 0 || zip_source_open(state_->buffer) != 0) {
    throw Error(Code::write_failed, "the zip file cannot be read back from memory");
  }
  bytes.resize(status.size);
  const zip_int64_t n = zip_source_read(state_->buffer, bytes.data(), bytes.size());
  zip_source_close(state_->buffer);
  if (n != static_cast<zip_int64_t>(bytes.size())) {
    throw Error(Code::write_failed, "the zip file cannot be read back from memory");
  }
  return bytes;
}

}  // namespace wardmark
