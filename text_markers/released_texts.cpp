#include "text_markers/released_texts.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "core/error.h"
#include "core/random.h"
#include "io/atomic_file.h"
#include "text_markers/mark_text.h"
#include "text_markers/text_encoding.h"

namespace wardmark {
namespace {

const TextFormat* forced(const Plan& plan) {
  const auto at = std::ranges::find(plan.output, "format", &Settings::value_type::first);
  return at == plan.output.end() || at->second.empty() ? nullptr : find_text_format(at->second);
}

const std::string& document_of(const ManifestItem& item, const Insertion& insertion) {
  return insertion.document.empty() ? item.id : insertion.document;
}

}  // namespace

std::vector<SentenceHost> sentence_hosts(const std::vector<ManifestItem>& items, const Subkey& order,
                                         std::size_t each) {
  std::vector<SentenceHost> hosts;
  for (std::size_t n = 0; n < items.size(); ++n) {
    for (const Insertion& i : items[n].insertions) {
      const std::string& document = document_of(items[n], i);
      hosts.push_back({i.sentence, Stream(order, "host-context", document).u64(), document, n});
    }
  }
  const auto place = [](const SentenceHost& h) { return std::tie(h.sentence, h.rank, h.document); };
  std::ranges::sort(hosts, {}, place);
  const auto same = [&](const SentenceHost& a, const SentenceHost& b) { return place(a) == place(b); };
  hosts.erase(std::ranges::unique(hosts, same).begin(), hosts.end());
  std::vector<SentenceHost> kept;
  std::map<std::uint32_t, std::size_t> count;
  for (SentenceHost& host : hosts) {
    if (count[host.sentence]++ < each) kept.push_back(std::move(host));
  }
  return kept;
}

ReleasedTexts::ReleasedTexts(const ReleasedSource& source)
    : source_(source), tree_(scan_texts(source.release, forced(source.plan))) {}

const TextFile* ReleasedTexts::file_of(const ManifestItem& item) const {
  const bool single = tree_.files.size() == 1 && source_.items.size() == 1;
  const std::size_t at = single ? 0 : tree_.find(item.output_id);
  return at == tree_.files.size() ? nullptr : &tree_.files[at];
}

Bytes ReleasedTexts::without(const ManifestItem& item, const std::vector<Insertion>& taken_out) const {
  const TextFile* file = file_of(item);
  if (file == nullptr) throw Error(Code::item_unreadable, "is no longer there");
  const Bytes stored = read_file(tree_.path(*file), true);
  if (output_digest(stored) != item.output) throw Error(Code::text_changed, "was edited after its release");
  return unsplice(file->packing == Packing::none ? stored : unpacked(stored, item.id), taken_out);
}

void ReleasedTexts::each_document_with(const std::vector<SentenceHost>& hosts,
                                       const std::function<void(std::string_view text)>& sink, Report& report) const {
  std::set<std::tuple<std::size_t, std::uint32_t, std::string>> kept;
  for (const SentenceHost& host : hosts) kept.emplace(host.item, host.sentence, host.document);
  for (std::size_t n = 0; n < source_.items.size(); ++n) {
    const ManifestItem& item = source_.items[n];
    if (item.output_id.empty()) continue;  // refused or withdrawn
    try {
      const TextFile* file = file_of(item);
      if (file != nullptr && file->format == nullptr) continue;
      std::vector<Insertion> taken_out;
      for (const Insertion& i : item.insertions) {
        if (!kept.contains({n, i.sentence, document_of(item, i)})) taken_out.push_back(i);
      }
      const Bytes text = without(item, taken_out);
      const EncodedText encoded(text, source_.recipe.latin1);
      std::string buffer;
      each_document(encoded.text(), item.id, *file->format, source_.recipe, [&](const Document& document) {
        if (!document.fault) sink(document_text(encoded.text(), document, buffer));
      });
    } catch (const Error& error) {
      if (error.kind() != Kind::item) throw;
      report.warning(item.id, {error.code(), error.what()});
    }
  }
}

}  // namespace wardmark
