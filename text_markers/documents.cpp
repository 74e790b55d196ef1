#include "text_markers/documents.h"

#include <algorithm>

#include "core/error.h"
#include "core/lane_digest.h"

namespace wardmark {
namespace {

constexpr std::size_t kIdDigits = 32;

std::string record_name(std::string_view file, const Record& record, std::string_view file_id) {
  if (!record.id.empty()) return record.id;
  const Digest hash =
      lane_digest(nullptr, "record-text", {}, bytes_of(file.substr(record.begin, record.end - record.begin)));
  return std::string(file_id) + "#" + to_hex(hash).substr(0, kIdDigits);
}

/// The recipe's rules on fields of records: which it wants, and what they decide.
class FieldRules {
 public:
  explicit FieldRules(const GhostRecipe& recipe) : recipe_(recipe) {
    const std::size_t sign = recipe.exclude.find('=');
    group_ = want(recipe.group_field);
    date_ = want(recipe.date_field);
    section_ = want(recipe.exclude.substr(0, sign == std::string::npos ? 0 : sign));
    if (section_ != kNone) excluded_ = "," + recipe.exclude.substr(sign + 1) + ",";
  }
  std::vector<std::string> fields;

  void apply(const Record& record, Document& document) const {
    if (group_ != kNone) document.group = record.values[group_];
    if (section_ != kNone) document.excluded = excluded_.find("," + record.values[section_] + ",") != std::string::npos;
    if (date_ == kNone) return;
    const std::string& date = record.values[date_];
    if (!is_date(date)) {
      document.fault = Note{Code::text_record, document.id + ": field '" + recipe_.date_field + "' holds no date"};
    } else if (date < recipe_.published_before) {
      document.excluded = true;
    }
  }

 private:
  static constexpr std::size_t kNone = SIZE_MAX;
  std::size_t want(const std::string& field) {
    if (field.empty()) return kNone;
    fields.push_back(field);
    return fields.size() - 1;
  }
  const GhostRecipe& recipe_;
  std::size_t group_ = kNone;
  std::size_t date_ = kNone;
  std::size_t section_ = kNone;
  std::string excluded_;
};

}  // namespace

void each_document(std::string_view text, std::string_view file_id, const TextFormat& format, const GhostRecipe& recipe,
                   const std::function<void(const Document&)>& sink, std::size_t lines_before) {
  if (format.records == nullptr) {
    sink({std::string(file_id), 0, text.size(), &format, nullptr, {}, false, std::nullopt});
    return;
  }
  if (recipe.field.empty()) {
    throw Error(Code::text_field, "records, and no field was named", "name the field of the text, e.g. --field text");
  }
  const TextFormat* inner = find_text_format(recipe.inner.empty() ? "text" : recipe.inner);
  if (inner == nullptr || inner->records != nullptr) broken_promise("inner format of records");
  const FieldRules rules(recipe);
  format.records(text, {recipe.field, recipe.id_field, rules.fields, lines_before}, [&](const Record& record) {
    Document document{{}, record.begin, record.end,  inner, record.coding != nullptr ? record.coding : &format.coding,
                      {}, false,        std::nullopt};
    if (!record.fault.empty()) {
      document.fault = Note{Code::text_record,
                            (format.lines ? "line " : "record ") + std::to_string(record.line) + ": " + record.fault};
    } else {
      document.id = record_name(text, record, file_id);
      rules.apply(record, document);
    }
    sink(document);
  });
}

std::string_view document_text(std::string_view file, const Document& document, std::string& buffer) {
  const std::string_view stored = file.substr(document.begin, document.end - document.begin);
  if (document.coding == nullptr) return stored;
  return buffer = document.coding->decode(stored);
}

bool looks_like_markup(std::string_view text) {
  const auto holds = [&](std::string_view mark) { return text.find(mark) != std::string_view::npos; };
  if (holds("</") || holds("<br") || holds("<p>") || holds("&nbsp;")) return true;
  return holds("](") || holds("```") || text.starts_with("# ") || holds("\n# ") || holds("\n## ");
}

}  // namespace wardmark
