#include "text_markers/mark_stream.h"

#include <algorithm>
#include <cstring>

#include "core/error.h"
#include "io/atomic_file.h"

namespace wardmark {
namespace {

constexpr std::size_t kPiece = std::size_t{4} << 20;

/// Whole lines of a stream, in pieces of about kPiece; a line above the limit comes in parts.
class LinePieces {
 public:
  LinePieces(PackedReader& in, std::size_t longest_line) : in_(in), longest_(longest_line) { in_.next(); }

  struct Piece {
    ByteView bytes;
    bool part_of_line = false;  ///< of a line that is too long; the last part ends with the line end, if there is one
    bool first_part = false;
  };
  /// False at the end. The piece is valid until the next call.
  bool next(Piece& piece) {
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(given_));
    given_ = 0;
    for (;;) {
      fill(kPiece);
      if (buffer_.empty()) return false;
      if (skipping_) return skip(piece);
      std::size_t lines = ended_ ? buffer_.size() : behind_last_line();
      while (lines == 0 && buffer_.size() <= longest_ && !ended_) {
        fill(buffer_.size() + kPiece);
        lines = ended_ ? buffer_.size() : behind_last_line();
      }
      if (lines > 0) return give(piece, lines, false);
      skipping_ = true;
      first_ = true;
    }
  }

 private:
  void fill(std::size_t size) {
    while (!ended_ && buffer_.size() < size) {
      const ByteView got = in_.read();
      ended_ = got.empty();
      buffer_.insert(buffer_.end(), got.begin(), got.end());
    }
  }
  std::size_t behind_last_line() const {
    const void* last = ::memrchr(buffer_.data(), '\n', buffer_.size());
    return last == nullptr ? 0 : static_cast<std::size_t>(static_cast<const std::uint8_t*>(last) - buffer_.data()) + 1;
  }
  bool skip(Piece& piece) {
    const void* end = std::memchr(buffer_.data(), '\n', buffer_.size());
    if (end != nullptr) skipping_ = false;
    const std::size_t size = end == nullptr
                                 ? buffer_.size()
                                 : static_cast<std::size_t>(static_cast<const std::uint8_t*>(end) - buffer_.data()) + 1;
    return give(piece, size, true);
  }
  bool give(Piece& piece, std::size_t size, bool part) {
    piece = {ByteView(buffer_).first(size), part, part && first_};
    first_ = false;
    given_ = size;
    return true;
  }

  PackedReader& in_;
  std::size_t longest_;
  Bytes buffer_;
  std::size_t given_ = 0;
  bool ended_ = false;
  bool skipping_ = false;
  bool first_ = false;
};

/// The stream's manifest: one item a piece.
class StreamJournal {
 public:
  explicit StreamJournal(const StreamRun& run) : run_(run), file_(run.record.manifest_path({}), 0) {
    file_.append(bytes_of(header_line(run.header) + "\n"));
  }
  void record(ManifestItem& item) {
    item.n = leaves_.size();
    item.id = "stream#" + std::to_string(item.n);
    item.output_id = item.id;
    item.state = item.insertions.empty() ? ItemState::left : ItemState::protected_;
    ++(item.insertions.empty() ? footer_.left : footer_.protected_);
    const std::string line = item_line(item, run_.keys);
    file_.append(bytes_of(line + "\n"));
    leaves_.push_back(line_leaf(line));
  }
  void finish() {
    const std::string line = footer_line(header_line(run_.header), footer_, leaves_, run_.plan.commitment_1, run_.keys);
    file_.append(bytes_of(line + "\n"));
    file_.sync();
  }

