#include "io/file_dataset.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>

#include "core/error.h"
#include "io/atomic_file.h"
#include "io/codec.h"
#include "io/file_kind.h"
#include "io/file_scan.h"
#include "io/item_id.h"
#include "io/keywords.h"
#include "io/xmp.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;

enum class Shape { tree, list, single };

class FileReader final : public DatasetReader {
 public:
  FileReader(Shape shape, fs::path root, FileScan scan, const CodecLimits& limits)
      : shape_(shape),
        root_(std::move(root)),
        scan_(std::move(scan)),
        limits_(limits),
        codecs_(scan_.survey.items.size()) {}

  const Survey& survey() const override { return scan_.survey; }
  Bytes fetch(std::size_t i) const override { return read_file(root_ / real_path(i), true); }
  Picture decode(std::size_t i, ByteView stored) const override {
    const Codec& codec = codec_for(stored);
    codecs_[i].store(&codec, std::memory_order_relaxed);
    return codec.decode(stored, limits_);
  }

  Shape shape() const { return shape_; }
  const fs::path& root() const { return root_; }
  const CodecLimits& limits() const { return limits_; }
  std::string real_path(std::size_t i) const { return scan_.real_path(scan_.survey.items[i].id); }
  std::string real_path(const std::string& id) const { return scan_.real_path(id); }
  /// The codec that decoded item i.
  const Codec& codec(std::size_t i) const {
    const Codec* codec = codecs_[i].load(std::memory_order_relaxed);
    if (codec == nullptr) broken_promise("an item is encoded before it was decoded");
    return *codec;
  }

 private:
  Shape shape_;
  fs::path root_;
  FileScan scan_;
  CodecLimits limits_;
  mutable std::vector<std::atomic<const Codec*>> codecs_;
};

/// `path` with the extension of its last part replaced, or added.
std::string with_extension(const std::string& path, std::string_view extension) {
  const std::string old = extension_of(path);
  if (old == extension) return path;
  return path.substr(0, path.size() - old.size()) + std::string(extension);
}

/// Refuses outputs that share a name, or of which one is a folder of another.
void check_collisions(const FileReader& reader, const Codec& format) {
  const auto& items = reader.survey().items;
  std::vector<std::pair<std::string, std::size_t>> names;
  names.reserve(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) names.emplace_back(with_extension(items[i].id, format.extension), i);
  std::sort(names.begin(), names.end());
  const auto refuse = [&](std::size_t a, std::size_t b) {
    throw Error(Code::name_collision,
                items[a].id + " and " + items[b].id + ": both would be written as " + names[a].first,
                "rename one of them, or leave --output-format away");
  };
  for (std::size_t i = 1; i < names.size(); ++i) {
    if (names[i].first == names[i - 1].first) refuse(names[i - 1].second, names[i].second);
  }
  for (const auto& [name, i] : names) {
    if (name == items[i].id) continue;
    const auto below = std::lower_bound(names.begin(), names.end(), std::pair{name + '/', std::size_t{0}});
    if (below != names.end() && below->first.starts_with(name + '/')) refuse(i, below->second);
  }
}

/// Extensions that mean one format.
std::string family(std::string_view path) {
  const std::string extension = extension_of(path);
  if (extension == ".jpeg" || extension == ".jpe" || extension == ".jfif") return ".jpg";
  return extension == ".tiff" ? ".tif" : extension;
}

class FileWriter final : public DatasetWriter {
 public:
  FileWriter(const FileReader& reader, const fs::path& output, const DatasetOptions& options);

  std::string output_id(std::size_t i) const override {
    if (reader_.shape() == Shape::single) return item_id(output_.filename().native());
    return renamed(reader_.survey().items[i].id);
  }
  Bytes encode(std::size_t i, const Picture& original, const Image& changed) const override;
  Picture decode(std::size_t, ByteView stored) const override {
    return codec_for(stored).decode(stored, reader_.limits());
  }
  void decode_rows(std::size_t, ByteView stored, RowSink& sink) const override {
    codec_for(stored).decode_rows(stored, reader_.limits(), sink);
  }
  Staged stage(std::size_t i, ByteView stored) override {
    return {i, write_aside(final_path(i), stored), stored.size()};
  }
  Bytes read_back(const Staged& staged) const override { return read_file(staged.aside); }
  void commit(std::span<const Staged> staged) override;
  void finish() override;
  bool resumes() const override { return reader_.shape() != Shape::single; }

 private:
  std::string renamed(const std::string& path) const {
    return format_ == nullptr ? path : with_extension(path, format_->extension);
  }
  fs::path final_path(std::size_t i) const {
    return reader_.shape() == Shape::single ? output_ : output_ / renamed(reader_.real_path(i));
  }
  std::vector<std::string> carried_;  ///< real paths that --carry names
  void place_single();
  void place_list(const DatasetOptions& options) const;

