#include "medical/study_labels.h"

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>

#include "core/error.h"
#include "io/atomic_file.h"
#include "io/csv.h"
#include "io/item_id.h"

namespace wardmark {
namespace {

/// What a row of a label file is known by.
struct Key {
  std::string_view column;
  std::string (*of)(const StudyObject& object);
};
constexpr std::array kKeys = {
    Key{"path", [](const StudyObject& object) { return object.id; }},
    Key{"patientid", [](const StudyObject& object) { return object.facts.patient_id; }},
    Key{"studyinstanceuid", [](const StudyObject& object) { return object.facts.study; }},
    Key{"seriesinstanceuid", [](const StudyObject& object) { return object.facts.series; }},
    Key{"sopinstanceuid", [](const StudyObject& object) { return object.facts.sop; }},
};

struct Rows {
  const Key* key = nullptr;
  std::unordered_map<std::string, std::string> labels;
};

[[noreturn]] void wrong(const std::string& what) {
  throw Error(Code::labels_format, what,
              "the first line names label and one of path, PatientID, StudyInstanceUID, SeriesInstanceUID, "
              "SOPInstanceUID");
}

Rows read_rows(const std::filesystem::path& file) {
  const Bytes bytes = read_file(file);
  CsvReader reader(text_of(bytes));
  std::vector<std::string> fields;
  Rows rows;
  if (!reader.next(fields)) wrong(shown(file) + ": no line at all");
  std::size_t key_column = fields.size();
  std::size_t label_column = fields.size();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::string column = lower_ascii(fields[i]);
    if (column == "label") label_column = i;
    const auto key = std::ranges::find(kKeys, column, &Key::column);
    if (key != kKeys.end() && rows.key == nullptr) {
      rows.key = &*key;
      key_column = i;
    }
  }
  const std::size_t columns = fields.size();
  if (rows.key == nullptr || label_column == columns) wrong(shown(file) + ": the columns are not known");
  while (reader.next(fields)) {
    if (fields.size() != columns)
      wrong(shown(file) + ": line " + std::to_string(reader.line()) + ": fields are missing");
    const std::string key = rows.key->column == "path" ? item_id(fields[key_column]) : fields[key_column];
    const auto [at, added] = rows.labels.try_emplace(key, label_text(fields[label_column]));
    if (!added && at->second != label_text(fields[label_column])) {
      wrong(shown(file) + ": line " + std::to_string(reader.line()) + ": another label for the same key");
    }
  }
  return rows;
}

std::string json_label(const LabelTable& table, const StudyObject& object) {
  const LabelTable::Row* row = table.find(object.id);
  return row == nullptr ? std::string() : row->label;
}

void check_series(const std::vector<StudyObject>& objects, const std::vector<std::string>& labels) {
  std::map<std::string, std::string> of_series;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    if (labels[i].empty() || objects[i].facts.series.empty()) continue;
    const auto [at, added] = of_series.try_emplace(objects[i].facts.series, labels[i]);
    if (!added && at->second != labels[i]) {
      throw Error(Code::labels_format,
                  objects[i].id + ": its series has the classes '" + at->second + "' and '" + labels[i] + "'",
                  "all slices of a series share one class");
    }
  }
}

}  // namespace

std::vector<std::string> study_labels(const LabelSource& source, const std::vector<StudyObject>& objects,
                                      bool looking) {
  std::vector<std::string> labels(objects.size());
  Rows rows;
  LabelTable table;
  const bool file = source.from == LabelSource::From::file;
  const bool json = file && extension_of(source.file.native()) == ".json";
  if (json) table = read_label_file(source.file);
  if (file && !json) rows = read_rows(source.file);
  bool any = false;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    const StudyObject& object = objects[i];
    if (object.facts.sop.empty() || object.facts.directory || object.facts.format == std::nullopt) continue;
    if (source.from == LabelSource::From::folder) labels[i] = folder_label(source, object.id);
    if (source.from == LabelSource::From::dicom) labels[i] = label_text(object.facts.label);
    if (json) labels[i] = json_label(table, object);
    if (file && !json) {
      const auto row = rows.labels.find(rows.key->of(object));
      if (row != rows.labels.end()) labels[i] = row->second;
    }
    any = any || !labels[i].empty();
  }
  if (file && !any && looking) {
    throw Error(Code::labels_format, shown(source.file) + ": no row names an image of the input",
                "of a release whose UIDs or names are new the record knows the classes: add its -k KEY");
  }
  if (file && !any) wrong(shown(source.file) + ": no row names an image of the input");
  check_series(objects, labels);
  return labels;
}

}  // namespace wardmark
