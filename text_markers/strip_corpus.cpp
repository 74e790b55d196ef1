#include "text_markers/strip_corpus.h"

#include "core/error.h"
#include "io/atomic_file.h"
#include "text_markers/mark_text.h"
#include "text_markers/text_encoding.h"
#include "text_markers/text_tree.h"

namespace wardmark {
namespace {

/// The text of a changed file without the sentences of the release.
Bytes without_sentences(const StripRun& run, const std::string& id, ByteView file, StripOutcome& outcome) {
  const EncodedText encoded(file, run.edited->recipe().latin1);
  StoredOffsets offsets(encoded);
  Bytes out;
  std::size_t done = 0;
  for (const StandingSentence& standing : run.edited->standing(encoded.text())) {
    const std::size_t begin = offsets.at(standing.begin);
    const std::size_t end = offsets.at(standing.end);
    run.found({id, begin, standing.sentence, standing.whole});
    if (!standing.whole) {
      ++outcome.left_in;
      continue;
    }
    out.insert(out.end(), file.begin() + static_cast<std::ptrdiff_t>(done),
               file.begin() + static_cast<std::ptrdiff_t>(begin));
    done = end;
  }
  out.insert(out.end(), file.begin() + static_cast<std::ptrdiff_t>(done), file.end());
  return out;
}

void strip_file(const StripRun& run, const TextTree& tree, const TextFile& file, const ManifestItem& item,
                StripOutcome& outcome) {
  const Bytes released = read_file(tree.path(file), true);
  const Bytes text = file.packing == Packing::none ? released : unpacked(released, item.id);
  if (output_digest(released) != item.output) {
    if (run.edited == nullptr) {
      throw Error(Code::text_changed, "was edited after its release; its sentences were not taken out",
                  "--edited takes out those that are found by the key");
    }
    const Bytes out = file.format == nullptr ? text : without_sentences(run, file.id, text, outcome);
    write_file(tree.output(run.output, file), packed(out, file.packing));
    ++outcome.edited;
    return;
  }
  const Bytes original = unsplice(text, item.insertions);
  if (!run.plan.items[item.n].input || input_digest(original, run.names) != *run.plan.items[item.n].input) {
    throw Error(Code::record_altered, item.id + ": without its sentences the text is not the one that was marked");
  }
  write_file(tree.output(run.output, file), packed(original, file.packing));
  ++outcome.restored;
}

}  // namespace

StripOutcome strip_corpus(const StripRun& run) {
  StripOutcome outcome;
  const TextTree tree = scan_texts(run.release);
  for (const ManifestItem& item : run.items) {
    if (run.stop) {
      outcome.interrupted = true;
      break;
    }
    if (item.output_id.empty()) continue;  // refused or withdrawn
    try {
      const std::size_t at = tree.files.size() == 1 && run.items.size() == 1 ? 0 : tree.find(item.output_id);
      if (at == tree.files.size()) throw Error(Code::item_unreadable, "is no longer there");
      strip_file(run, tree, tree.files[at], item, outcome);
    } catch (const Error& error) {
      if (error.kind() != Kind::item) throw;
      ++outcome.refused;
      run.report.refused(item.id, error);
    }
    run.report.progress("restoring", outcome.restored + outcome.edited + outcome.refused, run.items.size(), 0);
  }
  return outcome;
}

StripOutcome strip_edited_file(const StripRun& run) {
  StripOutcome outcome;
  const TextTree tree = scan_texts(run.release);
  if (tree.files.size() != 1)
    throw Error(Code::usage, run.release.string() + ": not one file", "name the stream's file");
  const TextFile& file = tree.files.front();
  const Bytes out = without_sentences(run, file.id, tree.read(file), outcome);
  write_file(run.output, packed(out, packing_for(run.output.string())));
  ++outcome.edited;
  return outcome;
}

}  // namespace wardmark
