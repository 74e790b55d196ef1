#include "medical/dicom_dataset.h"

#include <dcmtk/config/osconfig.h>
//
#include <dcmtk/dcmdata/dcdeftag.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <set>
#include <thread>

#include "core/error.h"
#include "core/lane_digest.h"
#include "io/atomic_file.h"
#include "io/file_kind.h"
#include "io/item_id.h"
#include "medical/attribute_edit.h"
#include "medical/dicom_library.h"
#include "medical/directory.h"
#include "medical/header_check.h"
#include "medical/object_facts.h"
#include "medical/pixel_access.h"
#include "medical/study.h"
#include "medical/study_kind.h"
#include "medical/study_labels.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;

/// A decoded object on its way to encode(), which uses it up.
struct ObjectForm final : StoredForm {
  mutable std::mutex lock;
  mutable DicomObject object;
  mutable RawPixels raw;
  std::unique_ptr<DcmDataset> header;  ///< as it was, without pixel data
};

std::unique_ptr<DcmDataset> header_of(DcmDataset& data) {
  DcmElement* pixels = data.remove(DCM_PixelData);
  auto header = std::make_unique<DcmDataset>(data);
  if (pixels != nullptr) data.insert(pixels, OFTrue);
  return header;
}

class StudyReader final : public DatasetReader {
 public:
  StudyReader(fs::path root, bool single, const DatasetOptions& options)
      : root_(std::move(root)), single_(single), options_(options) {
    use_dicom_library();
  }
  const Survey& survey() const override { return survey_; }
  Bytes fetch(std::size_t i) const override { return read_file(root_ / real_paths_[i], true); }
  Picture decode(std::size_t i, ByteView stored) const override;

  void add(std::string real, std::uint64_t bytes);
  void scan();
  bool single() const { return single_; }
  const fs::path& root() const { return root_; }
  const std::string& real_path(std::size_t i) const { return real_paths_[i]; }
  const ObjectFacts& facts(std::size_t i) const { return facts_[i]; }
  const DatasetOptions& options() const { return options_; }
  Picture decode_released(ByteView stored) const;
  void companion(const std::string& real, Code code) { survey_.companions.push_back({item_id(real), code}); }
  void sort();

 private:
  std::vector<StudyObject> examine_all() const;
  void take(std::vector<StudyObject> objects);
  Picture picture_of(ByteView stored, const ObjectFacts& facts) const;

  fs::path root_;
  bool single_;
  DatasetOptions options_;
  Survey survey_;
  std::vector<std::string> real_paths_;  ///< by item
  std::vector<ObjectFacts> facts_;       ///< by item
};

void StudyReader::add(std::string real, std::uint64_t bytes) {
  Item item;
  item.id = item_id(real);
  item.bytes = bytes;
  survey_.items.push_back(std::move(item));
  real_paths_.push_back(std::move(real));
}

void StudyReader::sort() {
  std::vector<std::size_t> order(survey_.items.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::sort(order, {}, [&](std::size_t i) { return std::string_view(survey_.items[i].id); });
  std::vector<Item> items;
  std::vector<std::string> paths;
  for (const std::size_t i : order) {
    if (!items.empty() && items.back().id == survey_.items[i].id) {
      throw Error(Code::name_collision, items.back().id + ": two files with one name", "rename one of them");
    }
    items.push_back(std::move(survey_.items[i]));
    paths.push_back(std::move(real_paths_[i]));
  }
  survey_.items = std::move(items);
  real_paths_ = std::move(paths);
  std::ranges::sort(survey_.companions, {}, &Companion::path);
}

std::vector<StudyObject> StudyReader::examine_all() const {
  std::vector<StudyObject> objects(survey_.items.size());
  std::atomic<std::size_t> next{0};
  std::mutex lock;
  std::exception_ptr failure;
  const auto work = [&] {
    try {
      for (std::size_t i = next++; i < objects.size(); i = next++) {
        objects[i].id = survey_.items[i].id;
        try {
          objects[i].facts = examine(fetch(i), objects[i].id, options_.study, options_.labels.keyword);
        } catch (const Error& error) {
          if (error.kind() != Kind::item) throw;
          objects[i].facts.code = error.code();
          objects[i].facts.reason = error.what();
        }
      }
    } catch (...) {
      const std::scoped_lock held(lock);
      if (!failure) failure = std::current_exception();
      next = objects.size();
    }
  };
  {
    std::vector<std::jthread> pool;
    for (unsigned t = 1; t < std::max(1u, options_.jobs); ++t) pool.emplace_back(work);
    work();
  }
  if (failure) std::rethrow_exception(failure);
  return objects;
}

/// Moves what was found into items; what is left out becomes a companion.
void StudyReader::take(std::vector<StudyObject> objects) {
  const std::vector<std::string> labels = study_labels(options_.labels, objects);
  survey_.reminders = study_reminders(objects);
  std::vector<Item> items;
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    ObjectFacts& facts = objects[i].facts;
    const SopClass* row = find_sop_class(facts.sop_class);
    if (options_.study.drop_annotations && facts.fate == Fate::carry && row != nullptr && is_annotation(*row)) {
      survey_.companions.push_back({survey_.items[i].id, Code::left_annotation});
      continue;
    }
    Item item = std::move(survey_.items[i]);
    item.label = labels[i];
    item.unit = shown(facts.study);  // broken files hold any bytes
    item.facts = facts_text(facts);
    items.push_back(std::move(item));
    paths.push_back(std::move(real_paths_[i]));
    facts_.push_back(std::move(facts));
  }
  survey_.items = std::move(items);
  real_paths_ = std::move(paths);
  std::ranges::sort(survey_.companions, {}, &Companion::path);
}

