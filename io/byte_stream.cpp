#include "io/byte_stream.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "core/error.h"
#include "io/item_id.h"

namespace wardmark {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 20;

struct PackingRow {
  Packing packing;
  std::string_view extension;
  std::string_view magic;
  int filter;
};
constexpr std::array kPackings{
    PackingRow{Packing::gzip, ".gz", "\x1F\x8B", ARCHIVE_FILTER_GZIP},
    PackingRow{Packing::zstd, ".zst", "\x28\xB5\x2F\xFD", ARCHIVE_FILTER_ZSTD},
    PackingRow{Packing::xz, ".xz", {"\xFD\x37zXZ\0", 6}, ARCHIVE_FILTER_XZ},
};

bool lacks_room(int error) { return error == ENOSPC || error == EDQUOT; }

/// Writes all of it; false with errno.
bool write_all(int fd, const void* bytes, std::size_t size) {
  const char* at = static_cast<const char*>(bytes);
  while (size > 0) {
    const ssize_t put = ::write(fd, at, size);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    at += put;
    size -= static_cast<std::size_t>(put);
  }
  return true;
}

void add_packing(archive* out, Packing packing) {
  archive_write_set_format_raw(out);
  for (const PackingRow& row : kPackings) {
    if (row.packing == packing) archive_write_add_filter(out, row.filter);
  }
  if (packing == Packing::gzip) archive_write_set_filter_option(out, "gzip", "timestamp", nullptr);
  archive_write_set_bytes_in_last_block(out, 1);
}

void begin_member(archive* out) {
  archive_entry* entry = archive_entry_new();
  archive_entry_set_filetype(entry, AE_IFREG);
  archive_write_header(out, entry);
  archive_entry_free(entry);
}

}  // namespace

Packing packing_for(std::string_view path) {
  for (const PackingRow& row : kPackings) {
    if (path.ends_with(row.extension)) return row.packing;
  }
  return Packing::none;
}

std::string_view unpacked_name(std::string_view path) {
  for (const PackingRow& row : kPackings) {
    if (path.ends_with(row.extension)) path.remove_suffix(row.extension.size());
  }
  return path;
}

Packing packing_of(ByteView head) {
  for (const PackingRow& row : kPackings) {
    if (text_of(head).starts_with(row.magic)) return row.packing;
  }
  return Packing::none;
}

struct PackedReader::Input {
  int fd = -1;
  bool owned = false;
  std::string name;
  Bytes buffer;
  int error = 0;

  static la_ssize_t read(archive*, void* self, const void** bytes) {
    auto* input = static_cast<Input*>(self);
    *bytes = input->buffer.data();
    for (;;) {
      const ssize_t got = ::read(input->fd, input->buffer.data(), input->buffer.size());
      if (got >= 0) return got;
      if (errno == EINTR) continue;
      input->error = errno;
      return -1;
    }
  }
};

PackedReader::PackedReader(int fd, std::string name, bool members) : input_(std::make_unique<Input>()) {
  input_->fd = fd;
  input_->name = std::move(name);
  open(members);
}

PackedReader::PackedReader(const std::filesystem::path& path, bool members) : input_(std::make_unique<Input>()) {
  input_->name = shown(path);
  input_->fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (input_->fd < 0) throw Error(Code::item_unreadable, input_->name + ": " + std::strerror(errno));
  input_->owned = true;
  open(members);
}

PackedReader::PackedReader(ByteView packed, std::string name) : input_(std::make_unique<Input>()) {
  input_->name = std::move(name);
  prepare(false);
  if (archive_read_open_memory(archive_, packed.data(), packed.size()) != ARCHIVE_OK) fail();
}

void PackedReader::open(bool members) {
  prepare(members);
  input_->buffer.resize(kBlock);
  if (archive_read_open(archive_, input_.get(), nullptr, Input::read, nullptr) != ARCHIVE_OK) fail();
}

void PackedReader::prepare(bool members) {
  archive_ = archive_read_new();
  if (archive_ == nullptr) throw std::bad_alloc();
  archive_read_support_filter_gzip(archive_);
  archive_read_support_filter_zstd(archive_);
  archive_read_support_filter_xz(archive_);
  archive_read_support_format_raw(archive_);
  archive_read_support_format_empty(archive_);
  if (members) archive_read_support_format_tar(archive_);
}

PackedReader::~PackedReader() {
  archive_read_free(archive_);
  if (input_->owned) ::close(input_->fd);
}

