#include "verify/text_protocol.h"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>

#include "core/error.h"

using namespace wardmark;

namespace {

std::string said(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    CHECK((error.code() == Code::suspect_reply || error.code() == Code::suspect_failed));
    return error.what();
  }
  return "nothing";
}

/// A suspect whose answers a test makes.
class Made final : public TextSuspect {
 public:
  Made(std::function<std::string(const std::string&)> goes_on,
       std::function<std::vector<double>(const TextItem&)> scores)
      : goes_on_(std::move(goes_on)), scores_(std::move(scores)) {}
  const TextHello& hello() const override { return hello_; }
  std::vector<std::string> continued(const std::vector<std::string>& prompts, unsigned) override {
    std::vector<std::string> texts;
    for (const std::string& prompt : prompts) texts.push_back(goes_on_(prompt));
    return texts;
  }
  std::vector<std::vector<double>> scored(const std::vector<TextItem>& items) override {
    std::vector<std::vector<double>> all;
    for (const TextItem& item : items) all.push_back(scores_(item));
    return all;
  }

 private:
  TextHello hello_{"made", true, true, 64};
  std::function<std::string(const std::string&)> goes_on_;
  std::function<std::vector<double>(const TextItem&)> scores_;
};

std::vector<double> sensible(const TextItem& item) {
  // The shuffled forms are the ones that begin with a capital or a noun; the sentences end in words of their own.
  const bool sentence = item.text.starts_with(" The sun") || item.text.starts_with(" it was the") ||
                        item.text.starts_with(" he went") || item.text.starts_with(" the little");
  return {sentence ? -1.0 : -3.0, -0.5};
}

TextAbility probed(std::function<std::string(const std::string&)> goes_on,
                   std::function<std::vector<double>(const TextItem&)> scores) {
  Made made(std::move(goes_on), std::move(scores));
  return probe(made);
}

std::string more(const std::string&) { return " and so on"; }

}  // namespace

TEST_CASE("both ends of the text protocol understand each other") {
  CHECK(parse_text_request(text_hello_request()).kind == TextRequest::Kind::hello);
  CHECK(is_text_hello(R"({"wardmark":"hello","version":1,"kind":"text"})"));
  CHECK_FALSE(is_text_hello(R"({"wardmark":"hello","version":1})"));
  const TextHello mine{"m", true, true, 1024};
  CHECK(parse_text_hello(text_hello_reply(mine)) == mine);
  const TextHello words{"w", true, false, 0};
  CHECK(parse_text_hello(text_hello_reply(words)) == words);
  const TextRequest asked = parse_text_request(continue_request(3, {"a\n\"b\"", "ü"}, 40));
  CHECK(asked.kind == TextRequest::Kind::continue_);
  CHECK(asked.id == 3);
  CHECK(asked.tokens == 40);
  CHECK(asked.prompts == std::vector<std::string>{"a\n\"b\"", "ü"});
  const TextRequest scored = parse_text_request(score_text_request(4, {{"c", " t"}}));
  CHECK(scored.kind == TextRequest::Kind::score);
  CHECK(scored.items.at(0).context == "c");
  CHECK(scored.items.at(0).text == " t");
  CHECK(parse_text_request(R"({"wardmark":"bye"})").kind == TextRequest::Kind::bye);
  CHECK(parse_continuations(continuations_reply(3, {"x", ""}), 3, 2) == std::vector<std::string>{"x", ""});
  const std::vector<std::vector<double>> rows = {{-1.25, -0.5}, {0}};
  CHECK(parse_text_scores(text_scores_reply(4, rows), 4, 2) == rows);
}

TEST_CASE("text replies that are none") {
  const auto scores = [](const std::string& rows) {
    return said([&] { parse_text_scores(R"({"wardmark":"text-scores","id":1,"scores":)" + rows + "}", 1, 1); });
  };
  CHECK(scores("[[-0.5]]") == "nothing");
  for (const char* rows : {"[]", "[[-0.5],[-1]]", "[[]]", "[[null]]", "[[0.5]]", "[[\"-1\"]]", "[-1]", "7", "[[NaN]]"})
    CHECK_MESSAGE(scores(rows) != "nothing", rows);
  CHECK(said([] { parse_text_scores(R"({"wardmark":"text-scores","id":2,"scores":[[-1]]})", 1, 1); }) ==
        "suspect: its answer is to another request");
  CHECK(said([] { parse_continuations(R"({"wardmark":"continuations","id":1,"texts":[3]})", 1, 1); }) != "nothing");
  CHECK(said([] { parse_continuations(R"({"wardmark":"error","text":"no room"})", 1, 1); }) ==
        "suspect: it reports: no room");
  for (const char* hello : {R"({"wardmark":"hello","version":1,"access":["score"]})",
                            R"({"wardmark":"hello","version":1,"kind":"text","access":[]})",
                            R"({"wardmark":"hello","version":1,"kind":"text","access":["labels"]})",
                            R"({"wardmark":"hello","version":2,"kind":"text","access":["score"]})",
                            R"({"wardmark":"hello","version":1,"kind":"text","access":["score"],"context":0})"})
    CHECK_MESSAGE(said([&] { parse_text_hello(hello); }) != "nothing", hello);
  for (const char* request : {R"({"wardmark":"continue","id":1,"prompts":[],"tokens":4})",
                              R"({"wardmark":"continue","id":1,"prompts":["a"],"tokens":0})",
                              R"({"wardmark":"score-text","id":1,"items":[{"text":"a"}]})",
                              R"({"wardmark":"score-text","id":1,"items":["a"]})", R"({"wardmark":7})", "{"})
    CHECK_MESSAGE(said([&] { parse_text_request(request); }) != "nothing", request);
}

TEST_CASE("a suspect that answers with nothing has nothing to be tested by") {
  const TextAbility able = probed(more, sensible);
  CHECK(able.continues);
  CHECK(able.scores);
  CHECK(able.spread == 0);
  CHECK(probed([](const std::string&) { return " \n"; }, sensible).no_continuing ==
        "it continues common sentences with nothing");
  CHECK(probed([](const std::string& p) { return p + " more"; }, sensible).no_continuing ==
        "its continuations begin with the prompt");
  const auto scoring = [](const std::function<std::vector<double>(const TextItem&)>& scores) {
    return probed(more, scores).no_scoring;
  };
  CHECK(scoring([](const TextItem&) { return std::vector<double>{0, 0}; }) == "all its scores are 0");
  CHECK(scoring([](const TextItem&) { return std::vector<double>{-9999}; }).starts_with("all its scores are the same"));
  CHECK(scoring([](const TextItem& item) {
          return item.text.front() == ' ' && item.text[1] == 'T' ? std::vector<double>{0} : sensible(item);
        }).starts_with("it finds a sentence certain"));
  CHECK(scoring([](const TextItem& item) {
          return std::vector<double>{-4.5 - sensible(item)[0]};
        }).starts_with("it finds common sentences no likelier"));
  CHECK(scoring([](const TextItem&) -> std::vector<double> { throw Error(Code::suspect_reply, "no log-probs"); }) ==
        "no log-probs");
  int asked = 0;
  const TextAbility restless = probed(more, [&](const TextItem& item) {
    std::vector<double> scores = sensible(item);
    scores[1] -= 0.01 * asked++;
    return scores;
  });
  CHECK(restless.scores);
  CHECK(restless.spread == doctest::Approx(0.08));
}
