#pragma once
#include <string>
#include <vector>

#include "cli/training_options.h"
#include "evaluate/grid.h"
#include "evaluate/material.h"
#include "evaluate/near_duplicates.h"
#include "evaluate/summary.h"

namespace wardmark {

/// `wardmark evaluate` as typed.
struct EvaluateArgs {
  TrainingArgs training;
  ReleasedArgs released;  ///< of `train`
  std::string train, clean, test, validation;
  std::string networks = "resnet18";
  double width = 0.25;
  int epochs = 12;
  int repeats = 1;
  std::string breakers = "quick";
  std::string shares;
  bool clean_breakers = false;
  bool probe = false;
  bool meter = false;
  std::string target_labels;
  double budget_minutes = 30;
  std::size_t items = 0;
  std::string state;
  std::string save_models;
  std::string report;
  bool resume = false;
  bool overwrite = false;
};

/// A study ready to run.
struct Study {
  Question question;
  Material material;
  std::string identity;  ///< of data and question: what a state folder belongs to
  std::vector<std::string> warnings;
};

/// What is asked, checked. Error(parameter) or (usage) for networks, breakers and shares that are not there.
Question question_of(const EvaluateArgs& args);
/// Reads all sets, brings classes together, pairs originals with protected items by id, sets validation pictures apart
/// and counts test pictures that are in the training data too.
Study open_study(const EvaluateArgs& args, Console& console);

/// `--meter`: what a kernel on fixed features says of the sets, without training; result on stdout.
void report_meter(const Study& study, const Compute& compute, Console& console);

/// What became of a study, beside its summary.
struct StudyOutcome {
  std::vector<CellResult> results;
  std::vector<Cell> left_out;
  double seconds = 0;  ///< of this run
  std::string compute;
};

/// Result on stdout (text or JSON) and, with --report, the page.
void report_study(const EvaluateArgs& args, const Study& study, const StudyOutcome& outcome, Console& console);

}  // namespace wardmark
