#include "cli/published.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <set>

#include "core/error.h"
#include "io/atomic_file.h"
#include "io/file_scan.h"
#include "io/item_id.h"

namespace wardmark {

void add_published_option(CLI::App& app, std::string& published) {
  app.add_option("--published", published,
                 "items whose clean copy is public, or was: none, all, or a file of their paths, which are left out")
      ->type_name("none|all|FILE")
      ->group("Release");
}

void leave_public_out(const std::string& published, Plan& plan, Console& console) {
  if (published.empty() || published == "none" || published == "all") return;
  if (!std::filesystem::exists(published)) {
    throw Error(Code::input_missing, "--published: " + shown(published) + ": does not exist",
                "none, all, or a file with the path of one item a line");
  }
  const Bytes text = read_file(published);
  std::set<std::string> listed;
  for (const std::string& path : split_file_list(text_of(ByteView(text)), '\n')) listed.insert(item_id(path));
  const std::size_t left = std::erase_if(plan.items, [&](const PlanItem& item) {
    if (!listed.contains(item.id)) return false;
    plan.companions.push_back({item.id, Code::left_public});
    if (item.class_index != kNoClass) --plan.classes[item.class_index].items;
    return true;
  });
  console.say(counted(left, "item") + ": " + std::string(info(Code::left_public).meaning) + " [" +
              std::string(name(Code::left_public)) + "]");
  if (plan.items.empty()) throw Error(Code::input_empty, "--published: " + shown(published) + ": names every item");
  const auto used = std::ranges::count_if(plan.classes, [](const PlanClass& c) { return c.items > 0; });
  if (plan.classes.size() > 1 && used < 2) {
    throw Error(Code::labels_one_class, "--published: what is left is of one class",
                "a class mark needs at least two classes");
  }
}

void say_published(const std::string& published, Console& console) {
  if (published == "none") return;
  if (published == "all") {
    console.warn(
        "every clean copy is public: whoever lays one beside its protected copy reads off the mark of its class");
    return;
  }
  if (!published.empty()) return;
  console.say(
      "one public clean copy of an item reveals the mark of its class: --published FILE leaves such items out, "
      "--published none says that there are none");
}

}  // namespace wardmark
