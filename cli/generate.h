#pragma once
#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace wardmark {

/// The man page (troff) or a bash or zsh completion script, made from the declared command line.
std::string generate(const CLI::App& app, std::string_view kind);

}  // namespace wardmark
