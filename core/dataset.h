#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "core/image.h"
#include "core/report.h"

/// The interfaces between the loop that protects a data set and the formats it is stored in. io/ and medical/
/// implement them; perturb/ uses them; neither knows the other.
namespace wardmark {

/// One thing to protect, known before its pixels are read.
struct Item {
  std::string id;     ///< path relative to the input, NFC, '/'; bytes outside UTF-8 and '%' as %XX; sorted by bytes
  std::string label;  ///< class name, NFC; empty where there is none
  std::uint64_t bytes = 0;  ///< stored size
  bool protect = true;      ///< false: an array part left clean (--splits)
  std::string unit = {};    ///< what is released together or not at all, and lies in one shard; empty: the item alone
  std::string facts =
      {};  ///< what decode() needs to know of other items, in the words of its format; the plan keeps it
};

/// A file of the input that is no item.
struct Companion {
  std::string path;  ///< as an item id
  Code code;         ///< carried_sidecar: copied beside its image; left_*: not written
};

/// What one scan of an input found. Items are sorted by id, unique, and never change during a run.
struct Survey {
  std::vector<Item> items;
  std::vector<Companion> companions;
  std::vector<std::pair<std::string, Note>> notes;  ///< subject, remark: label rows without a file and the like
  std::vector<std::string> reminders = {};          ///< what the closing lines of a run should say of the input
};

/// How a picture was stored, so that it can be stored the same way again. Opaque outside its format.
struct StoredForm {
  virtual ~StoredForm() = default;
};

/// How one frame of a picture with more levels than a screen is looked at, and what of it may change. Values are
/// samples of the image.
struct FrameTone {
  /// Sample values from `low` to `high`, both included.
  struct Span {
    int low = 0;
    int high = 0;
    friend bool operator==(const Span&, const Span&) = default;
  };
  int black = 0;                   ///< shown as black; may lie outside the range of samples
  int white = 255;                 ///< shown as white; above `black`
  int most = 0;                    ///< largest change of a sample, in steps; at least 1
  std::vector<Span> free;          ///< values that may change, ascending, apart; a sample never leaves its span
  double slope = 1.0;              ///< physical units of one step, not 0
  double zero = 0.0;               ///< physical value of sample 0
  std::vector<Span> windows = {};  ///< further windows the frame is looked at through: black to white
};

/// A decoded item.
struct Picture {
  Image image;                   ///< with several frames: one below the other
  int frames = 1;                ///< divides the height of `image`
  std::vector<FrameTone> tones;  ///< one per frame, or none: samples are looked at as they are and all may change
  std::string unit;              ///< of FrameTone::slope, "HU", or empty where it is not known
  std::string series = {};       ///< what it is judged with, or empty
  bool inverted = false;         ///< whoever looks at it sees the lowest samples brightest
  bool carried = false;          ///< no picture to change: encode() stores the item again, `image` is empty
  std::shared_ptr<const StoredForm> form;
  int orientation = 1;      ///< EXIF orientation 1..8; pixels are not turned
  bool lossy = false;       ///< the form loses pixels: what is written must be measured
  std::vector<Note> notes;  ///< what encode() drops or changes beside the pixels
};

/// Reads one input. Const members are thread-safe.
class DatasetReader {
 public:
  virtual ~DatasetReader() = default;
  virtual const Survey& survey() const = 0;
  /// The stored bytes of item i: the file, or its record in an array file. Error(item_unreadable) or (read_failed).
  virtual Bytes fetch(std::size_t i) const = 0;
  /// Decodes what fetch() gave. Error of Kind::item for what cannot be protected.
  virtual Picture decode(std::size_t i, ByteView stored) const = 0;
};

/// An item written aside, not yet under its final name.
struct Staged {
  std::size_t item = 0;
  std::filesystem::path aside;  ///< empty for single-file outputs
  std::uint64_t bytes = 0;
};

/// Writes one output of the input's kind. stage() is thread-safe; commit() and finish() are called from one thread.
class DatasetWriter {
 public:
  virtual ~DatasetWriter() = default;
  /// Name of item i in the output, as an item id (differs from the input's where the format changes).
  virtual std::string output_id(std::size_t i) const = 0;
  /// The bytes of `changed`, stored as `original` was. The bytes that `original` was decoded from must still be there
  /// where the picture stays as it is, or needs_original(). Thread-safe.
  virtual Bytes encode(std::size_t i, const Picture& original, const Image& changed) const = 0;
  /// False when encode() finds in `original.form` all it needs of a picture that has changed: its `image` may then be
  /// empty, so that large ones need not be held twice.
  virtual bool needs_original() const { return true; }
  /// True when also an item that stays as it is must go through encode().
  virtual bool rewrites() const { return false; }
  /// Decodes bytes of the output. Thread-safe.
  virtual Picture decode(std::size_t i, ByteView stored) const = 0;
  /// The same, row by row, without holding the picture where the format allows it. Thread-safe.
  virtual void decode_rows(std::size_t i, ByteView stored, RowSink& sink) const {
    feed_rows(decode(i, stored).image, sink);
  }
  /// Writes bytes aside. Error(disk_full) or (write_failed) with the path.
  virtual Staged stage(std::size_t i, ByteView stored) = 0;
  /// Reads back what stage() wrote.
  virtual Bytes read_back(const Staged& staged) const = 0;
  /// One sync for all, then each under its final name, durably.
  virtual void commit(std::span<const Staged> staged) = 0;
  /// Copies companions and completes single-file outputs. Nothing appears under a final name before it is complete.
  virtual void finish() = 0;
  /// True when resume can keep committed items (folder outputs); false when the output is one file.
  virtual bool resumes() const = 0;
};

}  // namespace wardmark
