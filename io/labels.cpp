#include "io/labels.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>
#include <unordered_set>

#include "core/error.h"
#include "io/atomic_file.h"
#include "io/csv.h"
#include "io/item_id.h"

namespace wardmark {
namespace {

std::string header_hint(std::string_view wanted) {
  return "the first line must name the columns: path," + std::string(wanted);
}
constexpr std::array<std::string_view, 12> kSplitNames = {"dev",      "eval",  "test",       "testing",
                                                          "test_set", "train", "training",   "train_set",
                                                          "val",      "valid", "validation", "holdout"};

std::string at_line(std::size_t line) { return line > 0 ? "line " + std::to_string(line) + ": " : std::string(); }

/// Takes the members of one flat object; stops at the first thing that is no label.
class LabelHandler : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit LabelHandler(LabelTable& table) : table_(table) {}
  const std::string& fault() const { return fault_; }

  bool string(string_t& value) override { return label(value); }
  bool number_integer(number_integer_t value) override { return label(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return label(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& text) override { return label(text); }
  bool null() override { return stop("is null"); }
  bool boolean(bool) override { return stop("is true or false"); }
  bool binary(binary_t&) override { return stop("is binary"); }
  bool start_array(std::size_t) override { return stop("is a list: one label per path is needed"); }
  bool end_array() override { return true; }
  bool start_object(std::size_t) override { return depth_++ == 0 ? true : stop("is an object"); }
  bool end_object() override { return true; }
  bool key(string_t& value) override {
    path_ = value;
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) override {
    fault_ = "not JSON near byte " + std::to_string(position);
    return false;
  }

 private:
  bool label(std::string_view text) {
    if (depth_ == 0) return stop("");
    table_.add(path_, text, 0);
    return true;
  }
  bool stop(std::string_view what) {
    fault_ =
        depth_ == 0 ? "not an object from path to label" : "the label of " + shown(path_) + " " + std::string(what);
    return false;
  }

  LabelTable& table_;
  std::string path_;
  std::string fault_;
  int depth_ = 0;
};

std::string trimmed(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t");
  if (start == std::string_view::npos) return {};
  return std::string(text.substr(start, text.find_last_not_of(" \t") - start + 1));
}

std::size_t column(const std::vector<std::string>& header, std::string_view name, const std::string& hint) {
  std::size_t found = header.size();
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (lower_ascii(trimmed(header[i])) != name) continue;
    if (found < header.size()) {
      throw Error(Code::labels_format, "the column '" + std::string(name) + "' comes twice", hint);
    }
    found = i;
  }
  if (found == header.size()) {
    throw Error(Code::labels_format, "the header names no column '" + std::string(name) + "'", hint);
  }
  return found;
}

/// Returns how many rows were used.
std::size_t apply_table(const LabelTable& table, Survey& survey, bool keep) {
  std::unordered_set<const LabelTable::Row*> used;
  std::vector<Item> kept;
  kept.reserve(survey.items.size());
  for (Item& item : survey.items) {
    const LabelTable::Row* row = table.find(item.id);
    if (row == nullptr && !keep) {
      survey.companions.push_back({std::move(item.id), Code::left_unlabelled});
      continue;
    }
    if (row != nullptr) {
      item.label = row->label;
      used.insert(row);
    }
    kept.push_back(std::move(item));
  }
  survey.items = std::move(kept);
  std::sort(survey.companions.begin(), survey.companions.end(),
            [](const Companion& a, const Companion& b) { return a.path < b.path; });
  std::map<std::string_view, const LabelTable::Row*> unused;
  for (const auto& [path, row] : table.rows()) {
    if (!used.contains(&row)) unused.emplace(path, &row);
  }
  for (const auto& [path, row] : unused) {
    const std::string where = row->line > 0 ? "line " + std::to_string(row->line) : std::string();
    survey.notes.push_back({std::string(path), Note{Code::label_without_file, where}});
  }
  return used.size();
}

}  // namespace

LabelSource parse_label_source(std::string_view text) {
  LabelSource source;
  if (text == "none") {
    source.from = LabelSource::From::none;
  } else if (text.starts_with("dicom:")) {
    source.from = LabelSource::From::dicom;
    source.keyword = text.substr(6);
  } else if (text == "xmp:dc:subject" || text == "iptc:Keywords") {
    source.from = LabelSource::From::keywords;
    source.keyword = text.substr(text.find(':') + 1);
  } else if (text == "folder:leaf") {
    source.depth = LabelSource::kLeaf;
  } else if (text.starts_with("folder:") && text != "folder:first") {
    const std::string_view number = text.substr(7);
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), source.depth);
    if (error != std::errc() || end != number.data() + number.size() || source.depth < 1 || source.depth > 1000) {
      throw Error(Code::usage, "--labels " + shown(text) + ": folder:first, folder:leaf or folder:N with N from 1");
    }
  } else if (text != "folder" && text != "folder:first") {
    const std::string extension = extension_of(text);
    if (extension != ".csv" && extension != ".tsv" && extension != ".txt" && extension != ".json") {
      throw Error(Code::usage, "--labels " + shown(text) + ": neither folder, none nor a .csv or .json file");
    }
    source.from = LabelSource::From::file;
    source.file = text;
  }
  return source;
}

