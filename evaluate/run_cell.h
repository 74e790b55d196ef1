#pragma once
#include <functional>
#include <vector>

#include "core/report.h"
#include "evaluate/cell.h"
#include "evaluate/grid.h"
#include "evaluate/material.h"
#include "models/trainer.h"

namespace wardmark {

/// What surrounds the running of a cell.
struct CellControl {
  std::function<void(const Bytes&)> checkpoint;  ///< as TrainControl
  ByteView resume;
  std::function<bool()> stop;
  Report* report = nullptr;
  Codecs codecs;
};

struct CellRun {
  CellResult result;
  std::vector<CellResult> by_products;  ///< of the rows that are read from this cell's run
  Classifier last, best;
  bool stopped = false;  ///< then nothing else is meant
};

/// The recipe of a cell: batches shrink to a 20th of a small set, so that an epoch has steps enough.
Recipe cell_recipe(const Cell& cell, const Question& question, std::size_t train_items);

/// Prepares the data, trains, refits where the breaker does, and classifies the test set; then reads what can be read
/// from the same run. Not for a cell that is another's by-product. Errors: those of train() and of the breaker.
CellRun run_cell(const Cell& cell, const Question& question, const Material& material, const CellControl& control,
                 const Compute& compute);

/// Seconds a picture takes in a step of plain training here, for each network of the question: an epoch of a few
/// pictures after one that is not counted.
Pace measure_pace(const Question& question, const Material& material, const Compute& compute);

}  // namespace wardmark
