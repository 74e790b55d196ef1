#include "cli/publication.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "cli/console.h"
#include "io/atomic_file.h"
#include "io/file_kind.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// What the first lines of a record's files hold (docs/formats.md).
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kPrivate = {{
    {R"("generator":"wardmark )", "a plan"},  // its schema stands behind a long seal
    {"wardmark.batch/", "a plan"},
    {"wardmark.manifest/", "a manifest"},
    {"wardmark.ledger/", "the ledger of a key"},
}};

std::string head_of(const fs::path& path) {
  std::string head(4096, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(file.gcount()));
  return head;
}

std::string private_by(const fs::path& path, bool folder) {
  const std::string name = path.filename().string();
  if (folder) return name.ends_with(".wardmark") ? "a record" : "";
  if (name.ends_with(kAsideSuffix)) return "an unfinished file";
  if (name.ends_with(".tests")) return "a list of tests";
  if (name.ends_with(".sealed")) return "a sealed part of a record";
  const std::string text = head_of(path);
  for (const std::string_view sign :
       {"\nwardmark-key-1 master ", "\nwardmark-key-1 release ", "\nwardmark-key-1 sealed "}) {
    if (("\n" + text).find(sign) != std::string::npos) return "a key";
  }
  const std::string_view head = std::string_view(text).substr(0, text.find('\n'));
  if (!head.starts_with('{')) return "";
  for (const auto& [sign, what] : kPrivate) {
    if (head.find(sign) != std::string_view::npos) return std::string(what);
  }
  return "";
}

/// W3C TDM Reservation Protocol: a list of rules, one of which at least reserves.
bool reserves(const fs::path& tdmrep) {
  if (!fs::is_regular_file(tdmrep)) return false;
  const Bytes bytes = read_file(tdmrep);
  const json rules = json::parse(text_of(ByteView(bytes)), nullptr, false);
  return rules.is_array() && std::ranges::any_of(rules, [](const json& rule) {
           return rule.is_object() && rule.contains("tdm-reservation") && rule["tdm-reservation"] == 1;
         });
}

bool disallows(const fs::path& robots) {
  std::ifstream file(robots);
  for (std::string line; std::getline(file, line);) {
    std::ranges::transform(line, line.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const std::size_t at = line.find_first_not_of(" \t");
    if (at == std::string::npos || line.compare(at, 9, "disallow:") != 0) continue;
    if (line.find_first_not_of(" \t\r", at + 9) != std::string::npos) return true;
  }
  return false;
}

bool prohibits_mining(const fs::path& picture) {
  const Bytes bytes = read_file(picture);
  const std::string_view text = text_of(ByteView(bytes));
  return text.find("DMI-PROHIBITED") != std::string_view::npos;
}

}  // namespace

Publication look_at_publication(const fs::path& folder) {
  Publication found;
  found.tdmrep = reserves(folder / ".well-known" / "tdmrep.json");
  found.robots = disallows(folder / "robots.txt");
  for (auto at = fs::recursive_directory_iterator(folder); at != fs::recursive_directory_iterator(); ++at) {
    if (at->is_symlink()) continue;
    const bool is_folder = at->is_directory();
    if (!is_folder && !at->is_regular_file()) continue;
    const std::string what = private_by(at->path(), is_folder);
    if (!what.empty()) {
      found.private_files.push_back({at->path().lexically_relative(folder).string(), what});
      if (is_folder) at.disable_recursion_pending();
    }
    if (is_folder) continue;
    ++found.files;
    if (kind_by_name(at->path().string()) != FileKind::image) continue;
    ++found.pictures;
    if (prohibits_mining(at->path())) ++found.pictures_reserved;
  }
  std::ranges::sort(found.private_files, {}, &Publication::Private::path);
  return found;
}

json publication_json(const fs::path& folder, const Publication& publication) {
  json files = json::array();
  for (const auto& [path, what] : publication.private_files) files.push_back({{"path", path}, {"what", what}});
  return {{"schema", "wardmark.inspect-publication/1"},
          {"path", folder.string()},
          {"files", publication.files},
          {"private", files},
          {"reservations",
           {{"tdmrep", publication.tdmrep},
            {"robots", publication.robots},
            {"pictures", publication.pictures},
            {"pictures_reserved", publication.pictures_reserved}}}};
}

std::string publication_text(const fs::path& folder, const Publication& publication) {
  std::string text = printable(folder.string()) + ": " + counted(publication.files, "file") + ", " +
                     counted(publication.pictures, "picture") + "\n";
  for (const auto& [path, what] : publication.private_files) {
    text += "private: " + printable(path) + ": " + what + "; take it away before this is published\n";
  }
  if (publication.private_files.empty()) text += "nothing private was found\n";
  const auto line = [&](std::string_view name, bool there) {
    text += "  " + std::string(name) + ": " + (there ? "reserves rights" : "no reservation") + "\n";
  };
  text += "reservations of rights that machines read:\n";
  line(".well-known/tdmrep.json", publication.tdmrep);
  line("robots.txt", publication.robots);
  text += "  IPTC and PLUS data mining property: in " + std::to_string(publication.pictures_reserved) + " of " +
          counted(publication.pictures, "picture") + "\n";
  return text;
}

}  // namespace wardmark
