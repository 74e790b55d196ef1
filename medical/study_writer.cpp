#include "medical/study_writer.h"

#include <dcmtk/dcmdata/dcdeftag.h>

#include <algorithm>
#include <set>

#include "core/error.h"
#include "io/atomic_file.h"
#include "medical/attribute_edit.h"
#include "medical/directory.h"
#include "medical/header_check.h"
#include "medical/released_name.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;

Subkey needed_key(const DatasetOptions& options) {
  if (!options.uid_key) broken_promise("a study is written without a key for its UIDs");
  return *options.uid_key;
}

}  // namespace

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
    names_.push_back(released_name(reader.real_path(i), reader.facts(i), study_.rename_uid, map_));
    if (!taken.insert(names_.back()).second) {
      throw Error(Code::name_collision, reader.survey().items[i].id + ": " + names_.back() + " is taken already",
                  "rename one of the files");
    }
  }
  if (options.resume && !options.shared_output) remove_asides(output_);
}

/// New pixel data, or the old ones where nothing changed and their syntax can be kept.
StoredPixels StudyWriter::put_pixels(const ObjectForm& form, bool same_pixels, const Image& changed) const {
  const TransferSyntax& source = *form.object.syntax;
  const auto asked = std::ranges::find(output_syntaxes(), study_.transfer_syntax, &OutputSyntax::name);
  const bool same = asked->uid.empty();
  if (same_pixels && same) {
    const bool native = source.reader == PixelReader::native;
    return keep_pixels(form.object, native ? source.output : source.uid);
  }
  DcmDataset& data = form.object.data();
  data.findAndDeleteElement(DcmTagKey(0x7FE0, 0x0001));
  data.findAndDeleteElement(DcmTagKey(0x7FE0, 0x0002));
  return store_pixels(form.object, form.raw, changed, same ? source.writer : asked->writer,
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
    return rebuild_directory(object, released_file_ids(facts, study_.rename_uid, map_), map_);
  }
  DcmDataset& data = form->object.data();
  const SopClass* row = find_sop_class(text_of(data, DCM_SOPClassUID));
  HeaderRules rules;
  rules.removals.private_data = study_.drop_private;
  std::string_view syntax =
      form->object.syntax->reader == PixelReader::native ? form->object.syntax->output : form->object.syntax->uid;
  std::optional<PixelSupply> pixels;
  if (!original.carried) {
    rules.changed_pixels = !(changed == original.image);
    rules.colour_converted = changed.channels() == 3;
    const bool lossy = form->object.syntax->lossy;
    StoredPixels stored = put_pixels(*form, !rules.changed_pixels, changed);
    syntax = stored.syntax;
    pixels = std::move(stored.supply);
    if (rules.changed_pixels) record_derivation(data, *row, lossy, study_.label);
  }
  remove_leaks(data, rules.removals);
  const std::vector<std::string> uids = map_uids(data, map_);
  find_hidden_uids(data, uids, &map_);
  if (study_.record_source && rules.changed_pixels) {
    rules.source_recorded = true;
    record_source(data, *row, {text_of(data, DCM_SOPClassUID), facts.sop, facts.series, facts.study});
  }
  Bytes out;
  try {
    out = write_object(form->object, syntax, false, pixels ? &*pixels : nullptr);
  } catch (const NotEncoded&) {
    const StoredPixels native = store_pixels(form->object, form->raw, changed, PixelWriter::native, kExplicit);
    out = write_object(form->object, native.syntax, false, native.supply ? &*native.supply : nullptr);
  }
  const unsigned long last = form->header->card();
  const bool goes_on = last > 0 && form->header->getElement(last - 1)->getTag() > DCM_PixelData;
  DicomObject written = goes_on ? read_apart(out) : read_header(out);
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

Staged StudyWriter::stage(std::size_t i, ByteView stored) {
  return {i, write_aside(final_path(i), stored), stored.size()};
}

Bytes StudyWriter::read_back(const Staged& staged) const { return read_file(staged.aside); }

}  // namespace wardmark
