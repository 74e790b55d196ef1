#pragma once
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/key_options.h"
#include "cli/language_training.h"
#include "cli/study_folder.h"
#include "cli/text_judgement.h"
#include "cli/text_options.h"

namespace wardmark {

/// What `evaluate text` was told.
struct EvaluateTextArgs {
  std::string corpus, record, clean, field, state;
  KeyOptions key;
  LanguageArgs language;
  TextTestArgs test;
  std::vector<std::uint32_t> repetitions;  ///< documents a sentence; empty: a quarter, half and all of the release's
  bool keep_models = false, resume = false, overwrite = false;
};

/// One model of a study: trained on the release with each sentence in so many of its documents, or on none.
struct TextArm {
  std::uint32_t documents = 0;  ///< 0: the twin
  std::uint64_t tokens = 0, parameters = 0;
  std::vector<double> losses;  ///< nats a token, by epoch
  double seconds = 0;          ///< of training
  TextAnswers last, rank;
};

/// A study of a release of marked texts, opened; nothing is trained yet.
struct TextStudy {
  std::filesystem::path corpus;
  OpenRecord record;
  ReleaseKeys keys;
  Draw draw;
  GhostRecipe recipe;
  TextChoice choice;
  std::uint32_t most = 0;           ///< documents that the most frequent sentence stands in
  std::vector<std::uint32_t> arms;  ///< falling, the twin last
  std::string identity;
};

/// Error(no_test), (usage) for a number of documents that the release does not have, (test_set) where clean texts hold
/// sentences of the release's make; errors of the record.
TextStudy open_text_study(const EvaluateTextArgs& args, Console& console);

/// What the model of an arm is asked: the same as by `verify text`, in documents that it was trained on.
TextAsked asked_of(const TextStudy& study, const EvaluateTextArgs& args, std::uint32_t documents, Report& report);

/// The finished arms of the folder, then the missing ones, each trained, asked and written as soon as it is done.
/// Fewer than all where `stop` was set.
std::vector<TextArm> run_text_study(const EvaluateTextArgs& args, const TextStudy& study, const StudyFolder& folder,
                                    const Compute& compute, const std::atomic<bool>& stop, Console& console);

/// The verdict about the model of an arm, as of a first suspect: `verify text` would say the same.
TextVerdict arm_verdict(const TextStudy& study, const TextAsked& asked, const TextArm& arm);

/// Files of arms in a folder, for StudyFolder::open().
std::vector<std::string> arm_files(const std::filesystem::path& folder);

std::string text_study_text(const EvaluateTextArgs& args, const TextStudy& study, const std::vector<TextArm>& arms,
                            const std::vector<TextVerdict>& verdicts, const std::string& compute);
std::string text_study_json(const EvaluateTextArgs& args, const TextStudy& study, const std::vector<TextArm>& arms,
                            const std::vector<TextVerdict>& verdicts, const std::string& compute);

}  // namespace wardmark
