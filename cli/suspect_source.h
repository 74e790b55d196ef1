#pragma once
#include <string>
#include <vector>

namespace wardmark {

/// The words of the command that speaks for a suspect: `exec:PROGRAM`, or a model of wardmark's own, for which
/// wardmark-nn does. Error(input_missing), (usage) for other files, (engine_missing).
std::vector<std::string> suspect_command(const std::string& suspect, const std::string& device, unsigned jobs);

/// What stands for the suspect in the list of tests: a digest of the weights themselves, or of the command.
std::string suspect_identity(const std::string& suspect);

/// Lines of a file of class names, without line ends; none where no file is named.
std::vector<std::string> label_lines(const std::string& file);

}  // namespace wardmark