 private:
  const StreamRun& run_;
  AppendFile file_;
  std::vector<Digest> leaves_;
  ManifestFooter footer_;
};

/// Marks the whole lines of one piece; `before` counts the lines that came earlier.
MarkedText mark_piece(const StreamRun& run, std::string_view text, std::vector<std::uint32_t>& times,
                      std::size_t before) {
  MarkedText marked;
  const std::uint32_t most = run.rules.recipe.documents;
  each_document(
      text, {}, run.format, run.rules.recipe,
      [&](const Document& document) {
        const std::size_t sentences = marked.splices.size();
        mark_document(text, document, run.rules, marked);
        if (marked.splices.size() == sentences) return;
        const std::uint32_t s = marked.splices.back().sentence;
        if (++times[s] == most) run.thresholds[s] = 0;
      },
      before);
  return marked;
}

void check_start(ByteView bytes) {
  const std::string_view head = text_of(bytes.first(std::min<std::size_t>(bytes.size(), 2)));
  if (head == "\xFF\xFE" || head == "\xFE\xFF") {
    throw Error(Code::text_encoding, "a stream of UTF-16",
                "convert it first, for example with: iconv -f UTF-16 -t UTF-8");
  }
}

}  // namespace

StreamOutcome mark_stream(const StreamRun& run) {
  if (!run.format.lines) broken_promise("stream of lines");
  StreamOutcome outcome;
  StreamJournal journal(run);
  LinePieces pieces(run.in, run.longest_line);
  std::vector<std::uint32_t> times(run.thresholds.size());
  std::size_t lines = 0;
  std::uint64_t read = 0;
  LinePieces::Piece piece;
  while (!run.stop && pieces.next(piece)) {
    ManifestItem item;
    Bytes out;
    ByteView released = piece.bytes;
    if (read == 0) check_start(piece.bytes);
    if (piece.part_of_line) {
      if (piece.first_part) {
        ++outcome.faults;
        ++outcome.records;
        item.notes.push_back({Code::text_record, "line " + std::to_string(lines + 1) + ": longer than " +
                                                     std::to_string(run.longest_line >> 20) + " MiB"});
      }
    } else {
      std::size_t mark = 0;  // bytes of a byte order mark
      if (read == 0 && text_of(piece.bytes).starts_with("\xEF\xBB\xBF")) mark = 3;
      MarkedText marked = mark_piece(run, text_of(piece.bytes).substr(mark), times, lines);
      for (Splice& s : marked.splices) s.at += mark;
      outcome.records += marked.documents;
      outcome.faults += marked.faults;
      outcome.sentences += marked.splices.size();
      item.notes = std::move(marked.notes);
      if (!marked.splices.empty()) released = out = splice(piece.bytes, marked.splices, item.insertions);
    }
    for (const Note& note : item.notes) {
      ++outcome.codes[note.code];
      if (info(note.code).kind == Kind::item) run.report.warning("stream", note);
    }
    item.output = output_digest(released);
    item.output_content = item.output;
    item.bytes = released.size();
    run.out.write(released);
    journal.record(item);
    lines += static_cast<std::size_t>(std::ranges::count(text_of(piece.bytes), '\n'));
    read += piece.bytes.size();
    outcome.bytes_out += released.size();
    run.report.progress("marking", outcome.records, 0, read);
  }
  outcome.interrupted = run.stop;
  run.out.finish();
  if (!outcome.interrupted) journal.finish();
  return outcome;
}

void strip_stream(PackedReader& in, PackedWriter& out, const std::vector<ManifestItem>& items, Report& report) {
  const auto changed = [] {
    throw Error(Code::text_changed, "the stream is not the one of the record; its sentences were not taken out");
  };
  in.next();
  Bytes waiting;
  std::uint64_t done = 0;
  for (const ManifestItem& item : items) {
    while (waiting.size() < item.bytes) {
      const ByteView got = in.read();
      if (got.empty()) changed();
      waiting.insert(waiting.end(), got.begin(), got.end());
    }
    const ByteView released = ByteView(waiting).first(item.bytes);
    if (output_digest(released) != item.output) changed();
    out.write(unsplice(released, item.insertions));
    waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(item.bytes));
    report.progress("restoring", ++done, items.size(), 0);
  }
  if (!waiting.empty() || !in.read().empty()) changed();
  out.finish();
}

}  // namespace wardmark
