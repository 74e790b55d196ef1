#include "text_markers/documents.h"

#include <algorithm>

#include "core/error.h"

namespace wardmark {
namespace {

constexpr std::size_t kIdDigits = 32;

std::string record_name(std::string_view file, const Record& record, std::string_view file_id) {
  if (!record.id.empty()) return record.id;
  const Digest hash = digest(nullptr, "record-text", {bytes_of(file.substr(record.begin, record.end - record.begin))});
  return std::string(file_id) + "#" + to_hex(hash).substr(0, kIdDigits);
}

}  // namespace

void each_document(std::string_view text, std::string_view file_id, const TextFormat& format, const GhostRecipe& recipe,
                   const std::function<void(const Document&)>& sink, std::size_t lines_before) {
  if (format.records == nullptr) {
    sink({std::string(file_id), 0, text.size(), &format, nullptr, std::nullopt});
    return;
  }
  if (recipe.field.empty()) {
    throw Error(Code::text_field, "records, and no field was named", "name the field of the text, e.g. --field text");
  }
  const TextFormat* inner = find_text_format(recipe.inner.empty() ? "text" : recipe.inner);
  if (inner == nullptr || inner->records != nullptr) broken_promise("inner format of records");
  format.records(text, {recipe.field, recipe.id_field, lines_before}, [&](const Record& record) {
    Document document{
        {}, record.begin, record.end, inner, record.coding != nullptr ? record.coding : &format.coding, std::nullopt};
    if (!record.fault.empty()) {
      document.fault = Note{Code::text_record,
                            (format.lines ? "line " : "record ") + std::to_string(record.line) + ": " + record.fault};
    } else {
      document.id = record_name(text, record, file_id);
    }
    sink(document);
  });
}

std::string document_text(std::string_view file, const Document& document) {
  const std::string_view stored = file.substr(document.begin, document.end - document.begin);
  return document.coding == nullptr ? std::string(stored) : document.coding->decode(stored);
}

bool looks_like_markup(std::string_view text) {
  const auto holds = [&](std::string_view mark) { return text.find(mark) != std::string_view::npos; };
  if (holds("</") || holds("<br") || holds("<p>") || holds("&nbsp;")) return true;
  return holds("](") || holds("```") || text.starts_with("# ") || holds("\n# ") || holds("\n## ");
}

}  // namespace wardmark
