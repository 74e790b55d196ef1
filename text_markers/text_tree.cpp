#include "text_markers/text_tree.h"

#include <algorithm>

#include "core/error.h"
#include "io/atomic_file.h"
#include "io/file_kind.h"
#include "io/item_id.h"

namespace wardmark {
namespace {

namespace fs = std::filesystem;

TextFile text_file(const std::string& id, const fs::path& real, std::uint64_t bytes, const TextFormat* forced) {
  const TextFormat* format = forced != nullptr ? forced : text_format_for(unpacked_name(id));
  return {id, real, bytes, format, format == nullptr ? Packing::none : packing_for(id)};
}

void take(TextTree& tree, const fs::directory_entry& entry, const TextFormat* forced) {
  const fs::path real = entry.path().lexically_relative(tree.root);
  const std::string id = item_id(real.native());
  if (entry.is_symlink()) {
    tree.companions.push_back({id, Code::left_link});
  } else if (!entry.is_regular_file()) {
    tree.companions.push_back({id, Code::left_other});
  } else if (kind_by_name(real.native()) == FileKind::litter) {
    tree.companions.push_back({id, Code::left_litter});
  } else {
    tree.files.push_back(text_file(id, real, entry.file_size(), forced));
  }
}

void walk(TextTree& tree, const TextFormat* forced) {
  for (fs::recursive_directory_iterator at(tree.root), end; at != end; ++at) {
    const std::string name = at->path().filename().native();
    if (!at->is_symlink() && at->is_directory()) {
      const bool record = is_record_name(name);
      if (!record && !is_litter_folder(name)) continue;
      at.disable_recursion_pending();
      const std::string id = item_id(at->path().lexically_relative(tree.root).native());
      tree.companions.push_back({id, record ? Code::left_other : Code::left_litter});
      continue;
    }
    take(tree, *at, forced);
  }
}

}  // namespace

Bytes TextTree::read(const TextFile& file) const {
  Bytes bytes = read_file(path(file), true);
  return file.packing == Packing::none ? std::move(bytes) : unpacked(std::move(bytes), file.id);
}

std::size_t TextTree::find(std::string_view id) const {
  const auto at = std::ranges::lower_bound(files, id, {}, &TextFile::id);
  return at != files.end() && at->id == id ? static_cast<std::size_t>(at - files.begin()) : files.size();
}

TextTree scan_texts(const fs::path& input, const TextFormat* forced) {
  TextTree tree;
  tree.root = input;
  try {
    if (!fs::exists(input)) throw Error(Code::input_missing, shown(input) + ": does not exist");
    if (fs::is_regular_file(input)) {
      const std::string id = item_id(input.filename().native());
      tree.files.push_back(text_file(id, {}, fs::file_size(input), forced));
      return tree;
    }
    walk(tree, forced);
  } catch (const fs::filesystem_error& error) {
    throw Error(Code::read_failed, shown(input) + ": the folder cannot be read: " + error.code().message());
  }
  std::ranges::sort(tree.files, {}, &TextFile::id);
  std::ranges::sort(tree.companions, {}, &Companion::path);
  const auto twice = std::ranges::adjacent_find(tree.files, {}, &TextFile::id);
  if (twice != tree.files.end()) {
    throw Error(Code::name_collision, twice->id + ": two files with one name once accents are written one way (NFC)",
                "rename one of them");
  }
  return tree;
}

}  // namespace wardmark
