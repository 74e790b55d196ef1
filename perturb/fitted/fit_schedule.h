#pragma once
#include "perturb/fit.h"

namespace wardmark {

/// The numbers of a schedule: how long surrogates are taught and how far pictures are lowered, in turn.
struct FitSchedule {
  int rounds;   ///< at most
  int batches;  ///< of each surrogate, a round
  int batch;    ///< pictures
  double rate;
  bool crop_and_flip;  ///< the surrogates see cropped and mirrored pictures
  int steps;           ///< of each picture, a round
  double step;         ///< in 255ths
  double sure;         ///< share recognised at which it ends
  bool worst_class;    ///< of the worst class, not of all pictures
};

/// `reference`: arXiv 2101.04898, as its code has it.
constexpr FitSchedule schedule_of(Schedule schedule) {
  if (schedule == Schedule::reference) return {30, 10, 512, 0.1, false, 20, 0.8, 0.99, false};
  return {6, 12, 128, 0.05, true, 5, 2.0, 0.99, true};
}

}  // namespace wardmark
