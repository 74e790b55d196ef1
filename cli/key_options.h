#pragma once
#include <optional>
#include <string>

#include "cli/console.h"
#include "core/owner_key.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace wardmark {

/// Where the owner's key comes from; never argv or the environment.
struct KeyOptions {
  std::string file;  ///< path, or "-" for stdin
  int key_fd = -1;
  int passphrase_fd = -1;
};

/// `-k/--key`, `--key-fd`, `--passphrase-fd`.
void add_key_options(CLI::App& app, KeyOptions& options);
bool has_key(const KeyOptions& options);
/// Reads the key; warns when others may read its file. Error(key_format) and the like name the file; (usage) when none
/// was given.
OwnerKey load_key(const KeyOptions& options, Console& console);
/// First line of a descriptor, without its line end.
std::string read_passphrase(int fd);

}  // namespace wardmark
