#include "text_markers/released_texts.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "core/error.h"
#include "io/atomic_file.h"

using namespace wardmark;

namespace {

namespace fs = std::filesystem;

/// Counts remarks.
class Remarks final : public Report {
 public:
  void progress(std::string_view, std::uint64_t, std::uint64_t, std::uint64_t) override {}
  void warning(std::string_view item, const Note& note) override { said[std::string(item)] = note.code; }
  void refused(std::string_view, const Error&) override {}
  std::map<std::string, Code> said;
};

/// Seven files, of which sentence 0 stands in five and sentence 1 in one of these and in another; a release by hand.
struct Release {
  fs::path folder = fs::temp_directory_path() / ("released-texts-" + std::to_string(::getpid()));
  Plan plan;
  std::vector<ManifestItem> items;
  GhostRecipe recipe;
  Subkey order = Subkey(digest(nullptr, "test", {})).derive("order");

  Release() {
    fs::create_directories(folder);
    for (const char* name : {"a.txt", "b.txt", "c.txt", "d.txt"}) add(name, {0});
    add("e.txt", {1});
    add("f.txt", {});
    add("g.txt", {0, 1});
  }
  ~Release() { fs::remove_all(folder); }
  ReleasedSource source() const { return {folder, plan, items, recipe}; }

  void add(const std::string& name, const std::vector<std::uint32_t>& sentences) {
    std::string text = "Text of " + name + ".";
    ManifestItem item;
    for (const std::uint32_t s : sentences) {
      const std::string mark = " Ghost " + std::string(1, static_cast<char>('P' + s)) + ".";
      item.insertions.push_back({text.size(), mark.size(), s, ""});
      text += mark;
    }
    keep(name, text + " End.", item);
  }
  void keep(const std::string& name, const std::string& text, ManifestItem item) {
    write_file(folder / name, bytes_of(text));
    item.n = items.size();
    item.id = item.output_id = name;
    item.output = output_digest(bytes_of(text));
    items.push_back(item);
  }
};

std::vector<std::string> texts(const Release& release, std::size_t each, Report& report) {
  std::vector<std::string> found;
  ReleasedTexts(release.source())
      .each_document_with(
          sentence_hosts(release.items, release.order, each), [&](std::string_view text) { found.emplace_back(text); },
          report);
  return found;
}

std::ptrdiff_t holding(const std::vector<std::string>& texts, const std::string& words) {
  return std::ranges::count_if(texts, [&](const std::string& t) { return t.find(words) != std::string::npos; });
}

}  // namespace

TEST_CASE("each sentence is left in as many documents as are wanted, and nothing else changes") {
  const Release release;
  Remarks remarks;
  for (const std::size_t each : {0, 1, 2, 3, 9}) {
    const std::vector<std::string> found = texts(release, each, remarks);
    REQUIRE(found.size() == 7);
    CHECK(holding(found, "Ghost P") == static_cast<std::ptrdiff_t>(std::min<std::size_t>(each, 5)));
    CHECK(holding(found, "Ghost Q") == static_cast<std::ptrdiff_t>(std::min<std::size_t>(each, 2)));
    CHECK(holding(found, " End.") == 7);
  }
  CHECK(texts(release, 0, remarks).front() == "Text of a.txt. End.");
  CHECK(texts(release, 9, remarks).back() == "Text of g.txt. Ghost P. Ghost Q. End.");
  CHECK(remarks.said.empty());
}

TEST_CASE("documents of a smaller number are among those of a larger one") {
  const Release release;
  const auto all = sentence_hosts(release.items, release.order, 9);
  CHECK(all.size() == 7);
  for (std::size_t each = 1; each < 5; ++each) {
    for (const SentenceHost& host : sentence_hosts(release.items, release.order, each)) {
      const auto same = [&](const SentenceHost& h) {
        return h.sentence == host.sentence && h.document == host.document && h.item == host.item;
      };
      const auto at = std::ranges::find_if(all, same);
      REQUIRE(at != all.end());
      const auto first = std::ranges::find(all, host.sentence, &SentenceHost::sentence);
      CHECK(static_cast<std::size_t>(at - first) < each);
    }
  }
}

TEST_CASE("files that changed or are gone are told and left out") {
  const Release release;
  Remarks remarks;
  write_file(release.folder / "b.txt", bytes_of(std::string_view("Other.")));
  fs::remove(release.folder / "c.txt");
  CHECK(texts(release, 9, remarks).size() == 5);
  CHECK(remarks.said == std::map<std::string, Code>{{"b.txt", Code::text_changed}, {"c.txt", Code::item_unreadable}});
}
