#pragma once
#include <optional>
#include <string>
#include <vector>

namespace wardmark {

/// What a program that was run to its end gave.
struct ChildRun {
  int status = 0;    ///< exit status; 128 + the signal that ended it
  std::string text;  ///< its outputs, at most a megabyte
};

/// Which outputs of a child are read; the other is thrown away.
enum class ChildOutput { both, standard };

/// Runs `words`, the program first (found in the usual places, or by its path), with an empty standard input, the C
/// locale and nothing else in its environment, and waits for it. Absent where it cannot be started; `errno` says why.
/// Error(out_of_memory) without a pipe.
std::optional<ChildRun> run_child(std::vector<std::string> words, ChildOutput wanted);

}  // namespace wardmark
