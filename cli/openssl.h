#pragma once
#include <string>
#include <vector>

namespace wardmark {

/// What a run of Debian's `openssl` gave.
struct OpensslRun {
  int status = 0;    ///< exit status; 128 + the signal that ended it
  std::string text;  ///< both of its outputs, at most a megabyte
  /// The last line of the text that says something.
  std::string reason() const;
};

/// Runs `openssl WORDS...` with an empty standard input, in the C locale, and waits for it.
/// Error(time_stamp) when it is not installed.
OpensslRun openssl(const std::vector<std::string>& words);

}  // namespace wardmark
