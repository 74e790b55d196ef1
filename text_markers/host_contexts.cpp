#include "text_markers/host_contexts.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "core/error.h"
#include "core/random.h"
#include "io/atomic_file.h"
#include "text_markers/mark_text.h"
#include "text_markers/text_encoding.h"
#include "text_markers/text_tree.h"

namespace wardmark {
namespace {

/// One document that was drawn for a sentence.
struct Host {
  std::uint32_t sentence = 0;
  std::uint64_t rank = 0;
  std::string document;
  std::size_t item = 0;  ///< index of its manifest line
  friend auto operator<=>(const Host& a, const Host& b) {
    return std::tie(a.sentence, a.rank, a.document) <=> std::tie(b.sentence, b.rank, b.document);
  }
  friend bool operator==(const Host&, const Host&) = default;
};

std::vector<Host> drawn_hosts(const std::vector<ManifestItem>& items, const Subkey& order, unsigned each) {
  std::vector<Host> hosts;
  for (std::size_t n = 0; n < items.size(); ++n) {
    for (const Insertion& i : items[n].insertions) {
      const std::string document = i.document.empty() ? items[n].id : i.document;
      hosts.push_back({i.sentence, Stream(order, "host-context", document).u64(), document, n});
    }
  }
  std::ranges::sort(hosts);
  hosts.erase(std::ranges::unique(hosts).begin(), hosts.end());
  std::vector<Host> kept;
  std::map<std::uint32_t, unsigned> count;
  for (Host& host : hosts) {
    if (count[host.sentence]++ < each) kept.push_back(std::move(host));
  }
  return kept;
}

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

/// Reads released files and takes documents out of them as they were before marking.
class Reader {
 public:
  Reader(const HostSource& source, std::size_t bytes)
      : source_(source), bytes_(bytes), tree_(scan_texts(source.release, forced(source.plan))) {}

  /// What stands before the first place of each named document of an item.
  std::map<std::string, std::string> before(const ManifestItem& item, const std::vector<std::string>& documents) const {
    const bool single = tree_.files.size() == 1 && source_.items.size() == 1;
    const std::size_t at = single ? 0 : tree_.find(item.output_id);
    if (at == tree_.files.size()) throw Error(Code::item_unreadable, "is no longer there");
    const TextFile& file = tree_.files[at];
    const Bytes stored = read_file(tree_.path(file), true);
    if (output_digest(stored) != item.output) throw Error(Code::text_changed, "was edited after its release");
    const Bytes text = unsplice(file.packing == Packing::none ? stored : unpacked(stored, item.id), item.insertions);
    if (file.format == nullptr) throw Error(Code::text_changed, "is of no text format");
    const EncodedText encoded(text, source_.recipe.latin1);
    std::map<std::string, std::string> found;
    each_document(encoded.text(), item.id, *file.format, source_.recipe, [&](const Document& document) {
      if (document.fault || std::ranges::find(documents, document.id) == documents.end()) return;
      std::string decoded;
      const std::string_view own = document_text(encoded.text(), document, decoded);
      std::vector<std::size_t> places;
      if (document_places(own, document, source_.recipe, source_.place_key, places)) return;
      found[document.id] = ending(own.substr(0, places.front()), bytes_);
    });
    return found;
  }

 private:
  static const TextFormat* forced(const Plan& plan) {
    const auto at = std::ranges::find(plan.output, "format", &Settings::value_type::first);
    return at == plan.output.end() || at->second.empty() ? nullptr : find_text_format(at->second);
  }
  const HostSource& source_;
  std::size_t bytes_;
  TextTree tree_;
};

}  // namespace

std::vector<HostContext> host_contexts(const HostSource& source, const Subkey& order, unsigned each, std::size_t bytes,
                                       Report& report) {
  if (source.plan.format == kTextStream || each == 0) return {};
  const Reader reader(source, bytes);
  const std::vector<Host> hosts = drawn_hosts(source.items, order, each);
  std::map<std::size_t, std::vector<std::string>> wanted;
  for (const Host& host : hosts) wanted[host.item].push_back(host.document);
  std::map<std::pair<std::size_t, std::string>, std::string> found;
  for (const auto& [n, documents] : wanted) {
    try {
      for (auto& [document, before] : reader.before(source.items[n], documents)) found[{n, document}] = before;
    } catch (const Error& error) {
      if (error.kind() != Kind::item) throw;
      report.warning(source.items[n].id, {error.code(), error.what()});
    }
  }
  std::vector<HostContext> contexts;
  for (const Host& host : hosts) {
    const auto at = found.find({host.item, host.document});
    if (at != found.end()) contexts.push_back({host.sentence, host.document, at->second});
  }
  return contexts;
}

}  // namespace wardmark
