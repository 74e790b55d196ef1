#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "cli/text_judgement.h"
#include "verify/suspect_log.h"

namespace wardmark {

/// Who is shown sentences of a release by a test.
struct Exposure {
  TestIntent intent;
  std::string suspect;   ///< digest of the suspect alone
  std::string provider;  ///< who could learn from what it is asked; empty: nobody
};

/// The host of an address; empty for anything else.
std::string provider_of(const std::string& suspect);

/// Error(exposed) where earlier tests showed this provider something that rules a test out: whole sentences, before
/// last words are asked for; the beginnings of the released ones alone, or sets of another size, before ranks are
/// taken.
void check_exposure(const Exposure& exposure, const TextChoice& choice, const std::vector<SentNote>& sent);

/// By test of choice.last: guesses a sentence that earlier runs allowed this suspect.
std::vector<std::uint32_t> earlier_guesses(const Exposure& exposure, const TextChoice& choice,
                                           const std::vector<SentNote>& sent);

/// Writes down what is about to be shown.
void note_exposure(const Exposure& exposure, const TextChoice& choice, const TextAsked& asked, SuspectLog& log);

}  // namespace wardmark
