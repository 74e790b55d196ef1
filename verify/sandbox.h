#pragma once
#include <filesystem>
#include <vector>

namespace wardmark {

/// What a process gave up.
struct Confinement {
  bool files = false;     ///< it opens no file but those it was left
  bool syscalls = false;  ///< it starts no program, opens no connection and looks into no other process
};

/// Gives up, for this process and for good, everything that answering questions about pictures does not need: files may
/// be read below `readable` and where the system's libraries lie, and none may be written, made or removed (Landlock);
/// no program is started, no socket opened, no other process looked into (seccomp). Files that are open stay so. What
/// the kernel cannot enforce is said in the result. For a process whose other threads have not been started by hostile
/// code; call it before a foreign model is parsed. `devices`: /dev may be used, for a GPU.
Confinement confine(const std::vector<std::filesystem::path>& readable, bool devices);

/// The version of Landlock this kernel has, from 1; 0: none, so files cannot be kept from a suspect.
int landlock_version();

}  // namespace wardmark
