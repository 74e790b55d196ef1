#pragma once
#include <span>
#include <string>

namespace CLI {
class App;
}

namespace wardmark {

/// What was probably meant by the first word of a command line that `app` does not know: "did you mean --output?", or
/// for a command "did you mean verify release?". Empty where every word is known or none is near. `words` are those
/// after the program's name. Pure.
std::string suggestion(const CLI::App& app, std::span<const char* const> words);

}  // namespace wardmark
