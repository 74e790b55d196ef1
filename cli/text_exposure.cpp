#include "cli/text_exposure.h"

#include <algorithm>

#include "cli/suspect_source.h"
#include "core/error.h"

namespace wardmark {

std::string provider_of(const std::string& suspect) {
  if (!is_address(suspect)) return {};
  std::string host = suspect.substr(suspect.find("://") + 3);
  host.resize(std::min(host.size(), host.find_first_of("/?#")));
  if (const std::size_t at = host.rfind('@'); at != std::string::npos) host.erase(0, at + 1);
  return host;
}

void check_exposure(const Exposure& exposure, const TextChoice& choice, const std::vector<SentNote>& sent) {
  if (exposure.provider.empty()) return;
  const auto refuse = [&](const std::string& what, const std::string& hint) {
    throw Error(Code::exposed, exposure.provider + ": " + what, hint);
  };
  for (const SentNote& note : sent) {
    if (note.provider != exposure.provider || note.identity == exposure.intent.identity) continue;
    if (!choice.last.empty() && note.last == 0) {
      refuse("was sent whole sentences of this release by an earlier test, so completing them proves nothing",
             "--test rank still can be made, or mark a new release");
    }
    // Beginnings without the last word show the one before it, which a test of the last two words asks for.
    if (note.last > 0 && std::ranges::any_of(choice.last, [&](std::uint32_t k) { return k > note.last; })) {
      refuse("was sent beginnings without the last " + std::to_string(note.last) +
                 " by an earlier test, which show words that this one asks for",
             "--last " + std::to_string(note.last) + " or fewer");
    }
    if (choice.rank && note.last == 0 && note.members != choice.siblings + 1) {
      refuse("was sent sets of " + std::to_string(note.members) +
                 " sentences by an earlier test; sets of another size "
                 "would mix known and fresh ones",
             "-B " + std::to_string(note.members - 1));
    }
    if (choice.rank && note.last > 0 && note.suspect != exposure.suspect) {
      refuse("was sent beginnings of the released sentences alone by the test of another model",
             "--test last-k still can be made, or mark a new release");
    }
  }
}

std::vector<std::uint32_t> earlier_guesses(const Exposure& exposure, const TextChoice& choice,
                                           const std::vector<SentNote>& sent) {
  std::vector<std::uint32_t> earlier(choice.last.size(), 0);
  for (const SentNote& note : sent) {
    if (note.identity == exposure.intent.identity) break;  // what came after this test was begun does not count
    if (note.suspect != exposure.suspect) continue;
    for (std::size_t n = 0; n < choice.last.size(); ++n) earlier[n] += note.last == choice.last[n] ? note.prompts : 0;
  }
  return earlier;
}

void note_exposure(const Exposure& exposure, const TextChoice& choice, const TextAsked& asked, SuspectLog& log) {
  SentNote note{exposure.intent.release, exposure.intent.identity, exposure.suspect, exposure.provider, 0, 0, 0};
  for (const std::uint32_t k : choice.last) {
    note.last = k;
    note.prompts = prompts_each(asked.last, k);
    log.note(note);
  }
  if (!choice.rank) return;
  note.last = note.prompts = 0;
  note.members = choice.siblings + 1;
  log.note(note);
}

}  // namespace wardmark
