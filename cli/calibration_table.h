#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/console.h"
#include "io/atomic_file.h"

namespace wardmark {

/// A procedure that innocent models are tested by: the right one, or one that was made wrong on purpose.
struct CalibrationColumn {
  std::string name;
  bool fault = false;
};

/// One trial: which model, and p by procedure.
struct CalibrationRow {
  std::string suspect;
  std::uint64_t trial = 0;
  std::vector<double> p;
};

/// The trials of a calibration, kept in a table of tab-separated values so that a run that was stopped goes on. The
/// first column of p is the test as it is.
class CalibrationTable {
 public:
  /// `file` empty: nothing is kept. Error(record_format) for a file that is no such table.
  CalibrationTable(std::vector<CalibrationColumn> columns, const std::string& file);
  bool has(const std::string& suspect, std::uint64_t trial) const;
  /// Durable before it returns.
  void add(CalibrationRow row);
  /// Prints the figures; whether the test holds and every fault is found out.
  bool report(Console& console) const;

 private:
  std::string heading() const;
  void read(const std::string& file);
  std::vector<double> column(std::size_t k, const std::string& suspect = {}) const;
  std::vector<CalibrationColumn> columns_;
  std::vector<CalibrationRow> rows_;
  std::optional<AppendFile> file_;
};

}  // namespace wardmark