  const FileReader& reader_;
  fs::path output_;
  const OutputFormat* output_format_ = nullptr;                         ///< null: each as it was
  const Codec* format_ = nullptr;                                       ///< of all outputs; null: each as it was
  std::unordered_map<std::size_t, std::vector<std::string>> sidecars_;  ///< real paths by item
};

FileWriter::FileWriter(const FileReader& reader, const fs::path& output, const DatasetOptions& options)
    : reader_(reader), output_(output) {
  if (!options.output_format.empty()) {
    const auto row = std::ranges::find(output_formats(), options.output_format, &OutputFormat::name);
    if (row == output_formats().end()) {
      throw Error(Code::usage, "--output-format " + shown(options.output_format) + ": no format this program writes");
    }
    output_format_ = &*row;
    format_ = find_codec(row->codec);
  }
  if (reader.shape() == Shape::single) {
    place_single();
    check_output_place(reader.root() / reader.real_path(0), output_, options);
    return;
  }
  std::error_code error;
  if (fs::exists(output_, error) && !fs::is_directory(output_, error)) {
    throw Error(Code::output_kind, shown(output_) + ": is a file, a folder is needed for a data set of files");
  }
  if (reader.shape() == Shape::tree) {
    check_output_place(reader.root(), output_, options);
  } else {
    place_list(options);
  }
  if (format_ != nullptr) check_collisions(reader, *format_);
  for (const Companion& companion : reader.survey().companions) {
    if (companion.code == Code::carried_asked) carried_.push_back(reader.real_path(companion.path));
    if (companion.code != Code::carried_sidecar && companion.code != Code::cleaned_sidecar) continue;
    const std::size_t owner = sidecar_owner(reader.survey().items, companion.path);
    if (owner < reader.survey().items.size()) sidecars_[owner].push_back(reader.real_path(companion.path));
  }
  if (options.resume && !options.shared_output) remove_asides(output_);
}

void FileWriter::place_single() {
  const std::string name = reader_.real_path(0);
  std::error_code error;
  if (fs::is_directory(output_, error) || !output_.has_filename()) output_ /= renamed(name);
  const std::string wanted = family(renamed(name));
  const std::string given = family(output_.native());
  if (given == wanted || wanted.empty() || kind_by_name(output_.native()) != FileKind::image) return;
  throw Error(Code::output_kind, shown(output_) + ": the input is stored as " + wanted + ", not " + given,
              "give an output that ends in " + wanted + (given == ".png" ? ", or --output-format png" : ""));
}

/// The output of a list may lie beside the listed files, but hold none of them.
void FileWriter::place_list(const DatasetOptions& options) const {
  std::error_code error;
  const fs::path root = fs::weakly_canonical(reader_.root(), error);
  const fs::path out = fs::weakly_canonical(fs::absolute(output_, error), error);
  if (root != out && !fs::equivalent(root, out, error)) {
    const std::string below = out.lexically_relative(root).native() + '/';
    const auto& items = reader_.survey().items;
    const bool listed = std::any_of(items.begin(), items.end(),
                                    [&](const Item& item) { return reader_.real_path(item.id).starts_with(below); });
    if (!listed) {
      // Nothing listed can be written over; what is left to ask is whether the output is free.
      if (options.resume || options.overwrite || !fs::exists(out, error) || fs::is_empty(out, error)) return;
      throw Error(Code::output_exists, shown(output_) + ": exists",
                  "give --resume to continue, or --overwrite to replace it");
    }
  }
  throw Error(Code::output_inside, shown(output_) + ": listed files lie inside the output",
              "choose an output beside the input");
}

Bytes FileWriter::encode(std::size_t i, const Picture& original, const Image& changed) const {
  const Codec& codec = reader_.codec(i);
  if (format_ == nullptr || (format_ == &codec && !original.lossy)) return codec.encode(original, changed);
  if (codec.portable != nullptr && original.lossy) {
    return output_format_->convert(codec.portable(reader_.fetch(i), changed.channels()), changed);
  }
  throw Error(Code::image_unsupported,
              reader_.survey().items[i].id + ": stored as " + std::string(codec.name) + ", which cannot become " +
                  std::string(output_format_->name),
              "leave --output-format away for this file");
}

void FileWriter::commit(std::span<const Staged> staged) {
  std::vector<Rename> batch;
  batch.reserve(staged.size());
  for (const Staged& entry : staged) {
    const auto it = sidecars_.find(entry.item);
    if (it != sidecars_.end()) {
      for (const std::string& real : it->second) {
        const fs::path target = output_ / real;
        batch.push_back({write_aside(target, clean_xmp(read_file(reader_.root() / real)).packet), target});
      }
    }
    batch.push_back({entry.aside, final_path(entry.item)});
  }
  publish(batch);
}

