#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/key.h"

namespace wardmark {

/// What is about to be tested. Two tests that differ in any of these are two tests.
struct TestIntent {
  std::string release;   ///< hexadecimal id
  std::string suspect;   ///< its name for people: a file's, or the command
  std::string identity;  ///< digest of suspect, pictures, classes, access and statistic
  double level = 0;      ///< at which it will be judged
};

/// What of a release was shown to whom: written before it is sent, so that later tests know.
struct SentNote {
  std::string release;        ///< hexadecimal id
  std::string identity;       ///< of the test
  std::string suspect;        ///< digest of the suspect alone
  std::string provider;       ///< who could learn from what it is asked; empty: nobody
  std::uint32_t last = 0;     ///< beginnings without the last so many words; 0: whole sentences
  std::uint32_t prompts = 0;  ///< of beginnings: prompts a sentence
  std::uint32_t members = 0;  ///< of whole sentences: in each set
  friend bool operator==(const SentNote&, const SentNote&) = default;
};

/// The write-ahead list of all tests of a release, beside the key: which suspects were tested, in which
/// order, with which outcome, so that "we found one" cannot be the best of many that are not told. JSON lines, each
/// with a keyed hash over the line before and its own words (docs/formats.md, "Suspect log").
class SuspectLog {
 public:
  /// Reads and checks it; a missing file is an empty log. Error(log_altered) when a byte differs, a line is missing
  /// within or the key is another.
  SuspectLog(std::filesystem::path file, const Subkey& key);

  /// Number of this test among those of its release, from 1: a new line, durable before it returns, or the line that
  /// has the same identity. Error(log_full) when it would be more than `most`.
  std::uint32_t begin(const TestIntent& intent, std::uint32_t most);
  /// Adds the outcome of a test. A test that has one keeps it; Error(log_altered) when this one differs.
  void conclude(const TestIntent& intent, const std::string& table, double p);
  /// Number that begin() gave this test; 0: it was never begun.
  std::uint32_t number_of(const TestIntent& intent) const;
  /// It ended with this outcome.
  bool concluded(const TestIntent& intent, const std::string& table, double p) const;
  /// Adds a note, durable before it returns, unless the same stands there.
  void note(const SentNote& note);
  std::vector<SentNote> sent(const std::string& release) const;
  /// Tests begun for a release.
  std::uint32_t begun(const std::string& release) const;

 private:
  struct Line {
    std::string text;  ///< JSON without the hash
    std::string hash;
  };
  void add(const std::string& text);

  std::filesystem::path file_;
  Subkey key_;
  std::vector<Line> lines_;
};

}  // namespace wardmark
