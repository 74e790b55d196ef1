#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/dataset.h"

namespace wardmark {

/// Where the class of an item comes from: `--labels`.
struct LabelSource {
  enum class From { folder, file, none, dicom, keywords };
  static constexpr int kLeaf = -1;
  From from = From::folder;
  int depth = 1;               ///< folder: part of the path, from 1; kLeaf: the folder right above the file
  std::filesystem::path file;  ///< file: CSV or JSON
  std::string keyword = {};    ///< dicom: the attribute that holds the class; keywords: "dc:subject" or "Keywords"
};

/// `folder`, `folder:first`, `folder:leaf`, `folder:N` (N from 1), `none`, `dicom:KEYWORD`, `xmp:dc:subject`,
/// `iptc:Keywords`, or the name of a .csv, .tsv, .txt or .json file. Error(usage) for anything else.
LabelSource parse_label_source(std::string_view text);

/// The class by the folders of an id; empty where the item lies higher up.
std::string folder_label(const LabelSource& source, std::string_view id);

/// Rows of a label file by item id, or of another column of it. Built once, then const and thread-safe; memory grows
/// with the rows.
class LabelTable {
 public:
  struct Row {
    std::string label;
    std::size_t line = 0;  ///< from 1; 0 in JSON
  };
  explicit LabelTable(std::string what = "label") : what_(std::move(what)) {}
  /// Row for an id. A '\' in a row's path counts as '/'; a file whose own name holds '\' is found too. Null: no row.
  const Row* find(std::string_view id) const;
  const std::unordered_map<std::string, Row>& rows() const { return rows_; }
  /// Error(labels_format) when the path has another one already; (item_id) for a path outside the root.
  void add(std::string_view path, std::string_view label, std::size_t line);

 private:
  std::string what_;  ///< what a row says of its path, for messages
  std::unordered_map<std::string, Row> rows_;
};

/// CSV with a header that names `path` and `wanted`, in lower case (other columns are ignored), see CsvReader.
/// Error(labels_format) with the line.
LabelTable parse_label_csv(std::string_view text, std::string_view wanted = "label");
/// JSON object from path to label, a string or a number (its text as written). Error(labels_format).
LabelTable parse_label_json(std::string_view text);
/// Reads a file, JSON by its extension, else CSV; errors name it. Error(read_failed) too.
LabelTable read_label_file(const std::filesystem::path& file, std::string_view wanted = "label");

/// Sets the labels of `survey` by folders or file. With a file, items without a row leave the items and join the
/// companions (left_unlabelled); rows without a file become notes (label_without_file). Error(labels_format) when no
/// row fits any item. `keep`: items cannot be left out (array files); without a row they stay, without a label.
void apply_labels(const LabelSource& source, Survey& survey, bool keep = false);

/// Class names by index: line i of the file (from 0), see `--classes`. Error(labels_format) when a name is empty or
/// comes twice.
std::vector<std::string> read_class_names(const std::filesystem::path& file);

/// One class of a data set.
struct ClassCount {
  std::string name;
  std::uint64_t items = 0;
  std::string example;  ///< id of its first item
};

/// The classes of all items to protect, sorted by bytes; items without a label are left aside. Refuses what is surely
/// a mistake: Error(labels_missing) no label at all; (labels_splits) all class names are train, val, test and the like;
/// (labels_one_class); (labels_many) more classes than a tenth of the items and than 2, unless `allow_many`.
std::vector<ClassCount> check_classes(std::span<const Item> items, bool allow_many = false);

}  // namespace wardmark
