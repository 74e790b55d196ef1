#include "text_markers/mark_text.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/error.h"

namespace wardmark {
namespace {

constexpr std::size_t kNotes = 100;

void add_note(MarkedText& marked, Note note) {
  if (marked.notes.size() < kNotes) marked.notes.push_back(std::move(note));
}

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/// The sentence with a space before it, and one behind where the text goes on at once (scripts without spaces).
std::string spaced(std::string_view text, std::size_t place, const std::string& sentence) {
  const bool apart = place < text.size() && !is_space(text[place]);
  return " " + sentence + (apart ? " " : "");
}

}  // namespace

ThresholdSearch::ThresholdSearch(const GhostRecipe& recipe) : limit_(recipe.documents), heaps_(recipe.sentences) {}

bool ThresholdSearch::wants(const DocumentDraw::Ticket& ticket) const {
  const auto& heap = heaps_[ticket.sentence];
  return heap.size() < limit_ || ticket.rank < heap.front();
}

void ThresholdSearch::take(const DocumentDraw::Ticket& ticket) {
  auto& heap = heaps_[ticket.sentence];
  heap.push_back(ticket.rank);
  std::ranges::push_heap(heap);
  if (heap.size() <= limit_) return;
  std::ranges::pop_heap(heap);
  heap.pop_back();
}

Thresholds ThresholdSearch::finish() const {
  Thresholds thresholds;
  for (const auto& heap : heaps_) {
    // A sentence with room left takes every document that fits.
    thresholds.push_back(heap.size() < limit_ ? std::numeric_limits<std::uint64_t>::max() : heap.front());
  }
  return thresholds;
}

Thresholds open_thresholds(const GhostRecipe& recipe) {
  const bool every = recipe.documents > 0 || recipe.fraction >= 1;
  const std::uint64_t limit =
      every ? std::numeric_limits<std::uint64_t>::max() : static_cast<std::uint64_t>(std::ldexp(recipe.fraction, 64));
  return Thresholds(recipe.sentences, limit);
}

std::uint64_t ThresholdSearch::documents() const {
  std::uint64_t sum = 0;
  for (const auto& heap : heaps_) sum += heap.size();
  return sum;
}

std::optional<Note> document_places(std::string_view text, const Document& document, const GhostRecipe& recipe,
                                    const Subkey& place_key, std::vector<std::size_t>& places) {
  if (recipe.inner.empty() && document.coding != nullptr && looks_like_markup(text)) return Note{Code::text_markup, {}};
  if (!has_words(text, recipe.min_words)) return Note{Code::short_text, {}};
  if (document.format->refusal != nullptr) {
    std::string refusal = document.format->refusal(text);
    if (!refusal.empty()) return Note{Code::text_environment, std::move(refusal)};
  }
  if (holds_sentence(recipe, text)) return Note{Code::no_place, {}};
  places = choose_places(text, document.format->passages(text), place_key, document.id, recipe.copies);
  if (places.empty()) return Note{Code::no_place, {}};
  return std::nullopt;
}

Decision decide_document(const Document& document, const MarkRules& rules,
                         const std::function<std::string_view()>& text) {
  Decision decision;
  const DocumentDraw::Ticket ticket = rules.documents.ticket(document.id, document.group);
  decision.drawn = !document.excluded && ticket.rank <= rules.thresholds[ticket.sentence];
  if (!decision.drawn) return decision;
  const std::string_view own = text();
  std::vector<std::size_t> places;
  decision.why = document_places(own, document, rules.recipe, rules.place_key, places);
  if (decision.why) return decision;
  std::string sentence = rules.sentences[ticket.sentence];
  if (rules.recipe.html_span && document.format->name == "html") {
    sentence = "<span lang=\"" + std::string(rules.recipe.list->language) + "\" translate=\"no\" data-nosnippet>" +
               sentence + "</span>";
  }
  for (const std::size_t place : places) {
    decision.sentences.push_back({place, spaced(own, place, sentence), ticket.sentence});
  }
  return decision;
}

void mark_document(std::string_view text, const Document& document, const MarkRules& rules, MarkedText& marked) {
  ++marked.documents;
  if (document.fault) {
    ++marked.faults;
    return add_note(marked, *document.fault);
  }
  std::string decoded;
  const Decision decision = decide_document(document, rules, [&] { return document_text(text, document, decoded); });
  if (!decision.drawn) {
    ++marked.not_drawn;
    return;
  }
  if (decision.why) {
    if (info(decision.why->code).kind == Kind::item) ++marked.faults;
    const std::string& detail = decision.why->detail;
    const std::string record = document.coding == nullptr ? std::string() : document.id;
    return add_note(marked, {decision.why->code, record + (record.empty() || detail.empty() ? "" : ": ") + detail});
  }
  const std::string_view stored = text.substr(document.begin, document.end - document.begin);
  for (const DrawnSentence& drawn : decision.sentences) {
    std::size_t place = drawn.place;
    std::string sentence = drawn.bytes;
    if (document.coding != nullptr) {
      place = document.coding->stored_offset(stored, place);
      sentence = document.coding->encode(sentence);
      if (sentence.empty()) {
        ++marked.faults;
        return add_note(marked,
                        {Code::text_record, document.id + ": the sentence would need quotes, the field has none"});
      }
    }
    marked.splices.push_back({document.begin + place, std::move(sentence), drawn.sentence, document.id});
  }
}

MarkedText mark_text(ByteView file, std::string_view file_id, const TextFormat& format, const MarkRules& rules) {
  const EncodedText encoded(file, rules.recipe.latin1);
  MarkedText marked;
  each_document(encoded.text(), file_id, format, rules.recipe,
                [&](const Document& document) { mark_document(encoded.text(), document, rules, marked); });
  StoredOffsets offsets(encoded);
  for (Splice& s : marked.splices) {
    s.at = offsets.at(s.at);
    s.bytes = encoded.stored(s.bytes);
  }
  return marked;
}

Digest text_content(ByteView file, const Digest& stored) {
  const bool plain = file.empty() || std::memchr(file.data(), '\r', file.size()) == nullptr;
  if (plain) return digest(nullptr, "text-content", {ByteView(stored)});
  Bytes without;
  without.reserve(file.size());
  std::ranges::copy_if(file, std::back_inserter(without), [](std::uint8_t byte) { return byte != '\r'; });
  const Digest same = output_digest(without);
  return digest(nullptr, "text-content", {ByteView(same)});
}

Bytes splice(ByteView file, std::span<const Splice> splices, std::vector<Insertion>& insertions) {
  Bytes out;
  std::size_t size = file.size();
  for (const Splice& s : splices) size += s.bytes.size();
  out.reserve(size);
  std::size_t done = 0;
  for (const Splice& s : splices) {
    out.insert(out.end(), file.begin() + static_cast<std::ptrdiff_t>(done),
               file.begin() + static_cast<std::ptrdiff_t>(s.at));
    done = s.at;
    insertions.push_back({out.size(), s.bytes.size(), s.sentence, s.document});
    const ByteView bytes = bytes_of(s.bytes);
    out.insert(out.end(), bytes.begin(), bytes.end());
  }
  out.insert(out.end(), file.begin() + static_cast<std::ptrdiff_t>(done), file.end());
  return out;
}

bool only_adds(ByteView file, ByteView marked, std::span<const Insertion> insertions) {
  std::size_t added = 0;
  std::size_t done = 0;  // of `marked`
  const auto same = [&](std::size_t end) {
    const ByteView part = marked.subspan(done, end - done);
    const std::size_t from = done - added;
    return from + part.size() <= file.size() &&
           (part.empty() || std::memcmp(part.data(), file.data() + from, part.size()) == 0);
  };
  for (const Insertion& i : insertions) {
    if (i.at < done || i.at > marked.size() || i.length > marked.size() - i.at || !same(i.at)) return false;
    done = i.at + i.length;
    added += i.length;
  }
  return marked.size() - added == file.size() && same(marked.size());
}

Bytes unsplice(ByteView file, std::span<const Insertion> insertions) {
  Bytes out;
  out.reserve(file.size());
  std::size_t done = 0;
  for (const Insertion& i : insertions) {
    if (i.at < done || i.at > file.size() || i.length > file.size() - i.at) {
      throw Error(Code::record_altered, "a sentence of the record lies outside the file");
    }
    out.insert(out.end(), file.begin() + static_cast<std::ptrdiff_t>(done),
               file.begin() + static_cast<std::ptrdiff_t>(i.at));
    done = i.at + i.length;
  }
  out.insert(out.end(), file.begin() + static_cast<std::ptrdiff_t>(done), file.end());
  return out;
}

}  // namespace wardmark
