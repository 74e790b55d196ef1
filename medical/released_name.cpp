#include "medical/released_name.h"

#include <algorithm>

#include "core/bytes.h"
#include "core/key.h"

namespace wardmark {
namespace {

/// Puts the new UID where `path` holds the old one whole, not as a part of a longer number.
void replace_uid(std::string& path, const std::string& uid, const UidMap& map) {
  const auto digit = [&](std::size_t k) { return k < path.size() && path[k] >= '0' && path[k] <= '9'; };
  const auto dot = [&](std::size_t k) { return k < path.size() && path[k] == '.'; };
  std::size_t at = uid.empty() ? std::string::npos : path.find(uid);
  while (at != std::string::npos) {
    const std::size_t end = at + uid.size();
    const bool goes_on = digit(end) || (dot(end) && digit(end + 1));
    const bool begins_before = at > 0 && (digit(at - 1) || (at > 1 && dot(at - 1) && digit(at - 2)));
    const std::string now = goes_on || begins_before ? uid : map(uid);
    path.replace(at, uid.size(), now);
    at = path.find(uid, at + now.size());
  }
}

/// Eight letters for a UID or a folder: all that a file ID may have.
std::string short_name(const std::string& text, const UidMap& map) {
  std::string name = to_hex(ByteView(digest(nullptr, "file-id", {bytes_of(map(text))})).first(4));
  std::ranges::transform(name, name.begin(),
                         [](char c) { return c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c; });
  return name;
}

std::string file_id(const std::string& study, const std::string& series, const std::string& sop, const UidMap& map) {
  return short_name(study, map) + "/" + short_name(series, map) + "/" + short_name(sop, map);
}

/// `folder` ends with a slash or is empty, for the root of the release, which keeps its name.
std::string renamed_folder(const std::string& folder, const UidMap& map) {
  return folder.empty() ? folder : short_name(folder, map) + "/";
}

std::string uid_name(const ObjectFacts& facts, const UidMap& map) {
  const auto part = [&](const std::string& uid) { return uid.empty() ? std::string("none") : map(uid); };
  return part(facts.study) + "/" + part(facts.series) + "/" + part(facts.sop) + ".dcm";
}

}  // namespace

std::string released_name(const std::string& path, const ObjectFacts& facts, bool rename, const UidMap& map) {
  const std::size_t base = path.rfind('/') + 1;  // 0 where there is none
  if (facts.directory) return rename ? renamed_folder(path.substr(0, base), map) + path.substr(base) : path;
  if (facts.sop.empty()) return path;
  if (rename && facts.fate != Fate::refuse) {
    if (!facts.file_set) return uid_name(facts, map);
    return renamed_folder(*facts.file_set, map) + file_id(facts.study, facts.series, facts.sop, map);
  }
  std::string name = path;
  for (const std::string& uid : {facts.sop, facts.series, facts.study}) replace_uid(name, uid, map);
  return name;
}

std::map<std::string, std::string> released_file_ids(const ObjectFacts& directory, bool rename, const UidMap& map) {
  std::map<std::string, std::string> ids;
  for (const auto& [file, uids] : directory.files) {
    ids[file] = rename ? file_id(uids.at(2), uids.at(1), uids.at(0), map) : file;
  }
  return ids;
}

}  // namespace wardmark
