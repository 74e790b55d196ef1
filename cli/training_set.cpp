#include "cli/training_set.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "cli/dataset_formats.h"
#include "core/error.h"
#include "io/item_id.h"
#include "perturb/network_view.h"

namespace wardmark {
namespace {

constexpr int kOwnSide = 64;
constexpr int kPhotographSide = 224;

std::string split_name(Part part) { return part == Part::train ? "train" : part == Part::test ? "test" : "val"; }

bool is_npz(const DatasetFormat& format) { return format.name == "npz"; }

/// Decodes the chosen items of a reader into one array of three channels.
class Filling {
 public:
  Filling(const DatasetReader& reader, const std::vector<std::size_t>& items, const PictureSize& size, Console* console)
      : reader_(reader), items_(items), size_(size), console_(console) {
    picture_ = static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height) * 3;
    samples_.resize(items.size() * picture_);
    kept_.assign(items.size(), 0);
  }
  void run(unsigned jobs) {
    std::vector<std::thread> threads;
    for (unsigned k = 0; k < std::max(1u, jobs); ++k) threads.emplace_back([this] { work(); });
    for (std::thread& thread : threads) thread.join();
    if (failure_) std::rethrow_exception(failure_);
  }
  bool grey() const { return grey_; }
  const std::vector<char>& kept() const { return kept_; }
  ByteView picture(std::size_t k) const { return ByteView(samples_).subspan(k * picture_, picture_); }

 private:
  void work() {
    try {
      for (std::size_t k = next_++; k < items_.size() && !failed_; k = next_++) one(k);
    } catch (...) {
      const std::scoped_lock held(lock_);
      failed_ = true;
      failure_ = std::current_exception();
    }
  }
  void one(std::size_t k) {
    try {
      const Picture picture = reader_.decode(items_[k], reader_.fetch(items_[k]));
      if (picture.image.colour_channels() > 1) grey_ = false;
      network_view(picture.image, size_.width, size_.height, 3, samples_.data() + k * picture_);
      kept_[k] = 1;
    } catch (const Error& error) {
      if (error.kind() != Kind::item) throw;
      if (console_ != nullptr) console_->refused(reader_.survey().items[items_[k]].id, error);
    }
  }

  const DatasetReader& reader_;
  const std::vector<std::size_t>& items_;
  const PictureSize& size_;
  Console* console_;
  std::size_t picture_ = 0;
  Bytes samples_;
  std::vector<char> kept_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> grey_ = true;
  std::atomic<bool> failed_ = false;
  std::mutex lock_;
  std::exception_ptr failure_;
};

void settle_size(const DatasetReader& reader, const std::vector<std::size_t>& items, PictureSize& size) {
  if (size.width != 0) return;
  for (const std::size_t i : items) {
    try {
      const Picture first = reader.decode(i, reader.fetch(i));
      const bool own = std::min(first.image.width(), first.image.height()) <= kOwnSide;
      size.width = own ? first.image.width() : kPhotographSide;
      size.height = own ? first.image.height() : kPhotographSide;
      return;
    } catch (const Error& error) {
      if (error.kind() != Kind::item) throw;
    }
  }
  throw Error(Code::input_empty, "no picture can be read");
}

PixelSet gathered(const DatasetReader& reader, const std::vector<std::size_t>& items, const Filling& filling,
                  const PictureSize& size) {
  const std::vector<Item>& all = reader.survey().items;
  PixelSet set{size.height, size.width, size.channels, {}, {}, {}, {}};
  std::set<std::string> names;
  for (const std::size_t i : items) names.insert(all[i].label);
  set.classes.assign(names.begin(), names.end());
  const std::size_t step = size.channels == 1 ? 3 : 1;
  for (std::size_t k = 0; k < items.size(); ++k) {
    if (!filling.kept()[k]) continue;
    const Item& item = all[items[k]];
    set.ids.push_back(item.id);
    set.labels.push_back(std::ranges::lower_bound(set.classes, item.label) - set.classes.begin());
    const ByteView picture = filling.picture(k);
    for (std::size_t i = 0; i < picture.size(); i += step) set.samples.push_back(picture[i]);
  }
  return set;
}

}  // namespace

bool holds_part(const std::filesystem::path& input, const DatasetOptions& options, Part part) {
  DatasetOptions asked = options;
  asked.splits = {split_name(part)};
  const DatasetFormat& format = dataset_format_for(input, asked);
  if (!is_npz(format)) return false;
  try {
    format.open(input, asked);
    return true;
  } catch (const Error& error) {
    if (error.code() == Code::usage) return false;  // no such array
    throw;
  }
}

PixelSet read_pixel_set(const std::filesystem::path& input, DatasetOptions options, Part part, PictureSize& size,
                        unsigned jobs, Console& console) {
  options.splits = {split_name(part)};
  const DatasetFormat& format = dataset_format_for(input, options);
  const auto reader = format.open(input, options);
  const std::vector<Item>& all = reader->survey().items;
  std::vector<std::size_t> items;
  std::size_t unlabelled = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!all[i].protect) continue;
    if (all[i].label.empty()) {
      ++unlabelled;
    } else {
      items.push_back(i);
    }
  }
  if (items.empty()) {
    throw Error(Code::labels_missing, shown(input) + ": no item has a class",
                "name class folders, or a table with --labels");
  }
  if (unlabelled > 0) console.warn(shown(input) + ": " + counted(unlabelled, "item") + " without class left out");
  return read_pixel_set(*reader, items, size, jobs, &console);
}

PixelSet read_pixel_set(const DatasetReader& reader, const std::vector<std::size_t>& items, PictureSize& size,
                        unsigned jobs, Console* console) {
  settle_size(reader, items, size);
  Filling filling(reader, items, size, console);
  filling.run(jobs);
  if (size.channels == 0) size.channels = filling.grey() ? 1 : 3;
  PixelSet set = gathered(reader, items, filling, size);
  if (set.size() == 0) throw Error(Code::input_empty, "no picture can be read");
  return set;
}

}  // namespace wardmark
