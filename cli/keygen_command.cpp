#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/key_options.h"
#include "core/secret.h"

namespace wardmark {
namespace {

struct KeygenArgs {
  std::string output;
  std::string derive;
  KeyOptions master;
};

/// A new file of mode 0600, synced; an existing one is never touched, a failed one leaves nothing behind.
void write_new_key(const std::string& path, const std::string& text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) {
    if (errno == EEXIST || errno == ELOOP) {
      throw Error(Code::key_exists, path + ": exists, and a key is never overwritten", "choose another name");
    }
    throw Error(Code::write_failed, path + ": cannot be created: " + std::strerror(errno));
  }
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  const int reason = errno;
  ::close(fd);
  if (written) return;
  ::unlink(path.c_str());
  throw Error(reason == ENOSPC ? Code::disk_full : Code::write_failed,
              path + ": cannot be written: " + std::strerror(reason));
}

ExitStatus keygen(const KeygenArgs& args, Console& console) {
  const bool derives = !args.derive.empty();
  if (!derives && has_key(args.master)) {
    throw Error(Code::usage, "-k names a key to derive from, but no --derive NAME was given");
  }
  const OwnerKey key = derives ? load_key(args.master, console).derive(args.derive) : OwnerKey::generate();
  std::optional<std::string> passphrase;
  if (!derives && args.master.passphrase_fd >= 0) passphrase = read_passphrase(args.master.passphrase_fd);
  std::string text = key.format(passphrase);
  if (args.output == "-") {
    console.result(text);
    console.say("key " + key.public_id());
  } else {
    write_new_key(args.output, text);
    if (console.style().json) {
      console.result(
          nlohmann::json{{"schema", "wardmark.keygen/1"}, {"key", key.public_id()}, {"file", args.output}}.dump() +
          "\n");
    } else {
      console.result(key.public_id() + "  " + args.output + "\n");
    }
  }
  wipe(text);
  console.say(
      "keep this key and a copy of it: without it no release can be verified; whoever has it can find your marks");
  console.say("keep later too: the records, the originals, and the lists of releases and tests beside the key");
  return ExitStatus::ok;
}

}  // namespace

void declare_keygen(CLI::App& app, Action& action) {
  auto args = std::make_shared<KeygenArgs>();
  app.add_option("-o,--output", args->output, "new key file, mode 0600; - is stdout")->required()->type_name("FILE");
  app.add_option("--derive", args->derive,
                 "derive the key of this release name from -k, so that the master stays offline")
      ->type_name("NAME");
  add_key_options(app, args->master);
  action = [args](Console& console) { return keygen(*args, console); };
}

}  // namespace wardmark
