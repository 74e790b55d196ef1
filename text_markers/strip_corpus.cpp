#include "text_markers/strip_corpus.h"

#include <algorithm>
#include <optional>

#include "core/error.h"
#include "io/atomic_file.h"
#include "text_markers/corpus_scan.h"
#include "text_markers/mark_text.h"
#include "text_markers/text_encoding.h"
#include "text_markers/text_tree.h"

namespace wardmark {
namespace {

/// Frees an edited file of its sentences. Error(text_changed) where one is left that is not word for word.
Bytes freed(ByteView text, const ManifestItem& item, const EditedSearch& search, EditedFile& edited) {
  std::vector<std::uint32_t> wanted;
  for (const Insertion& i : item.insertions) wanted.push_back(i.sentence);
  std::ranges::sort(wanted);
  wanted.erase(std::ranges::unique(wanted).begin(), wanted.end());
  edited = {item.id, find_sentences(text, search.book.recipe(), wanted, search.texts)};
  const Bytes out = without(text, edited.found);
  std::vector<ScanTarget> targets;
  for (const std::uint32_t s : wanted) targets.push_back({s, search.candidates.at(s), true});
  const ScanIndex index(search.book, targets);
  std::optional<ScanHit> left;
  CorpusScanner scanner(index, [&](const ScanHit& hit) { left = hit; });
  const EncodedText encoded(out, search.book.recipe().latin1);
  scanner.feed(bytes_of(encoded.text()));
  scanner.finish();
  if (left) {
    throw Error(Code::text_changed, "was edited, and holds a sentence in another form, " +
                                        std::string(name(left->variant)) + ", near byte " +
                                        std::to_string(left->offset));
  }
  return out;
}

}  // namespace

StripOutcome strip_corpus(const std::filesystem::path& release, const Plan& plan,
                          const std::vector<ManifestItem>& items, const NameKeys& names,
                          const std::filesystem::path& output, const EditedSearch* edited, Report& report,
                          const std::atomic<bool>& stop) {
  StripOutcome outcome;
  const TextTree tree = scan_texts(release);
  for (const ManifestItem& item : items) {
    if (stop) {
      outcome.interrupted = true;
      break;
    }
    if (item.state == ItemState::refused) continue;
    try {
      const std::size_t at = tree.files.size() == 1 && items.size() == 1 ? 0 : tree.find(item.output_id);
      if (at == tree.files.size()) throw Error(Code::item_unreadable, "is no longer there");
      const Bytes released = read_file(tree.path(tree.files[at]), true);
      const Packing packing = tree.files[at].packing;
      if (output_digest(released) != item.output) {
        if (!edited) throw Error(Code::text_changed, "was edited after its release; its sentences were not taken out");
        EditedFile file;
        const Bytes out = freed(packing == Packing::none ? released : unpacked(released, item.id), item, *edited, file);
        write_file(tree.output(output, tree.files[at]), packed(out, packing));
        outcome.edited.push_back(std::move(file));
        continue;
      }
      const Bytes original =
          unsplice(packing == Packing::none ? released : unpacked(released, item.id), item.insertions);
      if (!plan.items[item.n].input || input_digest(original, names) != *plan.items[item.n].input) {
        throw Error(Code::record_altered, item.id + ": without its sentences the text is not the one that was marked");
      }
      write_file(tree.output(output, tree.files[at]), packed(original, packing));
      ++outcome.restored;
    } catch (const Error& error) {
      if (error.kind() != Kind::item) throw;
      ++outcome.refused;
      report.refused(item.id, error);
    }
    report.progress("restoring", outcome.restored + outcome.refused, items.size(), 0);
  }
  return outcome;
}

}  // namespace wardmark
