#include "text_markers/survey_corpus.h"

#include <charconv>

#include "core/error.h"

namespace wardmark {
namespace {

void look_for_documents(const TextFile& file, ByteView bytes, const GhostRecipe& recipe, const DocumentDraw& draw,
                        const NameKeys& names, ThresholdSearch& search) {
  const EncodedText encoded(bytes, recipe.latin1);
  std::string decoded;
  each_document(encoded.text(), file.id, *file.format, recipe, [&](const Document& document) {
    if (document.fault || document.excluded) return;
    const DocumentDraw::Ticket ticket = draw.ticket(document.id, document.group);
    if (!search.wants(ticket)) return;
    std::vector<std::size_t> places;
    // Whether there is a place does not depend on the key, only which one is taken.
    if (!document_places(document_text(encoded.text(), document, decoded), document, recipe, names.name_key, places)) {
      search.take(ticket);
    }
  });
}

}  // namespace

std::optional<CorpusSurvey> survey_corpus(const TextTree& tree, const GhostRecipe& recipe, const NameKeys& names,
                                          Report& report, const std::atomic<bool>& stop) {
  CorpusSurvey survey;
  const DocumentDraw draw(names.name_key, recipe.sentences);
  ThresholdSearch search(recipe);
  std::uint64_t read = 0;
  for (const TextFile& file : tree.files) {
    if (stop) return std::nullopt;
    PlanItem item{file.id, kNoClass, file.bytes, std::nullopt};
    try {
      const Bytes bytes = tree.read(file);
      item.bytes = bytes.size();
      item.input = input_digest(bytes, names);
      read += bytes.size();
      if (file.format != nullptr && recipe.documents > 0) {
        look_for_documents(file, bytes, recipe, draw, names, search);
      }
    } catch (const Error& error) {
      if (error.kind() != Kind::item) throw;  // else mark_corpus() says what is wrong
    }
    survey.items.push_back(std::move(item));
    report.progress("reading", survey.items.size(), tree.files.size(), read);
  }
  survey.documents = search.documents();
  survey.thresholds = recipe.documents > 0 ? search.finish() : open_thresholds(recipe);
  return survey;
}

std::string thresholds_text(const Thresholds& thresholds) {
  std::string text;
  for (const std::uint64_t t : thresholds) text += (text.empty() ? "" : ",") + std::to_string(t);
  return text;
}

Thresholds parse_thresholds(std::string_view text, std::size_t sentences) {
  Thresholds thresholds;
  const char* at = text.data();
  const char* end = text.data() + text.size();
  while (at < end) {
    std::uint64_t value = 0;
    const auto [behind, bad] = std::from_chars(at, end, value);
    if (bad != std::errc()) break;
    thresholds.push_back(value);
    at = behind + 1;
  }
  if (thresholds.size() != sentences) throw Error(Code::plan_format, "plan: not one threshold per sentence");
  return thresholds;
}

}  // namespace wardmark