/// What is carried is written last, so that it never stands alone.
void FileWriter::finish() {
  for (const std::string& real : carried_) {
    const fs::path target = output_ / real;
    const std::vector<Rename> batch = {{write_aside(target, read_file(reader_.root() / real)), target}};
    publish(batch);
  }
}

void check_not_empty(const fs::path& input, const Survey& survey) {
  if (!survey.items.empty()) return;
  std::map<Code, std::size_t> counts;
  for (const Companion& companion : survey.companions) ++counts[companion.code];
  std::string found;
  for (const auto& [code, count] : counts) {
    found += (found.empty() ? "found: " : ", ") + std::to_string(count) + ' ' + std::string(name(code));
  }
  throw Error(Code::input_empty, shown(input) + ": holds no image", found);
}

/// Classes from the keywords of images and of their sidecars.
void apply_keywords(const DatasetOptions& options, const fs::path& root, FileScan& scan) {
  if (options.class_names.empty()) {
    throw Error(Code::usage, "--labels by keywords needs --classes: which keywords are classes",
                "name a file with one keyword a line");
  }
  std::unordered_map<std::string, std::vector<std::string>> sidecars;  // real paths by item
  for (const Companion& companion : scan.survey.companions) {
    if (companion.code != Code::carried_sidecar && companion.code != Code::cleaned_sidecar) continue;
    const std::size_t owner = sidecar_owner(scan.survey.items, companion.path);
    sidecars[scan.survey.items[owner].id].push_back(scan.real_path(companion.path));
  }
  const auto files = [&](const Item& item) {
    std::vector<Bytes> found;
    std::vector<std::string> paths = {scan.real_path(item.id)};
    const auto beside = sidecars.find(item.id);
    if (beside != sidecars.end()) paths.insert(paths.end(), beside->second.begin(), beside->second.end());
    for (const std::string& path : paths) {
      try {
        found.push_back(read_file(root / path, true));
      } catch (const Error& error) {
        if (error.kind() != Kind::item) throw;
      }
    }
    return found;
  };
  label_by_keywords(options.labels, read_class_names(options.class_names), files, scan.survey);
}

bool is_image_file(const fs::path& file) {
  const FileKind kind = kind_by_name(file.native());
  if (kind != FileKind::unknown) return kind == FileKind::image;
  return begins_like_image(read_head(file));
}

}  // namespace

std::unique_ptr<DatasetReader> open_file_dataset(const fs::path& input, const DatasetOptions& options) {
  const fs::path list_root = options.root.empty() ? fs::path(".") : options.root;
  const fs::path& place = options.files ? list_root : input;
  std::error_code error;
  const fs::file_status status = fs::status(place, error);
  if (!fs::exists(status)) {
    throw Error(Code::input_missing, shown(place) + ": " + (error ? error.message() : "does not exist"));
  }
  const bool folder = fs::is_directory(status);
  if (folder && is_record_name(place.native())) {
    throw Error(Code::input_missing, shown(place) + ": is the private record of a release, no data set",
                "name the folder of images");
  }
  if (options.files && !folder) throw Error(Code::input_missing, shown(place) + ": --root is no folder");
  if (!options.files && !folder && !is_image_file(place)) {
    throw Error(Code::input_missing, shown(place) + ": is no image and no data set of a known kind");
  }
  const Shape shape = options.files ? Shape::list : folder ? Shape::tree : Shape::single;
  FileScan scan = shape == Shape::list   ? scan_list(place, *options.files, options.carry)
                  : shape == Shape::tree ? scan_folder(place, options.carry)
                                         : scan_file(place);
  check_not_empty(place, scan.survey);
  fs::path root = shape == Shape::single ? place.parent_path() : place;
  if (options.labels.from == LabelSource::From::keywords) {
    apply_keywords(options, root, scan);
  } else {
    apply_labels(options.labels, scan.survey);
  }
  return std::make_unique<FileReader>(shape, std::move(root), std::move(scan), options.limits);
}

std::unique_ptr<DatasetWriter> create_file_writer(const DatasetReader& reader, const fs::path& output,
                                                  const DatasetOptions& options) {
  const auto* files = dynamic_cast<const FileReader*>(&reader);
  if (files == nullptr) broken_promise("a file writer for a reader of another kind");
  return std::make_unique<FileWriter>(*files, output, options);
}

bool recognises_folder(const fs::path& input, const DatasetOptions& options) {
  std::error_code error;
  return !options.files && fs::is_directory(input, error);
}

bool recognises_list(const fs::path&, const DatasetOptions& options) { return options.files.has_value(); }

bool recognises_single_file(const fs::path& input, const DatasetOptions& options) {
  std::error_code error;
  return !options.files && fs::is_regular_file(input, error) && is_image_file(input);
}

}  // namespace wardmark
