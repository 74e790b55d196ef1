#include "medical/study.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "core/error.h"

namespace wardmark {
namespace {

void refuse(ObjectFacts& facts, Code code, std::string reason, std::string hint) {
  facts.fate = Fate::refuse;
  facts.code = code;
  facts.reason = std::move(reason);
  facts.hint = std::move(hint);
}

/// One SOP instance UID on several files: copies are written alike, different contents are refused, all of them.
void settle_copies(std::vector<StudyObject>& objects) {
  std::map<std::string, std::vector<StudyObject*>> by_uid;
  for (StudyObject& object : objects) {
    if (!object.facts.sop.empty() && object.facts.fate != Fate::refuse) by_uid[object.facts.sop].push_back(&object);
  }
  for (auto& [uid, copies] : by_uid) {
    if (copies.size() < 2) continue;
    const bool same = std::ranges::all_of(
        copies, [&](const StudyObject* copy) { return copy->facts.content == copies.front()->facts.content; });
    for (StudyObject* copy : copies) {
      const StudyObject& other = copy == copies.front() ? *copies.back() : *copies.front();
      if (!same) {
        refuse(copy->facts, Code::dcm_009, "has the SOP instance UID of " + other.id + ", but another content",
               "keep the right one");
      } else if (copy != copies.front()) {
        copy->facts.notes.push_back({Code::dcm_w01, other.id});
      }
    }
  }
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[(values.size() - 1) / 2];
}

/// Images of one format, as far as a series' images must agree.
using FormatKey = std::tuple<int, int, int, bool, Photometric>;
FormatKey format_key(const PixelFormat& f) { return {f.rows, f.columns, f.stored, f.is_signed, f.photometric}; }

/// A series of slices may hold a few images of another kind (a localiser, a screen shot); where no format is that of
/// half of its images, it is none. Pictures that make no volume may differ as they like.
bool is_uniform(const std::vector<ObjectFacts*>& images) {
  const std::string& modality = images.front()->modality;
  if (modality != "CT" && modality != "MR" && modality != "PT") return true;
  std::map<FormatKey, std::size_t> formats;
  std::size_t most = 0;
  for (const ObjectFacts* facts : images) most = std::max(most, ++formats[format_key(*facts->format)]);
  return 2 * most >= images.size();
}

/// One view for all images of a series.
void settle_view(const std::vector<ObjectFacts*>& images) {
  std::vector<double> lows;
  std::vector<double> highs;
  for (const ObjectFacts* facts : images) {
    lows.push_back(facts->view->low);
    highs.push_back(facts->view->high);
  }
  const SeriesView view{median(lows), std::max(median(highs), median(lows) + 1e-6)};
  for (ObjectFacts* facts : images) {
    // Slices of one series may be of several kinds (colour beside grey); each keeps the range of its own samples.
    if (!facts->format->colour()) facts->view = view;
  }
}

/// One view for all images of a series, and a bound of at least one step on each.
void settle_series(std::vector<StudyObject>& objects, const StudyOptions& options) {
  std::map<std::string, std::vector<ObjectFacts*>> series;
  for (StudyObject& object : objects) {
    if (object.facts.fate == Fate::protect) series[object.facts.series].push_back(&object.facts);
  }
  for (auto& [uid, images] : series) {
    if (options.looking) {
      settle_view(images);
      continue;
    }
    if (!is_uniform(images)) {
      for (ObjectFacts* facts : images) {
        refuse(*facts, Code::dcm_061, "its series holds " + std::to_string(images.size()) + " images of many formats",
               "leave the series out, or split it");
      }
      continue;
    }
    settle_view(images);
    for (ObjectFacts* facts : images) {
      try {
        steps_of(options.budget, options.additive, *facts->format, *facts->view, facts->largest_slope,
                 facts->hounsfield);
      } catch (const Error& error) {
        refuse(*facts, error.code(), error.what(), error.hint());
      }
    }
  }
}

/// Directories know their files by id; what is refused leaves them.
void settle_directories(std::vector<StudyObject>& objects) {
  std::map<std::string, StudyObject*> by_id;
  for (StudyObject& object : objects) by_id[object.id] = &object;
  for (StudyObject& object : objects) {
    if (!object.facts.directory) continue;
    const std::size_t slash = object.id.rfind('/');
    const std::string folder = slash == std::string::npos ? std::string() : object.id.substr(0, slash + 1);
    std::map<std::string, std::vector<std::string>> kept;
    for (const auto& [file, none] : object.facts.files) {
      const auto at = by_id.find(folder + file);
      if (at == by_id.end()) {
        refuse(object.facts, Code::dcm_062, "names " + file + ", which is not there", "leave the DICOMDIR out");
        break;
      }
      ObjectFacts& listed = at->second->facts;
      listed.file_set = folder;
      if (listed.fate != Fate::refuse) kept[file] = {listed.sop, listed.series, listed.study};
    }
    object.facts.files = std::move(kept);
  }
}

void hold_back(std::vector<StudyObject>& objects, const StudyOptions& options) {
  std::map<std::string, const StudyObject*> refused;  // first of each study
  for (const StudyObject& object : objects) {
    if (object.facts.fate != Fate::refuse) continue;
    refused.try_emplace(options.strict ? std::string() : object.facts.study, &object);
  }
  for (StudyObject& object : objects) {
    if (object.facts.fate == Fate::refuse || (object.facts.directory && !options.strict)) continue;
    const auto at = refused.find(options.strict ? std::string() : object.facts.study);
    if (at == refused.end() || (!options.strict && object.facts.study.empty())) continue;
    const StudyObject& why = *at->second;
    refuse(object.facts, Code::dcm_069,
           std::string(options.strict ? "--strict" : "its study is not written") + ": " + why.id + " is refused [" +
               std::string(name(why.facts.code)) + "]",
           "--skip-refused writes the study without refused objects");
  }
}

}  // namespace

void settle_studies(std::vector<StudyObject>& objects, const StudyOptions& options) {
  if (options.looking) return settle_series(objects, options);
  settle_copies(objects);
  settle_series(objects, options);
  if (!options.skip_refused || options.strict) hold_back(objects, options);
  settle_directories(objects);
}

std::vector<std::string> study_reminders(const std::vector<StudyObject>& objects) {
  std::set<std::string> all;
  std::set<std::string> identifying;
  for (const StudyObject& object : objects) {
    if (object.facts.fate == Fate::refuse || object.facts.study.empty()) continue;
    all.insert(object.facts.study);
    const bool tells = std::ranges::any_of(object.facts.notes, [](const Note& note) {
      return note.code == Code::dcm_w10 || note.code == Code::dcm_w11 || note.code == Code::dcm_w12 ||
             note.code == Code::dcm_w13;
    });
    if (tells) identifying.insert(object.facts.study);
  }
  std::vector<std::string> reminders;
  const auto asked = std::ranges::count_if(
      objects, [](const StudyObject& object) { return object.facts.fate == Fate::carry && object.facts.as_asked; });
  if (asked > 0) {
    reminders.push_back("objects of refused classes carried as --carry-class asked: " + std::to_string(asked) +
                        "; they may hold the clean picture");
  }
  if (identifying.empty()) return reminders;
  reminders.push_back(
      "studies that still hold names, dates or private attributes: " + std::to_string(identifying.size()) + " of " +
      std::to_string(all.size()) + "; wardmark does not de-identify, do that first");
  return reminders;
}

}  // namespace wardmark