std::string folder_label(const LabelSource& source, std::string_view id) {
  const std::size_t last = id.rfind('/');
  if (last == std::string_view::npos) return {};
  std::string_view folders = id.substr(0, last);
  if (source.depth == LabelSource::kLeaf) {
    folders.remove_prefix(folders.rfind('/') + 1);
  } else {
    for (int i = 1; i < source.depth; ++i) {
      const std::size_t slash = folders.find('/');
      if (slash == std::string_view::npos) return {};
      folders.remove_prefix(slash + 1);
    }
    folders = folders.substr(0, folders.find('/'));
  }
  std::string label(folders);
  // An id escapes '%', a class name does not.
  for (std::size_t at = label.find("%25"); at != std::string::npos; at = label.find("%25", at + 1))
    label.erase(at + 1, 2);
  return label;
}

void LabelTable::add(std::string_view path, std::string_view label, std::size_t line) {
  std::string with_slashes(path);
  std::replace(with_slashes.begin(), with_slashes.end(), '\\', '/');
  const std::string id = item_id(with_slashes);
  if (label.empty()) {
    throw Error(Code::labels_format, at_line(line) + "no " + what_ + " for " + shown(path),
                "remove the row, or fill it in");
  }
  Row row{label_text(label), line};
  const auto [it, added] = rows_.try_emplace(id, row);
  if (!added && it->second.label != row.label) {
    throw Error(Code::labels_format,
                at_line(line) + "several " + what_ + "s for " + shown(path) + ": '" + it->second.label + "' and '" +
                    row.label + "'",
                "give one " + what_ + " per item; data with several labels per item are not supported");
  }
}

const LabelTable::Row* LabelTable::find(std::string_view id) const {
  std::string key(id);
  auto it = rows_.find(key);
  if (it == rows_.end() && key.find('\\') != std::string::npos) {
    std::replace(key.begin(), key.end(), '\\', '/');
    it = rows_.find(key);
  }
  return it == rows_.end() ? nullptr : &it->second;
}

LabelTable parse_label_csv(std::string_view text, std::string_view wanted) {
  const std::string hint = header_hint(wanted);
  CsvReader reader(text);
  std::vector<std::string> fields;
  if (!reader.next(fields)) throw Error(Code::labels_format, "no line at all", hint);
  const std::size_t path = column(fields, "path", hint);
  const std::size_t label = column(fields, wanted, hint);
  const std::size_t columns = fields.size();
  LabelTable table{std::string(wanted)};
  while (reader.next(fields)) {
    if (fields.size() != columns) {
      throw Error(
          Code::labels_format,
          at_line(reader.line()) + std::to_string(fields.size()) + " fields, the header has " + std::to_string(columns),
          "put fields that hold the delimiter in double quotes");
    }
    table.add(fields[path], fields[label], reader.line());
  }
  return table;
}

