#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "verify/text_journal.h"
#include "verify/text_suspect.h"

namespace wardmark {

/// What `verify text` hands to `verify query` through a pipe: whom to ask what, in order. Nothing in it says which
/// member of a set was released. It holds sentences, so it is never written to a file.
struct TextJob {
  std::vector<std::string> suspect;  ///< words of its command
  SuspectLimits limits;
  TextQuestions questions;  ///< none: it is only probed
  std::size_t batch = 16;
  std::string journal;  ///< file to write
  std::string result;   ///< of a probe: file to write
};

/// True of the text of such a job.
bool is_text_job(std::string_view text);
std::string format_text_job(const TextJob& job);
/// Error(usage) for anything else.
TextJob parse_text_job(std::string_view text);

/// What a probe found.
struct TextProbe {
  TextHello hello;
  TextAbility ability;
};
std::string format_text_probe(const TextProbe& probe);
/// Error(record_format).
TextProbe parse_text_probe(std::string_view text);

}  // namespace wardmark
