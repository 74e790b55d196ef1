#include "perturb/protect_item.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

#include "core/error.h"
#include "io/item_id.h"
#include "perturb/apply.h"
#include "perturb/clinical_change.h"
#include "perturb/read_back.h"
#include "perturb/scan.h"
#include "perturb/tone.h"

namespace wardmark {
namespace {

/// The item's line before anything is known of its pixels.
ManifestItem blank_line(const ProtectRun& run, std::size_t n) {
  const PlanItem& planned = run.plan.items[n];
  ManifestItem item;
  item.n = n;
  item.batch = run.header.batch;
  item.id = planned.id;
  if (planned.class_index != kNoClass) item.slot = run.draw.slots[planned.class_index];
  return item;
}

ItemContext context_of(const ProtectRun& run, std::size_t n, int version) {
  const PlanItem& planned = run.plan.items[n];
  if (planned.class_index == kNoClass) {
    if (run.method.needs_labels) {
      throw Error(Code::item_label, planned.id + ": no class is known for this item", "label it, or leave it out");
    }
    return {planned.id, n, 0, 0, version};
  }
  return {planned.id, n, planned.class_index, run.draw.slots[planned.class_index], version};
}

Bytes fetch_planned(const ProtectRun& run, std::size_t n, std::optional<std::size_t> place) {
  const PlanItem& planned = run.plan.items[n];
  if (run.taken.contains(n)) {
    throw Error(Code::plan_changed, planned.id + ": another file has this name in the release",
                "give it another name: a released file is never replaced");
  }
  if (!place) {
    throw Error(Code::plan_changed, planned.id + ": planned, but no longer in the input", "restore it, or plan again");
  }
  Bytes stored = run.reader.fetch(*place);
  if (!planned.input || input_digest(stored, run.names) != *planned.input) {
    throw Error(Code::plan_changed, planned.id + ": differs from what the plan recorded",
                "restore the file, or plan again under a new release name");
  }
  return stored;
}

Measured measured_of(const Change& change) {
  return {change.max_abs, change.sum_sq, change.samples, change.full_range, change.ssim, change.ciede2000_p95, 10000};
}

/// An item between decoding and staging.
struct Changed {
  Picture picture;
  Applied applied;
  Bytes encoded;
  bool left = false;
  std::optional<Clinical> clinical;
};

/// What else is needed of an item once it is encoded.
enum class Keep { nothing, originals };

/// Frames are changed where they lie, so that the picture is held once; the original is gone then.
void change_in_place(const ProtectRun& run, const ItemContext& context, Changed& out) {
  ClinicalMeter meter(out.picture, true);
  out.applied = apply_in_place(out.picture, run.protector, context, Measuring::full, &meter);
  out.left = out.applied.left || out.applied.change.max_abs == 0;
  if (out.left) return;
  out.clinical = meter.finish(out.applied.change.ssim);
  out.applied.image = std::move(out.picture.image);
  out.picture.image = Image();
}

void change_copy(const ProtectRun& run, const ItemContext& context, Changed& out) {
  // A lossy form is measured on the file read back.
  const Measuring measuring = out.picture.lossy ? Measuring::nothing : Measuring::full;
  out.applied = apply(out.picture, run.protector, context, run.budget, measuring);
  out.left = out.applied.left || out.applied.image == out.picture.image;
  if (!out.left && !out.picture.tones.empty()) out.clinical = clinical_change(out.picture, out.applied.image);
  if (out.left) out.applied.image = Image();
}

/// With Keep::nothing `stored` and the original's pixels are given up as soon as the writer does without them: large
/// objects are held twice at most.
Changed change_item(const ProtectRun& run, std::size_t n, std::size_t place, Bytes& stored, int version, Keep keep) {
  Changed out;
  out.picture = run.reader.decode(place, stored);
  if (out.picture.carried) {
    out.left = true;
    out.encoded = run.writer.encode(place, out.picture, {});
    return out;
  }
  const bool give_up = keep == Keep::nothing && run.writer.rewrites() && !run.writer.needs_original();
  const bool in_place = give_up && !out.picture.tones.empty() && !out.picture.lossy;
  (in_place ? change_in_place : change_copy)(run, context_of(run, n, version), out);
  if (give_up && !out.left) {
    stored = Bytes();
    out.picture.image = Image();
  }
  // A picture that stays as it is goes out byte for byte: coding it again would only lose.
  const bool same_form = extension_of(run.writer.output_id(place)) == extension_of(run.plan.items[n].id);
  out.encoded = out.left && same_form && !run.writer.rewrites()
                    ? stored
                    : run.writer.encode(place, out.picture, out.left ? out.picture.image : out.applied.image);
  return out;
}

/// How the item is read back: a picture that stays must come back as it is, also from a lossy form.
ReadBackMeter read_back_meter(const Changed& changed) {
  using Mode = ReadBackMeter::Mode;
  const Image& original = changed.picture.image;
  const Image& meant = changed.left ? original : changed.applied.image;
  const bool exact = changed.left || !changed.picture.lossy;
  return {exact ? meant : original, meant, exact ? Mode::compare : Mode::measure};
}

/// Judges the item as it was read back; Error(survival) or (budget_exceeded) when it must not be released.
Measured check_read_back(const ProtectRun& run, const ManifestItem& item, const Changed& changed,
                         ReadBackMeter& decoded) {
  const Image& original = changed.picture.image;
  if (!decoded.same_shape()) broken_promise(item.id + ": another shape was read back than written");
  if (changed.left || !changed.picture.lossy) {
    if (!decoded.equal()) broken_promise(item.id + ": other pixels were read back than written");
    return measured_of(changed.applied.change);
  }
  const ReadBack read_back = decoded.read_back();
  Measured measured = measured_of(read_back.change);
  measured.survival = read_back.share();
  if (!read_back.survives(kLeastSurvival)) {
    throw Error(Code::survival,
                item.id + ": only " + std::to_string(measured.survival / 100) +
                    " % of the change survives the file's own " + "compression, " + std::to_string(kLeastSurvival) +
                    " % are needed",
                "add --output-format png or webp-lossless, or for JPEG a higher --jpeg-quality");
  }
  if (run.budget.limited() && measured.max_abs > run.budget.steps(original.full_range())) {
    throw Error(Code::budget_exceeded,
                item.id + ": read back, a sample changed by " + std::to_string(measured.max_abs) + " steps, " +
                    std::to_string(run.budget.steps(original.full_range())) + " are allowed",
                "a lossy file cannot keep a budget; add --output-format png");
  }
  return measured;
}

/// What became of one of two versions.
struct Attempt {
  bool left = false;
  std::optional<Error> unmade, unfit;
};

/// Makes, codes, decodes and checks a version.
std::optional<Changed> attempt(const ProtectRun& run, std::size_t n, std::size_t place, Bytes& stored, int version,
                               Keep keep, Attempt& result) {
  std::optional<Changed> made;
  try {
    made = change_item(run, n, place, stored, version, keep);
  } catch (const Error& error) {
    if (error.kind() != Kind::item) throw;
    result.unmade = error;
    return std::nullopt;
  }
  result.left = made->left;
  if (made->left) return made;
  try {
    ReadBackMeter decoded = read_back_meter(*made);
    run.writer.decode_rows(place, made->encoded, decoded);
    check_read_back(run, blank_line(run, n), *made, decoded);
  } catch (const Error& error) {
    if (error.kind() != Kind::item) throw;
    result.unfit = error;
  }
  return made;
}

/// The version that is published. Of twins both are made, coded, decoded and checked, one after the other, and what
/// becomes of the item depends on both in the same way whatever the coin: which items a release lacks, and why, tells
/// nothing of the coins. Items of a group, and items of the same stored bytes, share a coin.
Changed published_version(const ProtectRun& run, std::size_t n, std::size_t place, Bytes& stored, Keep keep) {
  if (!run.protector.twins()) return change_item(run, n, place, stored, 0, keep);
  const auto again = [&] {
    if (stored.empty()) stored = fetch_planned(run, n, place);
  };
  const int coin = twin_coin(run.draw, coin_unit(run.plan.items[n])) == 0 ? 0 : 1;
  std::array<Attempt, 2> attempts;
  {
    auto other = attempt(run, n, place, stored, 1 - coin, keep, attempts[static_cast<std::size_t>(1 - coin)]);
    if (other && other->picture.carried) return std::move(*other);
  }
  again();
  std::optional<Changed> chosen = attempt(run, n, place, stored, coin, keep, attempts[static_cast<std::size_t>(coin)]);
  const auto& [first, second] = attempts;
  if (first.unmade) throw *first.unmade;
  if (!first.left) {
    if (second.unmade) throw *second.unmade;
    if (!second.left) {
      if (first.unfit) throw *first.unfit;
      if (second.unfit) throw *second.unfit;
      return std::move(*chosen);
    }
  }
  // No two versions: nothing for a coin.
  if (coin == 0) return std::move(*chosen);
  again();
  return change_item(run, n, place, stored, 0, keep);
}

void fill_result(const ProtectRun& run, ManifestItem& item, Changed& changed, const Measured& measured,
                 std::size_t place, ByteView released, ReadBackMeter& decoded) {
  item.state = changed.left ? ItemState::left : ItemState::protected_;
  item.output_id = run.writer.output_id(place);
  item.output = output_digest(released);
  item.output_content = decoded.content();
  item.bytes = released.size();
  item.measured = measured;
  item.clinical = changed.clinical;
  if (!changed.left || run.writer.rewrites()) {
    // What decoding said of the form it came in; what is made of a JPEG without loss keeps its colours whole.
    const std::string kind = extension_of(item.output_id);
    const bool whole = kind == ".png" || kind == ".webp";
    std::ranges::copy_if(changed.picture.notes, std::back_inserter(item.notes),
                         [&](const Note& note) { return !(whole && note.code == Code::chroma_444); });
  }
  std::ranges::copy_if(changed.applied.notes, std::back_inserter(item.notes),
                       [](const Note& note) { return note.code != Code::visible; });
  if (measured.visible()) item.notes.push_back({Code::visible, {}});
}

/// An item without a picture of its own: what was written is what its form gave.
void fill_carried(const ProtectRun& run, ManifestItem& item, const Changed& carried, std::size_t place,
                  ByteView released) {
  if (!std::ranges::equal(released, carried.encoded))
    broken_promise(item.id + ": other bytes were read back than written");
  item.state = ItemState::left;
  item.slot = kNoClass;
  item.output_id = run.writer.output_id(place);
  item.output = output_digest(released);
  item.output_content = item.output;
  item.bytes = released.size();
  item.notes = carried.picture.notes;
}

ManifestItem refusal(const ProtectRun& run, std::size_t n, const Error& error) {
  ManifestItem item = blank_line(run, n);
  item.state = ItemState::refused;
  item.notes = {{error.code(), error.what()}};
  return item;
}

}  // namespace

void discard(std::optional<Staged>& staged) {
  if (!staged) return;
  std::error_code ignored;
  if (!staged->aside.empty()) std::filesystem::remove(staged->aside, ignored);
  staged.reset();
}

std::vector<std::optional<std::size_t>> match_items(const Plan& plan, const Survey& survey) {
  std::vector<std::optional<std::size_t>> places(plan.items.size());
  std::size_t at = 0;  // both lists are sorted by id
  for (std::size_t n = 0; n < plan.items.size(); ++n) {
    while (at < survey.items.size() && survey.items[at].id < plan.items[n].id) ++at;
    if (at < survey.items.size() && survey.items[at].id == plan.items[n].id) places[n] = at;
  }
  return places;
}

Processed process_item(const ProtectRun& run, std::size_t n, std::optional<std::size_t> place) {
  Processed out;
  out.item = blank_line(run, n);
  try {
    Bytes stored = fetch_planned(run, n, place);
    out.bytes_in = stored.size();
    Changed changed = published_version(run, n, *place, stored, Keep::nothing);
    out.staged = run.writer.stage(*place, changed.encoded);
    if (!changed.picture.carried) changed.encoded = Bytes();
    const Bytes released = run.writer.read_back(*out.staged);
    if (changed.picture.carried) {
      fill_carried(run, out.item, changed, *place, released);
      return out;
    }
    ReadBackMeter decoded = read_back_meter(changed);
    run.writer.decode_rows(*place, released, decoded);
    const Measured measured = check_read_back(run, out.item, changed, decoded);
    fill_result(run, out.item, changed, measured, *place, released, decoded);
  } catch (const Error& error) {
    discard(out.staged);
    if (error.kind() != Kind::item) throw;
    out.item = refusal(run, n, error);
  }
  return out;
}

Trial try_item(const ProtectRun& run, std::size_t n, std::optional<std::size_t> place) {
  Trial trial;
  trial.item = blank_line(run, n);
  Bytes stored = fetch_planned(run, n, place);
  Changed changed = published_version(run, n, *place, stored, Keep::originals);
  if (changed.picture.carried) {
    fill_carried(run, trial.item, changed, *place, changed.encoded);
    trial.bytes_out = changed.encoded.size();
    return trial;
  }
  Picture released = run.writer.decode(*place, changed.encoded);
  ReadBackMeter decoded = read_back_meter(changed);
  feed_rows(released.image, decoded);
  const Measured measured = check_read_back(run, trial.item, changed, decoded);
  trial.bytes_out = changed.encoded.size();
  trial.orientation = changed.picture.orientation;
  fill_result(run, trial.item, changed, measured, *place, changed.encoded, decoded);
  released.tones = changed.picture.tones;
  trial.original = view_of(changed.picture);
  trial.released = view_of(released);
  return trial;
}

}  // namespace wardmark