void StudyReader::scan() {
  sort();
  if (options_.released) {
    facts_.resize(survey_.items.size());
    return;
  }
  if (options_.labels.from == LabelSource::From::dicom) check_keyword(options_.labels.keyword);
  if (!options_.facts) {
    std::vector<StudyObject> objects = examine_all();
    settle_studies(objects, options_.study);
    take(std::move(objects));
    return;
  }
  for (Item& item : survey_.items) {
    const auto known = options_.facts->find(item.id);
    if (known != options_.facts->end()) item.facts = known->second;
    facts_.push_back(item.facts.empty() ? ObjectFacts{} : parse_facts(item.facts));
    item.unit = shown(facts_.back().study);
  }
}

Picture StudyReader::picture_of(ByteView stored, const ObjectFacts& facts) const {
  auto form = std::make_shared<ObjectForm>();
  form->object = read_object(stored);
  DicomObject& object = form->object;
  form->header = header_of(object.data());
  const PixelFormat format = read_pixel_format(object);
  form->raw = open_pixels(object, format);
  Picture picture;
  picture.image = image_of(form->raw);
  picture.frames = format.frames;
  const ValueScale scale = read_scale(object, format, picture.image);
  picture.tones = make_tones(object, format, picture.image, scale, facts.view.value_or(scale.view),
                             options_.study.budget, options_.study.additive);
  picture.unit = scale.unit;
  picture.notes = facts.notes;
  picture.form = std::move(form);
  return picture;
}

Picture StudyReader::decode(std::size_t i, ByteView stored) const {
  const ObjectFacts& facts = facts_[i];
  if (options_.released) return decode_released(stored);
  if (facts.fate == Fate::refuse) {
    throw Error(facts.code, survey_.items[i].id + ": " + facts.reason, facts.hint);
  }
  if (facts.fate == Fate::protect) return picture_of(stored, facts);
  Picture picture;
  picture.carried = true;
  picture.notes = facts.notes;
  picture.notes.insert(picture.notes.begin(), Note{Code::carried_object, {}});
  auto form = std::make_shared<ObjectForm>();
  form->object = read_object(stored);
  form->header = header_of(form->object.data());
  picture.form = std::move(form);
  return picture;
}

/// What lies in a release: pixels of images; of other objects nothing but their bytes counts.
Picture StudyReader::decode_released(ByteView stored) const {
  DicomObject object = read_object(stored);
  const SopClass* row = find_sop_class(text_of(object.data(), DCM_SOPClassUID));
  Picture picture;
  if (row == nullptr || row->fate != Fate::protect) {
    picture.carried = true;
    return picture;
  }
  const PixelFormat format = read_pixel_format(object);
  RawPixels raw = open_pixels(object, format);
  picture.image = image_of(raw);
  picture.frames = format.frames;
  return picture;
}

/// Puts the new UID where `path` holds the old one whole, not as a part of a longer number.
void replace_uid(std::string& path, const std::string& uid, const UidMap& map) {
  const auto digit = [&](std::size_t k) { return k < path.size() && path[k] >= '0' && path[k] <= '9'; };
  const auto dot = [&](std::size_t k) { return k < path.size() && path[k] == '.'; };
  std::size_t at = uid.empty() ? std::string::npos : path.find(uid);
  while (at != std::string::npos) {
    const std::size_t end = at + uid.size();
    const bool goes_on = digit(end) || (dot(end) && digit(end + 1));
    const bool begins_before = at > 0 && (digit(at - 1) || (at > 1 && dot(at - 1) && digit(at - 2)));
    const std::string now = goes_on || begins_before ? uid : map(uid);
    path.replace(at, uid.size(), now);
    at = path.find(uid, at + now.size());
  }
}

class StudyWriter final : public DatasetWriter {
 public:
  StudyWriter(const StudyReader& reader, fs::path output, const DatasetOptions& options);

