#include "medical/study_reader.h"

#include <dcmtk/dcmdata/dcdeftag.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>

#include "core/error.h"
#include "io/atomic_file.h"
#include "io/item_id.h"
#include "medical/dicom_library.h"
#include "medical/frame_tone.h"
#include "medical/study_labels.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;

std::unique_ptr<DcmDataset> header_of(DcmDataset& data) {
  DcmElement* pixels = data.remove(DCM_PixelData);
  auto header = std::make_unique<DcmDataset>(data);
  if (pixels != nullptr) data.insert(pixels, OFTrue);
  return header;
}

}  // namespace

StudyReader::StudyReader(fs::path root, bool single, const DatasetOptions& options)
    : root_(std::move(root)), single_(single), options_(options) {
  use_dicom_library();
}

Bytes StudyReader::fetch(std::size_t i) const { return read_file(root_ / real_paths_[i], true); }

void StudyReader::companion(const std::string& real, Code code) { survey_.companions.push_back({item_id(real), code}); }

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
  const std::vector<std::string> labels = study_labels(options_.labels, objects, options_.study.looking);
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
    if (options_.study.looking && facts.fate != Fate::protect) {
      if (facts.fate == Fate::refuse) survey_.notes.push_back({survey_.items[i].id, {facts.code, facts.reason}});
      survey_.companions.push_back({survey_.items[i].id, Code::left_other});
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
  check_carried_classes(options_.study.carried_classes);
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
  form->object = read_apart(stored);
  DicomObject& object = form->object;
  const PixelFormat format = read_pixel_format(object);
  Picture picture;
  if (options_.study.looking) {
    picture.image = decode_image(object, format);
  } else {
    form->header = header_of(object.data());
    DecodedPixels decoded = decode_pixels(object, format);
    form->raw = std::move(decoded.raw);
    picture.image = std::move(decoded.image);
  }
  picture.frames = format.frames;
  picture.inverted = format.photometric == Photometric::monochrome1;
  const ValueScale scale = read_scale(object, format, picture.image);
  picture.tones = make_tones(object, format, picture.image, scale, facts.view.value_or(scale.view),
                             options_.study.budget, options_.study.additive);
  picture.unit = scale.unit;
  picture.series = facts.series;
  picture.notes = facts.notes;
  if (!options_.study.looking) picture.form = std::move(form);
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

Picture StudyReader::decode_released(ByteView stored) const {
  DicomObject object = read_apart(stored);
  const SopClass* row = find_sop_class(text_of(object.data(), DCM_SOPClassUID));
  Picture picture;
  if (row == nullptr || row->fate != Fate::protect) {
    picture.carried = true;
    return picture;
  }
  const PixelFormat format = read_pixel_format(object);
  picture.image = decode_image(object, format);
  picture.frames = format.frames;
  return picture;
}

void StudyReader::decode_rows(ByteView stored, RowSink& sink) const {
  DicomObject object = read_apart(stored);
  const PixelFormat format = read_pixel_format(object);
  FrameReader reader(object, format);
  for (int k = 0; k < format.frames; ++k) {
    const Image frame = unpacked_frame(reader, k);
    if (k == 0) {
      ImageShape shape = frame.shape();
      shape.height *= format.frames;
      sink.begin(shape);
    }
    sink.rows(frame.raw().data(), frame.height());
  }
}

}  // namespace wardmark
