#include "text_markers/mark_corpus.h"

#include <algorithm>

#include "core/error.h"
#include "io/atomic_file.h"

namespace wardmark {
namespace {

constexpr std::size_t kBatchFiles = 512;
constexpr std::size_t kBatchBytes = std::size_t{64} << 20;

/// The manifest under way.
class Journal {
 public:
  Journal(const MarkRun& run, MarkOutcome& outcome) : run_(run), outcome_(outcome) {
    const std::string header = header_line(run.header) + "\n";
    const auto earlier = run.resume ? run.record.read_manifest(run.shard) : std::nullopt;
    std::uint64_t keep = 0;
    if (earlier && earlier->size() >= header.size()) {
      const Manifest manifest = parse_manifest(*earlier, true);
      if (header_line(manifest.header) + "\n" != header) {
        throw Error(Code::recipe_changed, run.record.path().string() + ": the record is of another recipe",
                    "run the same command as before, or use --overwrite");
      }
      for (const std::string& line : manifest.lines) recall(line);
      keep = manifest.whole_bytes;
    }
    file_.emplace(run.record.manifest_path(run.shard), keep);
    if (keep == 0) file_->append(bytes_of(header));
  }
  std::uint64_t next() const { return next_; }
  void record(const ManifestItem& item) {
    const std::string line = item_line(item, run_.keys);
    file_->append(bytes_of(line + "\n"));
    leaves_.push_back(line_leaf(line));
    count(item);
  }
  void sync() { file_->sync(); }
  void finish() {
    ManifestFooter footer;
    footer.protected_ = outcome_.marked;
    footer.left = outcome_.left;
    footer.refused = outcome_.refused;
    const std::string line = footer_line(header_line(run_.header), footer, leaves_, run_.plan.commitment_1, run_.keys);
    file_->append(bytes_of(line + "\n"));
    file_->sync();
    outcome_.footer = footer;
  }

 private:
  void recall(const std::string& line) {
    const ManifestItem item = open_item(line, run_.keys);
    leaves_.push_back(line_leaf(line));
    count(item);
    ++outcome_.resumed;
    next_ = item.n + 1;
  }
  void count(const ManifestItem& item) {
    if (item.state == ItemState::protected_) ++outcome_.marked;
    if (item.state == ItemState::left) ++outcome_.left;
    if (item.state == ItemState::refused) ++outcome_.refused;
    outcome_.sentences += item.insertions.size();
    outcome_.bytes_out += item.bytes;
    bool fault = false;
    for (const Note& note : item.notes) {
      ++outcome_.codes[note.code];
      fault = fault || info(note.code).kind == Kind::item;
    }
    if (fault && item.state != ItemState::refused) ++outcome_.faults;
  }

  const MarkRun& run_;
  MarkOutcome& outcome_;
  std::optional<AppendFile> file_;
  std::vector<Digest> leaves_;
  std::uint64_t next_ = 0;
};

void refuse(ManifestItem& item, Code code, std::string why) {
  item.state = ItemState::refused;
  item.notes = {{code, std::move(why)}};
}

void release_file(const MarkRun& run, const TextFile& file, Bytes in, ManifestItem& item, Bytes& out) {
  if (file.format == nullptr) {
    item.notes.push_back({Code::carried_other, {}});
    out = std::move(in);
  } else {
    MarkedText marked = mark_text(in, file.id, *file.format, run.rules);
    item.notes = std::move(marked.notes);
    if (marked.splices.empty() && marked.not_drawn == marked.documents) item.notes.push_back({Code::not_drawn, {}});
    out = splice(in, marked.splices, item.insertions);
    if (!only_adds(in, out, item.insertions)) broken_promise("a text without its sentences");
  }
  item.state = item.insertions.empty() ? ItemState::left : ItemState::protected_;
  item.output_id = file.id;
  item.output = output_digest(out);
  item.output_content = text_content(out, item.output);
  if (file.packing != Packing::none) {
    out = packed(out, file.packing);
    item.output = output_digest(out);
  }
  item.bytes = out.size();
}

void commit(const MarkRun& run, std::vector<ManifestItem>& items, std::vector<Rename>& files, Journal& journal) {
  publish(files);
  for (const ManifestItem& item : items) {
    journal.record(item);
    for (const Note& note : item.notes) {
      if (item.state == ItemState::refused) {
        run.report.refused(item.id, Error(note.code, note.detail));
      } else if (info(note.code).kind == Kind::item) {
        run.report.warning(item.id, note);
      }
    }
  }
  journal.sync();
  items.clear();
  files.clear();
}

}  // namespace

ManifestItem mark_file(const MarkRun& run, std::size_t n, Bytes& out) {
  const PlanItem& planned = run.plan.items[n];
  ManifestItem item;
  item.n = n;
  item.id = planned.id;
  try {
    const std::size_t at = run.tree.find(planned.id);
    if (at == run.tree.files.size()) throw Error(Code::item_unreadable, "is no longer there");
    const TextFile& file = run.tree.files[at];
    Bytes in = run.tree.read(file);
    if (!planned.input || input_digest(in, run.names) != *planned.input) {
      throw Error(Code::plan_changed, "differs from what the plan recorded");
    }
    release_file(run, file, std::move(in), item, out);
  } catch (const Error& error) {
    if (error.kind() != Kind::item) throw;
    refuse(item, error.code(), error.what());
  }
  return item;
}

MarkOutcome mark_corpus(const MarkRun& run) {
  MarkOutcome outcome;
  Journal journal(run, outcome);
  std::vector<std::size_t> work;
  for (std::size_t n = 0; n < run.plan.items.size(); ++n) {
    if (!run.shard.whole() && shard_of(run.plan.items[n].id, run.shard.count) != run.shard.index) continue;
    ++outcome.items;
    if (n >= journal.next()) work.push_back(n);
  }
  std::vector<ManifestItem> items;
  std::vector<Rename> files;
  std::size_t waiting = 0;
  std::uint64_t read = 0;
  for (const std::size_t n : work) {
    if (run.stop) break;
    Bytes out;
    ManifestItem item = mark_file(run, n, out);
    if (item.state != ItemState::refused) {
      const std::filesystem::path final_path = run.tree.output(run.output, run.tree.files[run.tree.find(item.id)]);
      files.push_back({write_aside(final_path, out), final_path});
    }
    waiting += out.size();
    read += out.size();
    items.push_back(std::move(item));
    if (items.size() >= kBatchFiles || waiting >= kBatchBytes) {
      commit(run, items, files, journal);
      waiting = 0;
    }
    run.report.progress("marking", outcome.marked + outcome.left + outcome.refused, outcome.items, read);
  }
  commit(run, items, files, journal);
  outcome.interrupted = outcome.marked + outcome.left + outcome.refused < outcome.items;
  if (!outcome.interrupted) journal.finish();
  return outcome;
}

}  // namespace wardmark