  std::string output_id(std::size_t i) const override { return item_id(names_[i]); }
  Bytes encode(std::size_t i, const Picture& original, const Image& changed) const override;
  bool rewrites() const override { return true; }
  Picture decode(std::size_t, ByteView stored) const override { return reader_.decode_released(stored); }
  Staged stage(std::size_t i, ByteView stored) override {
    return {i, write_aside(final_path(i), stored), stored.size()};
  }
  Bytes read_back(const Staged& staged) const override { return read_file(staged.aside); }
  void commit(std::span<const Staged> staged) override;
  void finish() override {}
  bool resumes() const override { return !reader_.single(); }

 private:
  fs::path final_path(std::size_t i) const { return reader_.single() ? output_ : output_ / names_[i]; }
  std::string released_name(std::size_t i) const;
  std::string renamed(const ObjectFacts& facts, bool short_names) const;
  Bytes encode_directory(std::size_t i, DicomObject& object) const;
  std::string_view put_pixels(const ObjectForm& form, const Picture& original, const Image& changed) const;

  const StudyReader& reader_;
  fs::path output_;
  StudyOptions study_;
  UidMap map_;
  std::vector<std::string> names_;  ///< by item, relative to the output
};

Subkey needed_key(const DatasetOptions& options) {
  if (!options.uid_key) broken_promise("a study is written without a key for its UIDs");
  return *options.uid_key;
}

StudyWriter::StudyWriter(const StudyReader& reader, fs::path output, const DatasetOptions& options)
    : reader_(reader), output_(std::move(output)), study_(options.study), map_(needed_key(options)) {
  check_output_place(reader.single() ? reader.root() / reader.real_path(0) : reader.root(), output_, options);
  std::error_code error;
  if (reader.single()) {
    if (fs::is_directory(output_, error) || !output_.has_filename()) output_ /= reader.real_path(0);
    names_.push_back(output_.filename().native());
    return;
  }
  std::set<std::string> taken;
  for (std::size_t i = 0; i < reader.survey().items.size(); ++i) {
    names_.push_back(released_name(i));
    if (!taken.insert(names_.back()).second) {
      throw Error(Code::name_collision, reader.survey().items[i].id + ": " + names_.back() + " is taken already",
                  "rename one of the files");
    }
  }
  if (options.resume && !options.shared_output) remove_asides(output_);
}

/// By new UIDs: study/series/instance.dcm, or three parts of eight letters where a DICOMDIR lists the file.
std::string StudyWriter::renamed(const ObjectFacts& facts, bool short_names) const {
  const auto part = [&](const std::string& uid) {
    if (!short_names) return uid.empty() ? std::string("none") : map_(uid);
    return to_hex(ByteView(digest(nullptr, "file-id", {bytes_of(map_(uid))})).first(4));
  };
  std::string name = part(facts.study) + "/" + part(facts.series) + "/" + part(facts.sop);
  if (short_names)
    std::ranges::transform(name, name.begin(),
                           [](char c) { return c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c; });
  return short_names ? name : name + ".dcm";
}

/// A name that holds one of the object's UIDs gets the new one.
std::string StudyWriter::released_name(std::size_t i) const {
  const ObjectFacts& facts = reader_.facts(i);
  std::string path = reader_.real_path(i);
  if (facts.directory || facts.sop.empty()) return path;
  if (study_.rename_uid && facts.fate != Fate::refuse) return renamed(facts, facts.short_names);
  for (const std::string& uid : {facts.sop, facts.series, facts.study}) replace_uid(path, uid, map_);
  return path;
}

Bytes StudyWriter::encode_directory(std::size_t i, DicomObject& object) const {
  std::map<std::string, std::string> files;
  for (const auto& [file, uids] : reader_.facts(i).files) {
    ObjectFacts listed;
    listed.sop = uids.at(0);
    listed.series = uids.at(1);
    listed.study = uids.at(2);
    files[file] = study_.rename_uid ? renamed(listed, true) : file;
  }
  return rebuild_directory(object, files, map_);
}

/// New pixel data, or the old ones where nothing changed and their syntax can be kept.
std::string_view StudyWriter::put_pixels(const ObjectForm& form, const Picture& original, const Image& changed) const {
  const TransferSyntax& source = *form.object.syntax;
  const auto asked = std::ranges::find(output_syntaxes(), study_.transfer_syntax, &OutputSyntax::name);
  const bool same = asked->uid.empty();
  if (changed == original.image && same) return source.reader == PixelReader::native ? source.output : source.uid;
  DcmDataset& data = form.object.data();
  data.findAndDeleteElement(DcmTagKey(0x7FE0, 0x0001));
  data.findAndDeleteElement(DcmTagKey(0x7FE0, 0x0002));
  return store_pixels(form.object, form.raw, original.image, changed, same ? source.writer : asked->writer,
                      same ? source.output : asked->uid);
}

