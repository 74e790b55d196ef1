#pragma once
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "cli/time_stamp.h"
#include "core/plan.h"
#include "verify/shortcut_test.h"
#include "verify/suspect.h"
#include "verify/suspect_log.h"
#include "verify/twin_test.h"

namespace wardmark {

/// A test as the list of tests has it.
struct LoggedTest {
  TestIntent intent;
  std::uint32_t number = 1;
};

/// What every verdict states, whatever was tested.
struct TestFacts {
  std::string release, suspect;
  std::string method;
  Access access = Access::labels;
  std::uint64_t queries = 0, pictures = 0;
  double level = 0;
  std::uint32_t number = 1, tests = 1;  ///< of this test, and as many as the plan pays for
  Grade grade = Grade::C;
  std::vector<TimeStamp> stamps;  ///< by time
  bool beacon = false;
  bool exploratory = false;  ///< --exploratory: the exit status goes by the evidence in grade C too
  std::string table;         ///< hash of the answers
  /// Something may be claimed, or it was asked for what was found all the same.
  bool claims() const { return grade != Grade::C || exploratory; }
};

/// All that the verdict of a shortcut test states.
struct Verdict : TestFacts {
  ShortcutResult result;
  std::optional<double> detectable;
  std::uint32_t pool = 0, classes = 0, known = 0;
  bool named = false;  ///< the plan names the test pictures
  bool evidence() const { return result.p <= level; }
};

/// All that the verdict of a test of twins states.
struct TwinVerdict : TestFacts {
  TwinResult result;
  bool evidence() const { return result.p <= level; }
};

/// A number for people, by a printf format.
std::string figure(double value, const char* format = "%.3g");
/// An effect with its unit: "5.2 %", or "0.88 log-odds".
std::string effect_text(Access access, double effect);

/// Who made the draw, and what that is worth.
std::string drawn_by(Grade grade, bool beacon);
/// What vouches for the time, a line a stamp, and what the grade says.
std::string stamp_lines(Grade grade, const std::vector<TimeStamp>& stamps);

/// The first lines of every verdict: what may be claimed, and of whom.
std::string verdict_headline(const TestFacts& facts, bool evidence);
/// The last lines: who drew, what vouches for it, and what p is not. `before` them, what this kind of test takes for
/// granted beside, whole lines.
std::string verdict_ending(const TestFacts& facts, const std::string& before = {});
/// What the JSON of every verdict holds.
nlohmann::json facts_json(const TestFacts& facts, bool evidence);

std::string verdict_text(const Verdict& verdict);
std::string verdict_json(const Verdict& verdict);
std::string verdict_text(const TwinVerdict& verdict);
std::string verdict_json(const TwinVerdict& verdict);

}  // namespace wardmark
