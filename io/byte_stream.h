#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "core/bytes.h"

struct archive;

namespace wardmark {

/// How bytes are packed in a file.
enum class Packing { none, gzip, zstd, xz };
/// By the last extension: .gz, .zst, .xz.
Packing packing_for(std::string_view path);
/// The path without the extension of its packing.
std::string_view unpacked_name(std::string_view path);
/// By the first bytes.
Packing packing_of(ByteView head);

/// Reads a file or descriptor once, unpacked by what its first bytes say; of an archive (tar, packed or not) one member
/// after the other. Checksums of gzip are not looked at (libarchive passes over them), those of xz are. Memory: a few
/// megabytes, whatever the size. Not thread-safe.
class PackedReader {
 public:
  /// `name` stands in messages. The descriptor stays open. `members`: a tar is opened, else it is bytes like others.
  PackedReader(int fd, std::string name, bool members = false);
  /// The same of a file; Error(item_unreadable).
  explicit PackedReader(const std::filesystem::path& path, bool members = false);
  /// The same of bytes in memory, which must outlive it.
  PackedReader(ByteView packed, std::string name);
  ~PackedReader();
  PackedReader(const PackedReader&) = delete;
  PackedReader& operator=(const PackedReader&) = delete;

  /// Goes to the next member, the first at the first call; false at the end. What is no archive has one, without name.
  bool next();
  const std::string& member() const { return member_; }
  /// The next bytes of the member, valid until the next call; empty at its end. Error(item_unreadable) where packed
  /// bytes are damaged or cut short.
  ByteView read();

 private:
  struct Input;
  void open(bool members);
  void prepare(bool members);
  [[noreturn]] void fail() const;
  std::unique_ptr<Input> input_;
  archive* archive_ = nullptr;
  std::string member_;
};

/// Writes bytes, packed or not, to an open descriptor, without a time or name of its own: the same bytes give the same
/// file. Not thread-safe.
class PackedWriter {
 public:
  PackedWriter(int fd, std::string name, Packing packing);
  ~PackedWriter();
  PackedWriter(const PackedWriter&) = delete;
  PackedWriter& operator=(const PackedWriter&) = delete;
  /// Error(disk_full), (write_failed).
  void write(ByteView bytes);
  /// Ends the packing; nothing is written later.
  void finish();

 private:
  struct Output;
  [[noreturn]] void fail() const;
  std::unique_ptr<Output> output_;
  archive* archive_ = nullptr;
};

/// A file's bytes unpacked, or as they are. Error(item_unreadable) where they are damaged or unpack to more than
/// `most`.
Bytes unpacked(Bytes file, const std::string& name, std::size_t most = std::size_t{4} << 30);
/// Bytes packed as a file of that kind holds them.
Bytes packed(ByteView bytes, Packing packing);

}  // namespace wardmark
