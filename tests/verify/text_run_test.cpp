#include "verify/text_run.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "core/error.h"
#include "io/atomic_file.h"

using namespace wardmark;
namespace fs = std::filesystem;

namespace {

class Quiet final : public Report {
 public:
  void progress(std::string_view, std::uint64_t, std::uint64_t, std::uint64_t) override {}
  void warning(std::string_view, const Note&) override {}
  void refused(std::string_view, const Error&) override {}
};

/// Answers with what it was asked, and stops or fails after a number of requests.
class Counting final : public TextSuspect {
 public:
  const TextHello& hello() const override { return hello_; }
  std::vector<std::string> continued(const std::vector<std::string>& prompts, unsigned tokens) override {
    requests.push_back(prompts.size());
    if (requests.size() == fails_at) throw Error(Code::suspect_failed, "gone");
    if (requests.size() == stops_at) stop = true;
    std::vector<std::string> texts;
    for (const std::string& prompt : prompts) texts.push_back(prompt + std::to_string(tokens));
    return texts;
  }
  std::vector<std::vector<double>> scored(const std::vector<TextItem>& items) override {
    requests.push_back(items.size());
    std::vector<std::vector<double>> rows;
    for (const TextItem& item : items)
      rows.push_back({-static_cast<double>(item.context.size()), -0.1234567 * static_cast<double>(item.text.size())});
    return rows;
  }
  std::vector<std::size_t> requests;
  std::size_t fails_at = 0, stops_at = 0;
  std::atomic<bool> stop = false;

 private:
  TextHello hello_{"counting", true, true, 0};
};

fs::path fresh(const char* name) {
  const fs::path file = fs::temp_directory_path() / ("wardmark-text-run-" + std::to_string(::getpid()) + "-" + name);
  fs::remove(file);
  return file;
}

TextQuestions prompts() {
  TextQuestions questions;
  for (int n = 0; n < 7; ++n) questions.prompts.push_back({"p" + std::to_string(n), n < 3 ? 28u : 16u});
  return questions;
}

}  // namespace

TEST_CASE("prompts are asked in order, a number of tokens at a time, and not twice") {
  const fs::path file = fresh("prompts");
  const TextQuestions questions = prompts();
  Quiet quiet;
  Counting first;
  first.fails_at = 3;
  {
    TextRun run(questions, first, file, 2);
    CHECK_THROWS_AS(run.run(first.stop, quiet), Error);
    CHECK(first.requests == std::vector<std::size_t>{2, 1, 2});
  }
  {
    std::ofstream torn(file, std::ios::app);
    torn << R"({"from":3,"texts":["ne)";
  }
  Counting second;
  second.stops_at = 1;
  TextRun run(questions, second, file, 2);
  CHECK(run.answers().texts.size() == 3);
  CHECK_FALSE(run.run(second.stop, quiet));
  second.stop = false;
  CHECK(run.run(second.stop, quiet));
  CHECK(second.requests == std::vector<std::size_t>{2, 2});
  CHECK(run.answers().texts.front() == "p028");
  CHECK(run.answers().texts.back() == "p616");
  const Bytes text = read_file(file);
  const std::string identity = identity_of(questions, second.hello());
  CHECK(parse_text_journal(text_of(ByteView(text)), identity, questions).texts == run.answers().texts);
  CHECK_THROWS_AS(parse_text_journal(text_of(ByteView(text)).substr(0, text.size() - 1), identity, questions), Error);
  TextQuestions other = questions;
  other.prompts[4].text += "!";
  CHECK_THROWS_AS(TextRun(other, second, file, 2), Error);
  CHECK_THROWS_AS(parse_text_journal(text_of(ByteView(text)), identity_of(other, second.hello()), other), Error);
  fs::remove(file);
}

TEST_CASE("scores are kept in millionths") {
  const fs::path file = fresh("scores");
  TextQuestions questions;
  questions.items = {{"ab", "abc"}, {"", "a"}, {"abcd", "ab"}};
  Quiet quiet;
  Counting suspect;
  TextRun run(questions, suspect, file, 2);
  CHECK(run.run(suspect.stop, quiet));
  CHECK(suspect.requests == std::vector<std::size_t>{2, 1});
  CHECK(run.answers().scores ==
        std::vector<std::vector<std::int64_t>>{{-2000000, -370370}, {0, -123457}, {-4000000, -246913}});
  fs::remove(file);
}
