#include "cli/ledger.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/seal.h"
#include "io/atomic_file.h"
#include "io/item_id.h"

namespace wardmark {
namespace {

using nlohmann::json;
constexpr std::string_view kSchema = "wardmark.ledger/1";
constexpr auto kPurpose = "ledger";

std::vector<std::uint64_t> sorted_traces(const Plan& plan) {
  std::vector<std::uint64_t> traces;
  for (const PlanItem& item : plan.items) {
    if (item.trace != 0) traces.push_back(item.trace);
  }
  std::ranges::sort(traces);
  return traces;
}

std::string traces_text(const std::vector<std::uint64_t>& traces) {
  Bytes bytes;
  bytes.reserve(traces.size() * 8);
  for (const std::uint64_t trace : traces) {
    for (unsigned i = 0; i < 8; ++i) bytes.push_back(static_cast<std::uint8_t>(trace >> (8 * i)));
  }
  return to_base64(bytes);
}

std::vector<std::uint64_t> traces_of(const std::string& text) {
  const Bytes bytes = from_base64(text);
  std::vector<std::uint64_t> traces(bytes.size() / 8);
  for (std::size_t i = 0; i < traces.size() * 8; ++i) traces[i / 8] |= std::uint64_t{bytes[i]} << (8 * (i % 8));
  return traces;
}

std::size_t shared(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b) {
  std::vector<std::uint64_t> both;
  std::ranges::set_intersection(a, b, std::back_inserter(both));
  return both.size();
}

/// Appends in one write, behind a line end where the last line is torn. False where the place takes no files at all: a
/// key on a read-only drive, of another user, or in /dev/fd.
bool append(const std::filesystem::path& path, std::string text) {
  const auto fail = [&] {
    const Code code = errno == ENOSPC ? Code::disk_full : Code::write_failed;
    throw Error(code, shown(path) + ": cannot be written: " + std::strerror(errno));
  };
  const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 && (errno == EROFS || errno == EACCES || errno == EPERM || errno == ENOENT)) return false;
  if (fd < 0) fail();
  char last = '\n';
  const off_t size = ::lseek(fd, 0, SEEK_END);
  const int reader = size > 0 ? ::open(path.c_str(), O_RDONLY | O_CLOEXEC) : -1;
  if (reader >= 0) {
    if (::pread(reader, &last, 1, size - 1) != 1) last = '\n';
    ::close(reader);
  }
  if (last != '\n') text.insert(0, "\n");
  const bool whole = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  ::close(fd);
  if (!whole) fail();
  return true;
}

}  // namespace

Ledger::Ledger(std::filesystem::path path, const OwnerKey& key)
    : path_(std::move(path)), key_(key.ledger_key()), owner_(key.public_id()) {}

std::optional<Ledger> Ledger::of(const KeyOptions& options, const OwnerKey& key, Console& console) {
  if (options.file.empty() || options.file == "-" || options.key_fd >= 0) return std::nullopt;
  if (!std::filesystem::is_regular_file(options.file)) return std::nullopt;  // a pipe: nothing lies beside it
  Ledger ledger(options.file + ".ledger", key);
  if (!std::filesystem::exists(ledger.path_)) return ledger;
  const Bytes bytes = read_file(ledger.path_);
  std::string_view text = text_of(ByteView(bytes));
  bool known = false;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const json row = json::parse(text.substr(0, end), nullptr, false);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (!row.is_object()) continue;  // torn by a killed run
    if (row.contains("schema")) {
      if (row["schema"] != kSchema) {
        throw Error(Code::record_format,
                    shown(ledger.path_) + ": is of a version this program does not know: " + row["schema"].dump(),
                    "use a newer wardmark");
      }
      known = row.value("key", std::string()) == ledger.owner_;
      if (!known) {
        console.warn(shown(ledger.path_) + ": is the ledger of another key, and is left alone");
        return std::nullopt;
      }
      continue;
    }
    const auto opened = known ? unseal(ledger.key_, kPurpose, row.value("s", std::string())) : std::nullopt;
    const json entry = opened ? json::parse(*opened, nullptr, false) : json();
    if (!entry.is_object()) {
      console.warn(shown(ledger.path_) + ": a line does not open, and is passed over");
      continue;
    }
    ledger.entries_.push_back({entry.at("release").get<std::string>(), entry.at("name").get<std::string>(),
                               entry.at("commitment_1").get<std::string>(), entry.at("batch").get<std::uint32_t>(),
                               traces_of(entry.at("items").get<std::string>())});
  }
  return ledger;
}

void Ledger::check(const Plan& plan, std::uint32_t batch, bool named, Console& console) const {
  const std::string id = to_hex(ByteView(plan.id));
  const std::vector<std::uint64_t> traces = sorted_traces(plan);
  std::map<std::string, std::pair<std::string, std::size_t>> others;  // by id: name, items
  for (const Entry& entry : entries_) {
    const bool same = entry.release == id;
    const bool other_content = same && batch == 0 && entry.batch == 0 && entry.commitment != to_hex(plan.commitment_1);
    if (other_content || (!same && named && entry.name == plan.release_name)) {
      throw Error(Code::release_used,
                  "release '" + printable(plan.release_name) + "' stands in " + shown(path_) + " for other content",
                  "choose another --release NAME; to add items to that release: protect --extend");
    }
    if (same) continue;
    auto& [name, items] = others[entry.release];
    name = entry.name;
    items += shared(traces, entry.traces);
  }
  for (const auto& [release, other] : others) {
    if (other.second == 0) continue;
    console.warn(counted(other.second, "item") + " of this release " + (other.second == 1 ? "is" : "are") +
                 " in release '" + printable(other.first) + "' (" + release.substr(0, 12) +
                 ") too: whoever has both copies can average their marks away");
  }
}

void Ledger::add(const Plan& plan, std::uint32_t batch, Console& console) const {
  const std::string id = to_hex(ByteView(plan.id)), commitment = to_hex(plan.commitment_1);
  const bool there = std::ranges::any_of(
      entries_, [&](const Entry& entry) { return entry.release == id && entry.commitment == commitment; });
  if (there) return;
  std::string text;
  std::error_code none;
  if (!std::filesystem::exists(path_, none)) text = json{{"schema", kSchema}, {"key", owner_}}.dump() + "\n";
  const json entry{{"release", id},
                   {"name", plan.release_name},
                   {"commitment_1", commitment},
                   {"batch", batch},
                   {"items", traces_text(sorted_traces(plan))}};
  if (!append(path_, text + json{{"s", seal(key_, kPurpose, entry.dump())}}.dump() + "\n")) {
    console.warn(shown(path_) + ": cannot be written here, so nobody will be told when release '" +
                 printable(plan.release_name) + "' comes again with other content");
  }
}

}  // namespace wardmark
