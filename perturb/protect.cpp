#include "perturb/protect.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <limits>
#include <mutex>
#include <thread>

#include "core/error.h"
#include "core/random.h"
#include "io/atomic_file.h"
#include "perturb/protect_item.h"

namespace wardmark {
namespace {

constexpr std::size_t kBatch = 64;

/// Hands out places of the work list and takes results back in order. Workers run at most a window ahead of what has
/// been committed, so memory does not grow with the number of items.
class OrderedWork {
 public:
  OrderedWork(std::size_t size, std::size_t window) : size_(size), window_(window) {}

  /// The next place to work on; absent when there is none, or the run ends.
  std::optional<std::size_t> claim(const std::atomic<bool>& stop) {
    std::unique_lock held(lock_);
    space_.wait(held, [&] { return ended_ || claimed_ < taken_ + window_; });
    if (ended_ || stop || claimed_ == size_) return std::nullopt;
    return claimed_++;
  }
  void put(std::size_t place, Processed result) {
    const std::scoped_lock held(lock_);
    ready_.emplace(place, std::move(result));
    news_.notify_one();
  }
  void fail(std::exception_ptr failure) {
    const std::scoped_lock held(lock_);
    if (!failure_) failure_ = std::move(failure);
    ended_ = true;
    space_.notify_all();
    news_.notify_one();
  }
  void worker_left() {
    const std::scoped_lock held(lock_);
    ++left_;
    news_.notify_one();
  }
  /// Results in order, at most kBatch; waits until a batch is full, `patience` has passed with something to hand over,
  /// or all `workers` have left. Empty at the end.
  std::vector<Processed> take(unsigned workers, std::chrono::milliseconds patience) {
    std::unique_lock held(lock_);
    const auto in_order = [&] {
      std::size_t n = 0;
      for (auto at = ready_.begin(); at != ready_.end() && at->first == taken_ + n && n < kBatch; ++at) ++n;
      return n;
    };
    const auto until = std::chrono::steady_clock::now() + patience;
    news_.wait_until(held, until, [&] { return left_ == workers || in_order() >= kBatch; });
    news_.wait(held, [&] { return left_ == workers || in_order() > 0; });
    std::vector<Processed> batch;
    for (std::size_t n = in_order(); n > 0; --n) {
      batch.push_back(std::move(ready_.begin()->second));
      ready_.erase(ready_.begin());
      ++taken_;
    }
    space_.notify_all();
    return batch;
  }
  std::exception_ptr failure() {
    const std::scoped_lock held(lock_);
    return failure_;
  }
  bool complete() {
    const std::scoped_lock held(lock_);
    return taken_ == size_;
  }
  /// Removes what was written aside but can no longer be committed in order.
  void discard_rest() {
    const std::scoped_lock held(lock_);
    for (auto& [place, done] : ready_) discard(done.staged);
    ready_.clear();
  }

 private:
  const std::size_t size_;
  const std::size_t window_;
  std::mutex lock_;
  std::condition_variable space_;
  std::condition_variable news_;
  std::map<std::size_t, Processed> ready_;
  std::size_t claimed_ = 0;
  std::size_t taken_ = 0;
  unsigned left_ = 0;
  bool ended_ = false;
  std::exception_ptr failure_;
};

/// The manifest under way: header, then lines as they become durable.
class Journal {
 public:
  Journal(const ProtectRun& run, ProtectOutcome& outcome) : run_(run), outcome_(outcome) {
    const std::string header = header_line(run.header) + "\n";
    const auto earlier = run.resume ? run.record.read_manifest(run.shard, run.header.batch) : std::nullopt;
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
    file_.emplace(run.record.manifest_path(run.shard, run.header.batch), keep);
    if (keep == 0) file_->append(bytes_of(header));
  }
  /// Last place recorded, plus one.
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
    footer.protected_ = outcome_.protected_;
    footer.left = outcome_.left;
    footer.refused = outcome_.refused;
    if (!run_.single_file.empty()) footer.container = output_digest(read_file(run_.single_file));
    const std::string header = header_line(run_.header);
    const std::string line = footer_line(header, footer, leaves_, run_.plan.commitment_1, run_.keys);
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
    switch (item.state) {
      case ItemState::protected_:
        ++outcome_.protected_;
        break;
      case ItemState::left:
        ++outcome_.left;
        break;
      case ItemState::refused:
      case ItemState::withdrawn:  // not in a run under way
        ++outcome_.refused;
        break;
    }
    for (const Note& note : item.notes) ++outcome_.codes[note.code];
    outcome_.bytes_out += item.bytes;
    outcome_.measures.add(item);
  }