Bytes StudyWriter::encode(std::size_t i, const Picture& original, const Image& changed) const {
  const auto* form = dynamic_cast<const ObjectForm*>(original.form.get());
  if (form == nullptr) broken_promise("a study's writer got an item of another kind");
  const std::scoped_lock held(form->lock);
  if (form->object.file == nullptr) broken_promise("an object is encoded twice");
  DicomObject object;
  const auto done = [&] { object = std::move(form->object); };
  const ObjectFacts& facts = reader_.facts(i);
  if (facts.directory) {
    done();
    return encode_directory(i, object);
  }
  DcmDataset& data = form->object.data();
  const SopClass* row = find_sop_class(text_of(data, DCM_SOPClassUID));
  HeaderRules rules;
  rules.removals.private_data = study_.drop_private;
  std::string_view syntax =
      form->object.syntax->reader == PixelReader::native ? form->object.syntax->output : form->object.syntax->uid;
  if (!original.carried) {
    rules.changed_pixels = !(changed == original.image);
    rules.colour_converted = original.image.channels() == 3;
    const bool lossy = form->object.syntax->lossy;
    syntax = put_pixels(*form, original, changed);
    if (rules.changed_pixels) record_derivation(data, *row, lossy, study_.label);
  }
  remove_leaks(data, rules.removals);
  const std::vector<std::string> uids = map_uids(data, map_);
  find_hidden_uids(data, uids, &map_);
  const Bytes out = write_object(form->object, syntax);
  const unsigned long last = form->header->card();
  const bool goes_on = last > 0 && form->header->getElement(last - 1)->getTag() > DCM_PixelData;
  DicomObject written = goes_on ? read_object(out) : read_header(out);
  const std::string difference = header_difference(*form->header, written.data(), rules, map_);
  if (!difference.empty()) {
    throw Error(Code::dcm_080, reader_.survey().items[i].id + ": " + difference, "please report it");
  }
  done();
  return out;
}

void StudyWriter::commit(std::span<const Staged> staged) {
  std::vector<Rename> batch;
  for (const Staged& entry : staged) batch.push_back({entry.aside, final_path(entry.item)});
  publish(batch);
}

void add_folder(StudyReader& reader, const fs::path& root) {
  std::error_code error;
  auto it = fs::recursive_directory_iterator(root, error);
  for (; !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    const fs::path& path = it->path();
    const std::string real = path.lexically_relative(root).native();
    if (it->is_symlink()) {
      reader.companion(real, Code::left_link);
    } else if (it->is_directory()) {
      if (!is_litter_folder(path.native()) && !is_record_name(path.native())) continue;
      it.disable_recursion_pending();
      reader.companion(real, is_litter_folder(path.native()) ? Code::left_litter : Code::left_other);
    } else if (!it->is_regular_file()) {
      reader.companion(real, Code::left_other);
    } else if (is_dicom_file(path)) {
      reader.add(real, it->file_size());
    } else {
      reader.companion(real, kind_by_name(real) == FileKind::litter ? Code::left_litter : Code::left_other);
    }
  }
  if (error) throw Error(Code::read_failed, shown(root) + ": the folder cannot be read: " + error.message());
}

}  // namespace

std::unique_ptr<DatasetReader> open_study(const fs::path& input, const DatasetOptions& options) {
  std::error_code error;
  const bool folder = !options.files && fs::is_directory(input, error);
  const bool single = !options.files && !folder;
  fs::path root = options.files ? (options.root.empty() ? fs::path(".") : options.root)
                  : folder      ? input
                                : input.parent_path();
  auto reader = std::make_unique<StudyReader>(root, single, options);
  if (folder) add_folder(*reader, input);
  if (single) reader->add(input.filename().native(), fs::file_size(input));
  if (options.files) {
    std::set<std::string> listed;
    for (const std::string& file : *options.files) {
      const std::string real = clean_path(file);
      if (!listed.insert(real).second) continue;
      const auto size = fs::file_size(root / real, error);
      reader->add(real, error ? 0 : size);
    }
  }
  if (reader->survey().items.empty()) throw Error(Code::input_empty, shown(input) + ": holds no DICOM object");
  reader->scan();
  return reader;
}

std::unique_ptr<DatasetWriter> create_study_writer(const DatasetReader& reader, const fs::path& output,
                                                   const DatasetOptions& options) {
  const auto* study = dynamic_cast<const StudyReader*>(&reader);
  if (study == nullptr) broken_promise("a study writer for a reader of another kind");
  return std::make_unique<StudyWriter>(*study, output, options);
}

}  // namespace wardmark
