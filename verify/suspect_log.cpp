#include "verify/suspect_log.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "io/atomic_file.h"
#include "io/item_id.h"

namespace wardmark {
namespace {

using nlohmann::json;

constexpr auto kSchema = "wardmark.suspect-log/1";

[[noreturn]] void altered(const std::filesystem::path& file, std::size_t line) {
  throw Error(Code::log_altered, shown(file) + ": line " + std::to_string(line) + " is not as it was written",
              "tests count only with the whole log; restore it from a copy");
}

std::string hash_of(const Subkey& key, std::string_view before, std::string_view text) {
  return to_hex(digest(&key, "suspect-log", {bytes_of(before), bytes_of(text)}));
}

bool is(const json& row, const char* kind, const TestIntent& intent) {
  return row.at("kind") == kind && row.at("release") == intent.release && row.at("identity") == intent.identity;
}

}  // namespace

SuspectLog::SuspectLog(std::filesystem::path file, const Subkey& key) : file_(std::move(file)), key_(key) {
  if (!std::filesystem::exists(file_)) return;
  const Bytes bytes = read_file(file_);
  const std::string_view text = text_of(ByteView(bytes));
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    const json row = json::parse(text.substr(at, end == std::string_view::npos ? end : end - at), nullptr, false);
    if (end == std::string_view::npos || !row.is_array() || row.size() != 2 || !row[0].is_string() ||
        !row[1].is_string())
      altered(file_, lines_.size() + 1);
    Line line{row[0].get<std::string>(), row[1].get<std::string>()};
    if (line.hash != hash_of(key_, lines_.empty() ? kSchema : lines_.back().hash, line.text))
      altered(file_, lines_.size() + 1);
    lines_.push_back(std::move(line));
    at = end + 1;
  }
}

void SuspectLog::add(const std::string& text) {
  lines_.push_back({text, hash_of(key_, lines_.empty() ? kSchema : lines_.back().hash, text)});
  std::string whole;
  for (const Line& line : lines_) whole += json{line.text, line.hash}.dump() + "\n";
  write_file(file_, bytes_of(whole), 0600);
}

std::uint32_t SuspectLog::begun(const std::string& release) const {
  std::uint32_t count = 0;
  for (const Line& line : lines_) {
    const json row = json::parse(line.text);
    count += row.at("kind") == "begin" && row.at("release") == release ? 1 : 0;
  }
  return count;
}

std::uint32_t SuspectLog::number_of(const TestIntent& intent) const {
  std::uint32_t number = 0;
  for (const Line& line : lines_) {
    const json row = json::parse(line.text);
    if (row.at("kind") != "begin" || row.at("release") != intent.release) continue;
    ++number;
    if (row.at("identity") == intent.identity) return number;
  }
  return 0;
}

bool SuspectLog::concluded(const TestIntent& intent, const std::string& table, double p) const {
  return std::ranges::any_of(lines_, [&](const Line& line) {
    const json row = json::parse(line.text);
    return is(row, "end", intent) && row.at("table") == table && row.at("p").get<double>() == p;
  });
}

std::vector<SentNote> SuspectLog::sent(const std::string& release) const {
  std::vector<SentNote> notes;
  for (const Line& line : lines_) {
    const json row = json::parse(line.text);
    if (row.at("kind") != "sent" || row.at("release") != release) continue;
    notes.push_back({release, row.at("identity"), row.at("suspect"), row.at("provider"), row.at("last"),
                     row.at("prompts"), row.at("members")});
  }
  return notes;
}

void SuspectLog::note(const SentNote& note) {
  const std::vector<SentNote> before = sent(note.release);
  if (std::ranges::find(before, note) != before.end()) return;
  add(json{{"kind", "sent"},
           {"release", note.release},
           {"identity", note.identity},
           {"suspect", note.suspect},
           {"provider", note.provider},
           {"last", note.last},
           {"prompts", note.prompts},
           {"members", note.members}}
          .dump(-1, ' ', false, json::error_handler_t::replace));
}

std::uint32_t SuspectLog::begin(const TestIntent& intent, std::uint32_t most) {
  if (const std::uint32_t known = number_of(intent)) return known;
  const std::uint32_t number = begun(intent.release);
  if (number >= most) {
    throw Error(Code::log_full,
                "the plan spends its level on " + std::to_string(most) + " tests, and all of them were begun",
                "plan a release with more --suspects");
  }
  add(json{{"kind", "begin"},
           {"release", intent.release},
           {"suspect", intent.suspect},
           {"identity", intent.identity},
           {"level", intent.level}}
          .dump(-1, ' ', false, json::error_handler_t::replace));
  return number + 1;
}

void SuspectLog::conclude(const TestIntent& intent, const std::string& table, double p) {
  for (const Line& line : lines_) {
    const json row = json::parse(line.text);
    if (!is(row, "end", intent)) continue;
    if (row.at("table") != table || row.at("p").get<double>() != p) {
      throw Error(Code::log_altered, shown(file_) + ": this test ended with another outcome before",
                  "a verdict is never revised; the suspect or the pictures gave other answers now");
    }
    return;
  }
  add(json{{"kind", "end"}, {"release", intent.release}, {"identity", intent.identity}, {"table", table}, {"p", p}}
          .dump());
}

}  // namespace wardmark