  const ProtectRun& run_;
  ProtectOutcome& outcome_;
  std::optional<AppendFile> file_;
  std::vector<Digest> leaves_;
  std::uint64_t next_ = 0;
};

/// Plan places of this shard that have no line yet.
std::vector<std::size_t> work_list(const ProtectRun& run, std::uint64_t next, ProtectOutcome& outcome) {
  std::vector<std::size_t> list;
  for (std::size_t n = 0; n < run.plan.items.size(); ++n) {
    if (!run.shard.whole() && shard_of(run.plan.items[n], run.shard.count) != run.shard.index) continue;
    ++outcome.items;
    if (n >= next) list.push_back(n);
  }
  return list;
}

void commit(const ProtectRun& run, std::vector<Processed>& batch, Journal& journal, ProtectOutcome& outcome) {
  std::vector<Staged> staged;
  for (const Processed& done : batch) {
    if (done.staged) staged.push_back(*done.staged);
  }
  run.writer.commit(staged);
  for (const Processed& done : batch) {
    journal.record(done.item);
    outcome.bytes_in += done.bytes_in;
    if (done.item.state == ItemState::refused) {
      const Note& why = done.item.notes.front();
      run.report.refused(done.item.id, Error(why.code, why.detail));
    }
  }
  if (run.writer.resumes()) journal.sync();
}

}  // namespace

ProtectOutcome protect(const ProtectRun& run) {
  ProtectOutcome outcome;
  const auto places = match_items(run.plan, run.reader.survey());
  // Outputs that are one file start anew: nothing of an unfinished file was kept.
  ProtectRun fresh = run;
  fresh.resume = run.resume && run.writer.resumes();
  Journal journal(fresh, outcome);
  const std::vector<std::size_t> list = work_list(run, journal.next(), outcome);

  OrderedWork work(list.size(), 2 * kBatch + 2 * run.jobs);
  const auto worker = [&] {
    try {
      while (const auto place = work.claim(run.stop)) {
        const std::size_t n = list[*place];
        work.put(*place, process_item(run, n, places[n]));
      }
    } catch (const std::bad_alloc&) {
      work.fail(std::make_exception_ptr(Error(Code::out_of_memory, "not enough memory for one more picture",
                                              "use fewer threads (-j) or a smaller --max-pixels")));
    } catch (...) {
      work.fail(std::current_exception());
    }
    work.worker_left();
  };
  {
    const unsigned workers = std::max(1u, run.jobs);
    std::vector<std::jthread> pool;
    for (unsigned t = 0; t < workers; ++t) pool.emplace_back(worker);
    std::exception_ptr commit_failure;
    for (;;) {
      std::vector<Processed> batch = work.take(workers, std::chrono::milliseconds(1000));
      if (batch.empty()) break;
      try {
        if (!commit_failure) commit(run, batch, journal, outcome);
      } catch (...) {
        commit_failure = std::current_exception();
        work.fail(commit_failure);
      }
      run.report.progress("protecting", outcome.protected_ + outcome.left + outcome.refused, outcome.items,
                          outcome.bytes_in);
    }
  }
  work.discard_rest();
  if (const auto failure = work.failure()) std::rethrow_exception(failure);
  outcome.interrupted = !work.complete();
  if (outcome.interrupted) return outcome;
  run.writer.finish();
  journal.finish();
  return outcome;
}

std::vector<std::size_t> keyed_sample(const Plan& plan, const ReleaseKeys& keys, std::size_t count) {
  const Subkey key = keys.seal.derive("sample");
  std::vector<std::pair<Digest, std::size_t>> drawn;
  for (std::size_t n = 0; n < plan.items.size(); ++n) {
    drawn.emplace_back(digest(&key, "sample", {bytes_of(plan.items[n].id)}), n);
  }
  const std::size_t kept = std::min(count, drawn.size());
  std::ranges::partial_sort(drawn, drawn.begin() + static_cast<std::ptrdiff_t>(kept));
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < kept; ++i) places.push_back(drawn[i].second);
  std::ranges::sort(places);
  return places;
}

void MeasureSummary::add(const ManifestItem& item) {
  if (item.state != ItemState::protected_) return;
  ++changed_;
  const Measured& m = item.measured;
  if (m.visible()) ++visible_;
  const double psnr = m.psnr();
  ++psnr_bins_[static_cast<std::size_t>(std::clamp(psnr * 10.0, 0.0, kBins - 1.0))];
  if (worst_item_.empty() || psnr < worst_.psnr()) {
    worst_item_ = item.id;
    worst_ = m;
  }
  worst_ssim_ = std::min(worst_ssim_, m.ssim);
  worst_ciede2000_ = std::max(worst_ciede2000_, m.ciede2000);
  worst_survival_ = std::min(worst_survival_, m.survival);
}

double MeasureSummary::median_psnr() const {
  std::uint64_t seen = 0;
  for (int bin = 0; bin < kBins; ++bin) {
    seen += psnr_bins_[static_cast<std::size_t>(bin)];
    if (2 * seen >= changed_ && changed_ > 0) return (bin + 0.5) / 10.0;
  }
  return std::numeric_limits<double>::infinity();
}

}  // namespace wardmark
