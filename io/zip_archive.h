#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/bytes.h"

struct zip;

namespace wardmark {

/// One member of a zip file.
struct ZipEntry {
  std::string name;
  std::uint64_t bytes = 0;  ///< unpacked, as announced
  bool stored = false;      ///< not compressed
};

/// A zip file open for reading (zip64, stored or deflated members). Thread-safe: reads take turns.
class ZipReader {
 public:
  /// Error(read_failed) when it is no whole zip file, or names a member twice.
  explicit ZipReader(const std::filesystem::path& path);
  const std::vector<ZipEntry>& entries() const { return entries_; }
  /// Index of a member, or -1.
  int find(std::string_view name) const;
  /// The first `size` unpacked bytes, or all where it is shorter. Error(read_failed) when the data are damaged,
  /// (out_of_memory).
  Bytes read(std::size_t entry, std::uint64_t size) const;
  /// The whole member: exactly the announced size, checksum verified.
  Bytes read(std::size_t entry) const;

 private:
  friend class ZipWriter;
  std::filesystem::path path_;
  mutable std::mutex mutex_;
  std::unique_ptr<zip, void (*)(zip*)> archive_;
  std::vector<ZipEntry> entries_;
};

/// Builds a zip file in memory. Same calls, same bytes: no clock, no time zone. From one thread.
class ZipWriter {
 public:
  ZipWriter();
  ~ZipWriter();
  ZipWriter(const ZipWriter&) = delete;
  ZipWriter& operator=(const ZipWriter&) = delete;
  /// `bytes` must stay until finish(). Deflate level 6 unless `stored`.
  void add(const std::string& name, ByteView bytes, bool stored);
  /// The member as it is packed in `from`, which must stay until finish().
  void copy(const ZipReader& from, std::size_t entry);
  /// The whole zip file. Error(read_failed) when a copied member cannot be read, (out_of_memory).
  Bytes finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wardmark
