#include "verify/text_release_check.h"

#include <algorithm>
#include <set>
#include <string>

#include "core/error.h"
#include "io/atomic_file.h"
#include "io/byte_stream.h"
#include "text_markers/mark_text.h"
#include "text_markers/text_tree.h"

namespace wardmark {
namespace {

Finding compare(const TextTree& tree, const TextFile& file, const ManifestItem& expected) {
  try {
    Bytes stored = read_file(tree.path(file), true);
    if (output_digest(stored) == expected.output) return Finding::intact;
    if (file.packing != Packing::none) stored = unpacked(std::move(stored), file.id);
    return text_content(stored, output_digest(stored)) == expected.output_content ? Finding::line_ends
                                                                                  : Finding::altered;
  } catch (const Error& error) {
    if (error.kind() != Kind::item) throw;
    return Finding::altered;
  }
}

void add(ReleaseCheck& check, Finding finding, const std::string& id) {
  if (finding == Finding::intact)
    ++check.intact;
  else
    check.rows.push_back({finding, id});
}

}  // namespace

ReleaseCheck check_text_release(const std::filesystem::path& release, const Plan& plan,
                                const std::vector<ManifestItem>& items, Report& report) {
  ReleaseCheck check;
  const TextTree tree = scan_texts(release);
  const bool single = std::filesystem::is_regular_file(release) && items.size() == 1;  // may have been renamed
  std::set<std::string_view> expected;
  for (const ManifestItem& item : items) {
    if (item.state == ItemState::withdrawn) ++check.withdrawn;
    if (item.output_id.empty()) continue;  // refused or withdrawn
    ++check.checked;
    const std::size_t at = single ? 0 : tree.find(item.output_id);
    if (at == tree.files.size()) {
      check.rows.push_back({Finding::missing, item.output_id});
      continue;
    }
    expected.insert(tree.files[at].id);
    add(check, compare(tree, tree.files[at], item), item.output_id);
    if (check.checked % 64 == 0) report.progress("checking", check.checked, items.size(), 0);
  }
  for (const TextFile& file : tree.files) {
    if (!expected.contains(file.id)) check.rows.push_back({Finding::foreign, file.id});
  }
  for (const Companion& c : tree.companions) {
    const bool known = std::ranges::find(plan.companions, c.path, &Companion::path) != plan.companions.end();
    if (c.code != Code::left_litter && !known) check.rows.push_back({Finding::foreign, c.path});
  }
  std::ranges::stable_sort(check.rows, {}, &FindingRow::id);
  return check;
}

ReleaseCheck check_text_stream(const std::filesystem::path& release, const std::vector<ManifestItem>& items,
                               Report& report) {
  ReleaseCheck check;
  PackedReader in(release);
  in.next();
  Bytes waiting;
  bool ended = false;
  std::uint64_t at = 0;
  const auto fill = [&](std::uint64_t size) {
    while (!ended && waiting.size() < size) {
      const ByteView got = in.read();
      ended = got.empty();
      waiting.insert(waiting.end(), got.begin(), got.end());
    }
  };
  for (const ManifestItem& item : items) {
    ++check.checked;
    fill(item.bytes);
    const std::string place = "bytes " + std::to_string(at) + " to " + std::to_string(at + item.bytes);
    if (waiting.size() < item.bytes) {
      check.rows.push_back({Finding::missing, place});
    } else {
      add(check, output_digest(ByteView(waiting).first(item.bytes)) == item.output ? Finding::intact : Finding::altered,
          place);
    }
    const std::size_t used = std::min<std::size_t>(waiting.size(), item.bytes);
    waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(used));
    at += item.bytes;
    report.progress("checking", check.checked, items.size(), at);
  }
  fill(1);
  if (!waiting.empty()) check.rows.push_back({Finding::foreign, "bytes behind " + std::to_string(at)});
  return check;
}

}  // namespace wardmark
