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
#include "perturb/tone.h"

namespace wardmark {
namespace {

constexpr int kOwnSide = 64;
constexpr int kPhotographSide = 224;

std::string split_name(Part part) { return part == Part::train ? "train" : part == Part::test ? "test" : "val"; }

bool is_npz(const DatasetFormat& format) { return format.name == "npz"; }

/// Decodes the chosen items of a reader, each into its pictures of three channels.
class Filling {
 public:
  Filling(const DatasetReader& reader, const std::vector<ChosenItem>& items, const PictureSize& size, Frames frames,
          Console* console)
      : reader_(reader), items_(items), size_(size), frames_(frames), console_(console), pictures_(items.size()) {
    picture_ = static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height) * 3;
  }
  void run(unsigned jobs) {
    std::vector<std::thread> threads;
    for (unsigned k = 0; k < std::max(1u, jobs); ++k) threads.emplace_back([this] { work(); });
    for (std::thread& thread : threads) thread.join();
    if (failure_) std::rethrow_exception(failure_);
  }
  bool grey() const { return grey_; }
  std::size_t picture_bytes() const { return picture_; }
  /// All pictures of item k, none where it cannot be read; once.
  Bytes take(std::size_t k) { return std::move(pictures_[k]); }

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
      const Picture picture = reader_.decode(items_[k].place, reader_.fetch(items_[k].place));
      if (picture.carried) return;
      const int first = frames_ == Frames::all ? 0 : picture.frames / 2;
      const int count = frames_ == Frames::all ? picture.frames : 1;
      Bytes seen(picture_ * static_cast<std::size_t>(count));
      for (int frame = 0; frame < count; ++frame) {
        network_view(picture, picture.image, first + frame, size_.width, size_.height, 3,
                     seen.data() + picture_ * static_cast<std::size_t>(frame));
      }
      if (picture.image.colour_channels() > 1) grey_ = false;
      pictures_[k] = std::move(seen);
    } catch (const Error& error) {
      if (error.kind() != Kind::item) throw;
      if (console_ != nullptr) console_->refused(items_[k].id, error);
    }
  }

  const DatasetReader& reader_;
  const std::vector<ChosenItem>& items_;
  const PictureSize& size_;
  Frames frames_;
  Console* console_;
  std::size_t picture_ = 0;
  std::vector<Bytes> pictures_;  ///< by item
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> grey_ = true;
  std::atomic<bool> failed_ = false;
  std::mutex lock_;
  std::exception_ptr failure_;
};

void settle_size(const DatasetReader& reader, const std::vector<ChosenItem>& items, PictureSize& size) {
  if (size.width != 0) return;
  for (const ChosenItem& item : items) {
    try {
      const Picture first = reader.decode(item.place, reader.fetch(item.place));
      if (first.carried) continue;
      const int height = frame_height(first);
      const bool own = std::min(first.image.width(), height) <= kOwnSide;
      size.width = own ? first.image.width() : kPhotographSide;
      size.height = own ? height : kPhotographSide;
      return;
    } catch (const Error& error) {
      if (error.kind() != Kind::item) throw;
    }
  }
  throw Error(Code::input_empty, "no picture can be read");
}

/// "a/b.dcm" of frame 12 of several: "a/b#12.dcm".
std::string frame_id(const std::string& id, std::size_t frame, std::size_t frames) {
  if (frames == 1) return id;
  const std::size_t stem = id.size() - extension_of(id).size();
  return id.substr(0, stem) + "#" + std::to_string(frame) + id.substr(stem);
}

PixelSet gathered(const std::vector<ChosenItem>& items, Filling& filling, const PictureSize& size) {
  PixelSet set{size.height, size.width, size.channels, {}, {}, {}, {}};
  std::set<std::string> names;
  for (const ChosenItem& item : items) names.insert(item.label);
  set.classes.assign(names.begin(), names.end());
  const std::size_t step = size.channels == 1 ? 3 : 1;
  for (std::size_t k = 0; k < items.size(); ++k) {
    const Bytes pictures = filling.take(k);
    const std::size_t frames = pictures.size() / filling.picture_bytes();
    for (std::size_t frame = 0; frame < frames; ++frame) {
      set.ids.push_back(frame_id(items[k].id, frame, frames));
      set.labels.push_back(std::ranges::lower_bound(set.classes, items[k].label) - set.classes.begin());
    }
    for (std::size_t i = 0; i < pictures.size(); i += step) set.samples.push_back(pictures[i]);
  }
  return set;
}

/// Files that a scan refused, some of them by name.
void say_refused(const Survey& survey, Console& console) {
  constexpr std::size_t kShown = 5;
  std::size_t refused = 0;
  for (const auto& [subject, note] : survey.notes) {
    if (info(note.code).kind != Kind::item) continue;
    if (++refused <= kShown) console.warning(subject, note);
  }
  if (refused > kShown) console.warn("and " + counted(refused - kShown, "file") + " more that cannot be read");
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
                        unsigned jobs, Console& console, const RecordedItems* recorded) {
  options.splits = {split_name(part)};
  options.study.looking = true;
  options.jobs = jobs;
  if (recorded != nullptr) options.labels.from = LabelSource::From::none;
  const DatasetFormat& format = dataset_format_for(input, options);
  const auto reader = format.open(input, options);
  say_refused(reader->survey(), console);
  const std::vector<Item>& all = reader->survey().items;
  std::vector<ChosenItem> items;
  std::size_t unlabelled = 0, foreign = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!all[i].protect) continue;
    ChosenItem item{i, all[i].id, all[i].label};
    if (recorded != nullptr) {
      const auto known = recorded->find(all[i].id);
      if (known == recorded->end()) {
        ++foreign;
        continue;
      }
      item.id = known->second.id;
      item.label = known->second.label;
    }
    if (item.label.empty()) {
      ++unlabelled;
    } else {
      items.push_back(std::move(item));
    }
  }
  if (foreign > 0) console.warn(shown(input) + ": " + counted(foreign, "item") + " unknown to the record left out");
  if (items.empty()) {
    throw Error(Code::labels_missing, shown(input) + ": no item has a class",
                recorded != nullptr ? "the record names no class of these items"
                                    : "name class folders, or a table with --labels");
  }
  if (unlabelled > 0) console.warn(shown(input) + ": " + counted(unlabelled, "item") + " without class left out");
  return read_pixel_set(*reader, items, size, jobs, &console, Frames::all);
}

PixelSet read_pixel_set(const DatasetReader& reader, const std::vector<ChosenItem>& items, PictureSize& size,
                        unsigned jobs, Console* console, Frames frames) {
  settle_size(reader, items, size);
  Filling filling(reader, items, size, frames, console);
  filling.run(jobs);
  if (size.channels == 0) size.channels = filling.grey() ? 1 : 3;
  PixelSet set = gathered(items, filling, size);
  if (set.size() == 0) throw Error(Code::input_empty, "no picture can be read");
  return set;
}

}  // namespace wardmark
