#include "cli/key_options.h"

#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>

#include "core/secret.h"
#include "io/atomic_file.h"

namespace wardmark {
namespace {

constexpr std::size_t kMaxKeyBytes = 65536;

/// Everything a descriptor gives, up to a bound.
std::string read_descriptor(int fd, const char* what) {
  std::string text;
  char buffer[4096];
  for (;;) {
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error(Code::read_failed, std::string(what) + ": cannot be read: " + std::strerror(errno));
    if (got == 0) break;
    text.append(buffer, static_cast<std::size_t>(got));
    if (text.size() > kMaxKeyBytes) throw Error(Code::key_format, std::string(what) + ": larger than 64 KiB");
  }
  wipe(buffer);
  return text;
}

void warn_if_open_to_others(const std::string& path, Console& console) {
  struct stat info = {};
  if (::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && (info.st_mode & 0077) != 0) {
    console.warn(path + ": the key file can be read by others; chmod 600 it");
  }
}

}  // namespace

void add_key_options(CLI::App& app, KeyOptions& options) {
  constexpr auto group = "Key";
  app.add_option("-k,--key", options.file, "the owner's key file; - is stdin")->type_name("FILE")->group(group);
  app.add_option("--key-fd", options.key_fd, "read the key from this open descriptor")->type_name("FD")->group(group);
  app.add_option("--passphrase-fd", options.passphrase_fd, "read the key's passphrase from this open descriptor")
      ->type_name("FD")
      ->group(group);
}

bool has_key(const KeyOptions& options) { return !options.file.empty() || options.key_fd >= 0; }

std::string read_passphrase(int fd) {
  std::string text = read_descriptor(fd, "the passphrase");
  text.resize(std::min(text.find('\n'), text.size()));
  if (text.empty()) throw Error(Code::key_passphrase, "the passphrase is empty");
  return text;
}

OwnerKey load_key(const KeyOptions& options, Console& console) {
  if (!has_key(options)) {
    throw Error(Code::usage, "this command needs the owner's key",
                "add -k owner.key; make one with: wardmark keygen -o owner.key");
  }
  std::string name = options.key_fd >= 0 ? "descriptor " + std::to_string(options.key_fd) : options.file;
  std::string text;
  if (options.key_fd >= 0) {
    text = read_descriptor(options.key_fd, "the key");
  } else if (options.file == "-") {
    name = "standard input";
    text = read_descriptor(STDIN_FILENO, "the key");
  } else {
    warn_if_open_to_others(options.file, console);
    text = text_of(read_file(options.file));
  }
  std::optional<std::string> passphrase;
  if (options.passphrase_fd >= 0) passphrase = read_passphrase(options.passphrase_fd);
  try {
    OwnerKey key = OwnerKey::parse(text, passphrase);
    wipe(text);
    if (passphrase) wipe(*passphrase);
    return key;
  } catch (const Error& error) {
    throw Error(error.code(), name + ": " + error.what(), error.hint());
  }
}

}  // namespace wardmark