void PackedReader::fail() const {
  const char* why = input_->error != 0 ? std::strerror(input_->error) : archive_error_string(archive_);
  throw Error(Code::item_unreadable, input_->name + ": " + (why == nullptr ? "cannot be unpacked" : why));
}

bool PackedReader::next() {
  archive_entry* entry = nullptr;
  const int status = archive_read_next_header(archive_, &entry);
  if (status == ARCHIVE_EOF) return false;
  if (status < ARCHIVE_WARN) fail();
  const char* path = archive_entry_pathname(entry);
  const bool raw = archive_format(archive_) == ARCHIVE_FORMAT_RAW;
  member_ = raw || path == nullptr ? std::string() : path;
  return true;
}

ByteView PackedReader::read() {
  const void* bytes = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  for (;;) {
    const int status = archive_read_data_block(archive_, &bytes, &size, &offset);
    if (status == ARCHIVE_EOF) return {};
    if (status < ARCHIVE_WARN) fail();
    if (size > 0) return {static_cast<const std::uint8_t*>(bytes), size};
  }
}

struct PackedWriter::Output {
  int fd = -1;
  std::string name;
  int error = 0;

  static la_ssize_t write(archive*, void* self, const void* bytes, std::size_t size) {
    auto* output = static_cast<Output*>(self);
    if (write_all(output->fd, bytes, size)) return static_cast<la_ssize_t>(size);
    output->error = errno;
    return -1;
  }
};

PackedWriter::PackedWriter(int fd, std::string name, Packing packing) : output_(std::make_unique<Output>()) {
  output_->fd = fd;
  output_->name = std::move(name);
  if (packing == Packing::none) return;
  archive_ = archive_write_new();
  if (archive_ == nullptr) throw std::bad_alloc();
  add_packing(archive_, packing);
  if (archive_write_open(archive_, output_.get(), nullptr, Output::write, nullptr) != ARCHIVE_OK) fail();
  begin_member(archive_);
}

PackedWriter::~PackedWriter() {
  if (archive_ != nullptr) archive_write_free(archive_);
}

void PackedWriter::fail() const {
  const char* why =
      output_->error != 0 || archive_ == nullptr ? std::strerror(output_->error) : archive_error_string(archive_);
  throw Error(lacks_room(output_->error) ? Code::disk_full : Code::write_failed,
              output_->name + ": " + (why == nullptr ? "cannot be written" : why));
}

void PackedWriter::write(ByteView bytes) {
  if (archive_ != nullptr) {
    if (archive_write_data(archive_, bytes.data(), bytes.size()) != static_cast<la_ssize_t>(bytes.size())) fail();
  } else if (!write_all(output_->fd, bytes.data(), bytes.size())) {
    output_->error = errno;
    fail();
  }
}

void PackedWriter::finish() {
  if (archive_ != nullptr && archive_write_close(archive_) != ARCHIVE_OK) fail();
}

Bytes unpacked(Bytes file, const std::string& name, std::size_t most) {
  if (packing_of(file) == Packing::none) return file;
  PackedReader reader(file, name);
  Bytes out;
  if (!reader.next()) return out;
  for (ByteView part = reader.read(); !part.empty(); part = reader.read()) {
    if (part.size() > most - out.size()) throw Error(Code::item_unreadable, name + ": unpacks to too much");
    out.insert(out.end(), part.begin(), part.end());
  }
  return out;
}

Bytes packed(ByteView bytes, Packing packing) {
  if (packing == Packing::none) return Bytes(bytes.begin(), bytes.end());
  struct Room {
    Bytes out;
    static la_ssize_t take(archive*, void* self, const void* part, std::size_t size) {
      const auto* first = static_cast<const std::uint8_t*>(part);
      auto& out = static_cast<Room*>(self)->out;
      out.insert(out.end(), first, first + size);
      return static_cast<la_ssize_t>(size);
    }
  } room;
  const std::unique_ptr<archive, int (*)(archive*)> out(archive_write_new(), archive_write_free);
  if (!out) throw std::bad_alloc();
  add_packing(out.get(), packing);
  bool fits = archive_write_open(out.get(), &room, nullptr, Room::take, nullptr) == ARCHIVE_OK;
  if (fits) begin_member(out.get());
  fits = fits && archive_write_data(out.get(), bytes.data(), bytes.size()) == static_cast<la_ssize_t>(bytes.size());
  if (!fits || archive_write_close(out.get()) != ARCHIVE_OK) {
    throw Error(Code::write_failed, std::string("cannot be packed: ") + archive_error_string(out.get()));
  }
  return std::move(room.out);
}

}  // namespace wardmark
