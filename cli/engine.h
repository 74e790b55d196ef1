#pragma once
#include <filesystem>
#include <optional>
#include <string>

namespace wardmark {

/// Where a program of wardmark's is installed: beside this one, or in ../libexec/wardmark. Absent: not installed.
std::optional<std::filesystem::path> find_program(const std::string& name);
/// The same of wardmark-nn.
std::optional<std::filesystem::path> find_engine();

/// Becomes wardmark-nn with the same arguments; returns only by throwing Error(engine_missing), which names the
/// package.
[[noreturn]] void become_engine(int argc, const char* const* argv);
/// The same with the arguments this process was started with.
[[noreturn]] void become_engine();

}  // namespace wardmark
