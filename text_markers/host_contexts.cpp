#include "text_markers/host_contexts.h"

#include <algorithm>
#include <map>

#include "core/error.h"
#include "text_markers/mark_text.h"
#include "text_markers/text_encoding.h"

namespace wardmark {
namespace {

/// The last `bytes` of the text, from a white space on, with a space at the end.
std::string ending(std::string_view text, std::size_t bytes) {
  if (text.size() > bytes) {
    text.remove_prefix(text.size() - bytes);
    const std::size_t space = text.find_first_of(" \n\t");
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
  }
  std::string before(text);
  if (!before.empty() && before.find_last_of(" \n\t") != before.size() - 1) before += ' ';
  return before;
}

/// What stands before the first place of each named document of an item, in the text as it was before marking.
std::map<std::string, std::string> before_places(const ReleasedTexts& texts, const ManifestItem& item,
                                                 const std::vector<std::string>& documents, const Subkey& place_key,
                                                 std::size_t bytes) {
  const GhostRecipe& recipe = texts.source().recipe;
  const Bytes text = texts.without(item, item.insertions);
  const TextFormat* format = texts.file_of(item)->format;
  if (format == nullptr) throw Error(Code::text_changed, "is of no text format");
  const EncodedText encoded(text, recipe.latin1);
  std::map<std::string, std::string> found;
  each_document(encoded.text(), item.id, *format, recipe, [&](const Document& document) {
    if (document.fault || std::ranges::find(documents, document.id) == documents.end()) return;
    std::string decoded;
    const std::string_view own = document_text(encoded.text(), document, decoded);
    std::vector<std::size_t> places;
    if (document_places(own, document, recipe, place_key, places)) return;
    found[document.id] = ending(own.substr(0, places.front()), bytes);
  });
  return found;
}

}  // namespace

std::vector<HostContext> host_contexts(const ReleasedSource& source, const Subkey& place_key, const Subkey& order,
                                       unsigned each, std::size_t bytes, Report& report) {
  if (source.plan.format == kTextStream || each == 0) return {};
  const ReleasedTexts texts(source);
  const std::vector<SentenceHost> hosts = sentence_hosts(source.items, order, each);
  std::map<std::size_t, std::vector<std::string>> wanted;
  for (const SentenceHost& host : hosts) wanted[host.item].push_back(host.document);
  std::map<std::pair<std::size_t, std::string>, std::string> found;
  for (const auto& [n, documents] : wanted) {
    try {
      for (auto& [document, before] : before_places(texts, source.items[n], documents, place_key, bytes))
        found[{n, document}] = before;
    } catch (const Error& error) {
      if (error.kind() != Kind::item) throw;
      report.warning(source.items[n].id, {error.code(), error.what()});
    }
  }
  std::vector<HostContext> contexts;
  for (const SentenceHost& host : hosts) {
    const auto at = found.find({host.item, host.document});
    if (at != found.end()) contexts.push_back({host.sentence, host.document, at->second});
  }
  return contexts;
}

}  // namespace wardmark
