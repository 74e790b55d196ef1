// The least that any program can do that protects a folder of pictures: read, decode, encode the same pixels, write
// aside, read back, decode again and publish in batches, with the codecs, the writer and the threads of `wardmark
// protect`. What `protect` takes beyond this is the price of the method, the hashes and the record.

#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <condition_variable>
#include <cstdio>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/error.h"
#include "io/file_dataset.h"

namespace {

using namespace wardmark;

constexpr const char* kHelp =
    "usage: protect-floor IN OUT [-j N] [--no-read-back] [--output-format png]\n"
    "Decodes every picture of a folder, encodes the same pixels in the same form, writes the file and, unless\n"
    "--no-read-back is given, reads it back and decodes it. OUT must not exist. Prints items and bytes written.\n";

constexpr std::size_t kBatch = 64;  // as wardmark protect

struct Arguments {
  std::vector<std::string> places;
  unsigned jobs = 2;
  bool read_back = true;
  std::string output_format;
};

std::optional<Arguments> parse(int argc, char** argv) {
  Arguments out;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--no-read-back") {
      out.read_back = false;
    } else if ((word == "-j" || word == "--output-format") && i + 1 < argc) {
      const std::string_view value = argv[++i];
      if (word == "--output-format") {
        out.output_format = value;
        continue;
      }
      const auto [end, bad] = std::from_chars(value.data(), value.data() + value.size(), out.jobs);
      if (bad != std::errc() || end != value.data() + value.size() || out.jobs == 0) return std::nullopt;
    } else if (word.starts_with('-')) {
      return std::nullopt;
    } else {
      out.places.emplace_back(word);
    }
  }
  if (out.places.size() != 2) return std::nullopt;
  return out;
}

/// Looks at what is decoded only as far as counting goes.
struct RowCount final : RowSink {
  ImageShape shape;
  int taken = 0;
  void begin(const ImageShape& decoded) override { shape = decoded; }
  void rows(const std::uint8_t*, int count) override { taken += count; }
};

/// Workers stage items, one thread publishes them, so that waiting for the disk and computing overlap.
class Floor {
 public:
  Floor(const DatasetReader& reader, DatasetWriter& writer, bool read_back)
      : reader_(reader), writer_(writer), read_back_(read_back), size_(reader.survey().items.size()) {}

  /// Bytes written. Throws what the first worker threw.
  std::uint64_t run(unsigned jobs) {
    std::vector<std::jthread> pool;
    for (unsigned t = 0; t < jobs; ++t) pool.emplace_back([this] { work(); });
    std::uint64_t bytes = 0;
    for (;;) {
      const std::vector<Staged> batch = take(jobs);
      if (batch.empty()) break;
      writer_.commit(batch);
      for (const Staged& staged : batch) bytes += staged.bytes;
    }
    pool.clear();
    if (failure_) std::rethrow_exception(failure_);
    writer_.finish();
    return bytes;
  }

 private:
  void work() {
    try {
      for (std::size_t i = next_++; i < size_; i = next_++) one(i);
    } catch (...) {
      const std::scoped_lock held(lock_);
      if (!failure_) failure_ = std::current_exception();
      next_ = size_;
    }
    const std::scoped_lock held(lock_);
    ++left_;
    news_.notify_one();
  }

  void one(std::size_t i) {
    const Bytes stored = reader_.fetch(i);
    const Picture picture = reader_.decode(i, stored);
    Staged staged = writer_.stage(i, writer_.encode(i, picture, picture.image));
    if (read_back_) {
      RowCount count;
      writer_.decode_rows(i, writer_.read_back(staged), count);
      if (count.shape != picture.image.shape() || count.taken != picture.image.height()) {
        broken_promise("another shape was read back than written");
      }
    }
    const std::scoped_lock held(lock_);
    ready_.push_back(std::move(staged));
    if (ready_.size() >= kBatch) news_.notify_one();
  }

  std::vector<Staged> take(unsigned jobs) {
    std::unique_lock held(lock_);
    news_.wait(held, [&] { return left_ == jobs || ready_.size() >= kBatch; });
    const std::size_t n = std::min(kBatch, ready_.size());
    const auto end = ready_.begin() + static_cast<std::ptrdiff_t>(n);
    std::vector<Staged> batch(std::make_move_iterator(ready_.begin()), std::make_move_iterator(end));
    ready_.erase(ready_.begin(), end);
    return batch;
  }

  const DatasetReader& reader_;
  DatasetWriter& writer_;
  const bool read_back_;
  const std::size_t size_;
  std::atomic<std::size_t> next_{0};
  std::mutex lock_;
  std::condition_variable news_;
  std::vector<Staged> ready_;
  unsigned left_ = 0;
  std::exception_ptr failure_;
};

int measure_floor(const Arguments& arguments) {
  DatasetOptions options;
  options.output_format = arguments.output_format;
  const auto reader = open_file_dataset(arguments.places[0], options);
  const auto writer = create_file_writer(*reader, arguments.places[1], options);
  const std::uint64_t bytes = Floor(*reader, *writer, arguments.read_back).run(arguments.jobs);
  std::printf("%zu items, %llu bytes written\n", reader->survey().items.size(), static_cast<unsigned long long>(bytes));
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
#ifdef __GLIBC__
  // As cli/main.cpp should: freed memory stays for the next picture.
  ::mallopt(M_TRIM_THRESHOLD, 256 << 20);
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);
#endif
  const auto arguments = parse(argc, argv);
  if (!arguments) {
    std::fputs(kHelp, stderr);
    return 2;
  }
  return measure_floor(*arguments);
} catch (const std::exception& error) {
  std::fprintf(stderr, "protect-floor: error: %s\n", error.what());
  return 4;
}