LabelTable parse_label_json(std::string_view text) {
  LabelTable table;
  LabelHandler handler(table);
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &handler)) throw Error(Code::labels_format, handler.fault());
  return table;
}

LabelTable read_label_file(const std::filesystem::path& file, std::string_view wanted) {
  const Bytes bytes = read_file(file);
  try {
    return extension_of(file.native()) == ".json" ? parse_label_json(text_of(bytes))
                                                  : parse_label_csv(text_of(bytes), wanted);
  } catch (const Error& error) {
    throw Error(error.code(), shown(file) + ": " + error.what(), error.hint());
  }
}

void apply_labels(const LabelSource& source, Survey& survey, bool keep) {
  if (source.from == LabelSource::From::dicom) {
    throw Error(Code::usage, "--labels dicom:" + shown(source.keyword) + ": the input is no DICOM study");
  }
  if (source.from == LabelSource::From::keywords) {
    throw Error(Code::usage, "--labels " + shown(source.keyword) + ": the input is no set of image files");
  }
  if (source.from == LabelSource::From::folder) {
    for (Item& item : survey.items) item.label = folder_label(source, item.id);
  }
  if (source.from != LabelSource::From::file || survey.items.empty()) return;
  const std::string example = survey.items.front().id;
  if (apply_table(read_label_file(source.file), survey, keep) == 0) {
    throw Error(Code::labels_format, shown(source.file) + ": no row names a file of the input",
                "paths are relative to the input, for example " + example);
  }
}

std::vector<std::string> read_class_names(const std::filesystem::path& file) {
  const Bytes bytes = read_file(file);
  std::string_view rest = text_of(bytes);
  if (rest.starts_with("\xEF\xBB\xBF")) rest.remove_prefix(3);
  std::vector<std::string> names;
  std::set<std::string> seen;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    names.push_back(label_text(line));
  }
  while (!names.empty() && names.back().empty()) names.pop_back();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!names[i].empty() && seen.insert(names[i]).second) continue;
    throw Error(Code::labels_format, shown(file) + ": line " + std::to_string(i + 1) + ": " +
                                         (names[i].empty() ? "no class name" : "'" + names[i] + "' comes twice"));
  }
  return names;
}

std::vector<ClassCount> check_classes(std::span<const Item> items, bool allow_many) {
  std::map<std::string_view, ClassCount> found;
  std::uint64_t total = 0;
  for (const Item& item : items) {
    if (!item.protect) continue;
    ++total;
    if (item.label.empty()) continue;
    ClassCount& entry = found[item.label];
    if (entry.items++ == 0) entry.example = item.id;
  }
  std::vector<ClassCount> classes;
  for (auto& [name, entry] : found) {
    entry.name = name;
    classes.push_back(std::move(entry));
  }
  if (classes.empty()) {
    throw Error(Code::labels_missing, "none of " + std::to_string(total) + " items has a class",
                "put the items into class folders, or give --labels FILE.csv (path,label)");
  }
  const bool splits = std::all_of(classes.begin(), classes.end(), [](const ClassCount& c) {
    return std::find(kSplitNames.begin(), kSplitNames.end(), lower_ascii(c.name)) != kSplitNames.end();
  });
  if (splits) {
    throw Error(Code::labels_splits,
                "the classes would be the splits of the data set: '" + classes.front().name + "'" +
                    (classes.size() > 1 ? ", '" + classes[1].name + "'" : ""),
                "protect the training folder alone, or give --labels folder:2");
  }
  if (classes.size() == 1) {
    throw Error(Code::labels_one_class, "all items are of one class: '" + classes.front().name + "'",
                "check --labels; a class mark needs at least two classes");
  }
  if (!allow_many && classes.size() > std::max<std::uint64_t>(2, total / 10)) {
    throw Error(Code::labels_many,
                std::to_string(classes.size()) + " classes for " + std::to_string(total) + " items, more than a tenth",
                "check --labels (folder:first, folder:leaf, folder:N or a file); --many-classes allows it");
  }
  return classes;
}

}  // namespace wardmark
